"""Texts by a linear head on their embedding, together with lists of words.

Three logits (negative, neutral, positive) are linear in a text's embedding, with constants by
language, which put each language's texts where they belong. The language's list of words adds its
place (-1 to 1) times a fixed weight to the positive logit and takes it from the negative one.
The label is the likeliest, the score the chance of positive less that of negative.

The head is fitted by `tone fit` to sentences of the rules and a labelled file; its file names both.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from media.errors import RulesError
from media.tone.classifier import TextTone, ToneLabel
from media.tone.embedding import PACKAGE, Embedder, embedded
from media.tone.lexicon import LexiconModel

HEAD = Path(__file__).parent.parent / "rules" / "tone-head.json"
LABELS = (ToneLabel.NEGATIVE, ToneLabel.NEUTRAL, ToneLabel.POSITIVE)
"""In the order of the logits."""
_OF_WORDS = 1.5
"""Logits that a text gains at most by its words."""
_SIGNS = np.array([-1.0, 0.0, 1.0])
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Head:
    """A fitted head."""

    release: str
    """Of the package whose embeddings it was fitted to."""
    weights: Numbers
    """A row a label, a column a place of the embedding."""
    constants: Mapping[str, Numbers]
    """By language, one a label."""
    sha256: str

    def logits(self, rows: NDArray[Any], language: str) -> Numbers:
        """A row a text, a column a label."""
        found: Numbers = rows @ self.weights.T + self.constants[language]
        return found


def load_head(path: Path = HEAD) -> Head:
    """Raises RulesError for a file that cannot be used."""
    try:
        data = path.read_bytes()
        said = json.loads(data)
        weights = np.array(said["weights"], dtype=np.float64)
        constants = {
            str(language): np.array(values, dtype=np.float64)
            for language, values in said["constants"].items()
        }
        release = str(said["release"])
    except OSError as error:
        raise RulesError(f"{path}: cannot be read: {error}") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RulesError(f"{path}: not a head as `tone fit` prints it: {error}") from None
    shapes = {weights.shape[:1], *(one.shape for one in constants.values())}
    finite = all(np.isfinite(one).all() for one in (weights, *constants.values()))
    if weights.ndim != 2 or shapes != {(len(LABELS),)} or not finite:
        raise RulesError(f"{path}: expected {len(LABELS)} rows of weights, and as many constants")
    return Head(release, weights, constants, hashlib.sha256(data).hexdigest())


class HeadModel:
    """An embedding, a head and lists of words."""

    def __init__(self, embedder: Embedder, head: Head, words: LexiconModel) -> None:
        self._embedder, self._head, self._words = embedder, head, words

    @property
    def id(self) -> str:
        """With the package's release and the hashes of the head and of the lists."""
        head = self._head
        return f"head {PACKAGE}-{head.release} {head.sha256[:12]} with {self._words.id}"

    @property
    def languages(self) -> frozenset[str]:
        """Those that the head was fitted for and that have a list."""
        return frozenset(self._head.constants) & self._words.languages

    def tones(self, texts: Sequence[str], language: str) -> list[TextTone]:
        """One tone a text."""
        if not texts:
            return []
        places = np.array(self._words.places(texts, language))
        logits = self._head.logits(embedded(self._embedder, texts), language)
        chances = softmax(logits + _OF_WORDS * places[:, None] * _SIGNS)
        return [
            TextTone(LABELS[int(row.argmax())], float(row[2] - row[0]), self.id) for row in chances
        ]


def softmax(logits: Numbers) -> Numbers:
    """Chances, each row of sum 1."""
    powers: Numbers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
