"""English texts by a list of words: the fallback where no model is installed. Pure but for loading.

The score is the sum of the words' weights, each turned round by a negation and raised by an
intensifier before it, put on -1 to 1 by x / sqrt(x^2 + 15) as VADER does (Hutto and Gilbert, 2014).
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from media.errors import RulesError
from media.tone.classifier import TextTone, ToneLabel

LEXICON = Path(__file__).parent.parent / "rules" / "lexicon-en.csv"
_ENGLISH = frozenset({"en"})
_FLATTENING = 15.0
_THRESHOLD = 0.2
_BEFORE = 3
"""Words over which a negation reaches."""
_NEGATIONS = frozenset(
    {
        *("no", "not", "never", "none", "nobody", "nothing", "neither", "nor", "without"),
        *("cannot", "cant", "dont", "doesnt", "didnt", "isnt", "arent", "wasnt", "werent"),
        *("wont", "wouldnt", "hardly", "barely"),
    }
)
_INTENSIFIERS = {
    "very": 1.3,
    "so": 1.2,
    "truly": 1.3,
    "really": 1.3,
    "extremely": 1.5,
    "too": 1.1,
}
_TURNED = -0.7
_LARGEST = 4.0


class LexiconModel:
    """A list of English words with weights."""

    def __init__(self, weights: Mapping[str, float], sha256: str) -> None:
        self._weights = weights
        self._sha256 = sha256

    @property
    def id(self) -> str:
        """With the list's hash."""
        return f"lexicon-en {self._sha256[:12]}"

    @property
    def languages(self) -> frozenset[str]:
        """English alone."""
        return _ENGLISH

    def tones(self, texts: Sequence[str], language: str) -> list[TextTone]:
        """One tone a text."""
        return [self._tone(text) for text in texts]

    def _tone(self, text: str) -> TextTone:
        words = re.findall(r"[a-z]+", text.lower().replace("'", "").replace("’", ""))
        total = sum(self._weight(words, at) for at in range(len(words)))
        score = total / math.sqrt(total * total + _FLATTENING)
        label = ToneLabel.NEUTRAL
        if abs(score) >= _THRESHOLD:
            label = ToneLabel.POSITIVE if score > 0 else ToneLabel.NEGATIVE
        return TextTone(label, score, self.id)

    def _weight(self, words: Sequence[str], at: int) -> float:
        weight = self._weights.get(words[at])
        if weight is None:
            return 0.0
        before = words[max(at - _BEFORE, 0) : at]
        if before:
            weight *= _INTENSIFIERS.get(before[-1], 1.0)
        return weight * _TURNED if _NEGATIONS.intersection(before) else weight


def load_lexicon(path: Path = LEXICON) -> LexiconModel:
    """Raises RulesError naming file and line."""
    try:
        data = path.read_bytes()
        rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
        weights: dict[str, float] = {}
        for row in rows:
            word, weight = row.get("word") or "", _decimal(row.get("weight") or "")
            if not word or weight is None or word in weights:
                raise RulesError(
                    f"{path}, line {rows.line_num}: expected a new word and a weight from "
                    f"-{_LARGEST:g} to {_LARGEST:g}"
                )
            weights[word] = weight
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RulesError(f"{path}: cannot be read: {error}") from None
    return LexiconModel(weights, hashlib.sha256(data).hexdigest())


def _decimal(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) <= _LARGEST else None
