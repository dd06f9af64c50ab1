"""Texts by lists of words, a list a language: the fallback where no model is installed.

A text's sum of weights is put on -1 to 1 by x / sqrt(x^2 + 15), as VADER does (Hutto and Gilbert,
2014).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from pathlib import Path

from media.tone.classifier import TextTone, ToneLabel
from media.tone.words import FOLDER, WORD_LANGUAGES, WordList, load_words

_FLATTENING = 15.0
_THRESHOLD = 0.2


class LexiconModel:
    """Words with weights, by language."""

    def __init__(self, lists: Iterable[WordList], sha256: str) -> None:
        self._lists = {one.language: one for one in lists}
        self._sha256 = sha256

    @property
    def id(self) -> str:
        """With the hash of all lists."""
        return f"lexicon {self._sha256[:12]}"

    @property
    def languages(self) -> frozenset[str]:
        """Those that have a list."""
        return frozenset(self._lists)

    def places(self, texts: Sequence[str], language: str) -> list[float]:
        """From -1 to 1; 0 where a text has none of the words."""
        totals = [self._lists[language].total(text) for text in texts]
        return [total / math.sqrt(total * total + _FLATTENING) for total in totals]

    def tones(self, texts: Sequence[str], language: str) -> list[TextTone]:
        """One tone a text."""
        return [self._tone(score) for score in self.places(texts, language)]

    def _tone(self, score: float) -> TextTone:
        label = ToneLabel.NEUTRAL
        if abs(score) >= _THRESHOLD:
            label = ToneLabel.POSITIVE if score > 0 else ToneLabel.NEGATIVE
        return TextTone(label, score, self.id)


def load_lexicon(folder: Path = FOLDER) -> LexiconModel:
    """Of all languages. Raises RulesError naming file and line."""
    read = [load_words(language, folder) for language in WORD_LANGUAGES]
    return LexiconModel(
        (words for words, _ in read),
        hashlib.sha256(b"".join(data for _, data in read)).hexdigest(),
    )
