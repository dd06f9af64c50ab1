"""The interface of all classifiers, and which of them scores which language. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class ToneLabel(StrEnum):
    """What a text sounds like."""

    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"


@dataclass(frozen=True, slots=True)
class TextTone:
    """The tone of one text."""

    label: ToneLabel
    score: float
    """On the model's own scale; comparable within one model and language."""
    model: str


class ToneModel(Protocol):
    """A classifier."""

    @property
    def id(self) -> str:
        """Name and hash of all that the result depends on."""
        ...

    @property
    def languages(self) -> frozenset[str]:
        """ISO 639-1 codes that it scores."""
        ...

    def tones(self, texts: Sequence[str], language: str) -> list[TextTone]:
        """The tone of each text of one of its languages."""
        ...


class Classifier:
    """Several models; the first that knows a language scores it."""

    def __init__(self, models: Iterable[ToneModel]) -> None:
        self._models = tuple(models)

    @property
    def id(self) -> str:
        """Of all its models."""
        return " + ".join(model.id for model in self._models)

    def model_of(self, language: str) -> ToneModel | None:
        """Who scores a language; None: nobody, its texts are unscored."""
        return next((one for one in self._models if language in one.languages), None)

    def tones(self, texts: Sequence[tuple[str, str]]) -> list[TextTone | None]:
        """The tone of each (text, language); None for what is unscored, which is never neutral."""
        found: list[TextTone | None] = [None] * len(texts)
        for language, places in _by_language(texts).items():
            model = self.model_of(language)
            if model is not None:
                scored = model.tones([texts[at][0] for at in places], language)
                for at, tone in zip(places, scored, strict=True):
                    found[at] = tone
        return found


def _by_language(texts: Sequence[tuple[str, str]]) -> Mapping[str, list[int]]:
    found: dict[str, list[int]] = {}
    for at, (text, language) in enumerate(texts):
        if text.strip():
            found.setdefault(language, []).append(at)
    return found
