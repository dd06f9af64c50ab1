"""How well a classifier does on labelled texts: F1, error of shares, order of simulated cities.

The intervals (95 per cent) draw the texts anew. They tell of the number of texts, not of how unlike
them other texts may be.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean
from typing import Any

import numpy as np
from numpy.typing import NDArray

from media.tone.cities import drawn_order
from media.tone.classifier import Classifier, TextTone, ToneLabel
from media.tone.labelled import LabelledText

_ROUNDS = 20
"""Simulations whose mean is the rank correlation: one alone varies by 0.01."""
_SAMPLES = 200
_ENDS = (2.5, 97.5)
_SEED = 7
_LABELS = tuple(ToneLabel)
_POSITIVE = _LABELS.index(ToneLabel.POSITIVE)
_Array = NDArray[Any]
_Pairs = Sequence[tuple[ToneLabel, TextTone]]


def measured(classifier: Classifier, texts: Sequence[LabelledText]) -> list[dict[str, Any]]:
    """One row a language: texts, scored, macro-F1, true and found share of positives, and the rank
    correlation of simulated cities, with intervals (`_low`, `_high`); None where nothing is scored
    or a kind of text lacks."""
    tones = classifier.tones([(one.text, one.language) for one in texts])
    rows = []
    for language in sorted({one.language for one in texts}):
        own = [
            (one, tone) for one, tone in zip(texts, tones, strict=True) if one.language == language
        ]
        pairs = [(one.label, tone) for one, tone in own if tone is not None]
        model = classifier.model_of(language)
        rows.append(
            {
                "language": language,
                "model": "unscored" if model is None else model.id,
                "texts": len(own),
                "scored": len(pairs),
                "share": _share([label for label, _ in pairs]),
                "share_found": _share([tone.label for _, tone in pairs]),
                **_figures(pairs),
            }
        )
    return rows


def _share(labels: Sequence[ToneLabel]) -> float | None:
    return labels.count(ToneLabel.POSITIVE) / len(labels) if labels else None


def _figures(pairs: _Pairs) -> dict[str, float | None]:
    rng = np.random.default_rng(_SEED)
    true = np.array([_LABELS.index(label) for label, _ in pairs], dtype=int)
    told = np.array([_LABELS.index(tone.label) for _, tone in pairs], dtype=int)
    scores = np.array([tone.score for _, tone in pairs])
    drawn = rng.integers(max(len(pairs), 1), size=(_SAMPLES, len(pairs)))
    orders = [_order(rng, true, scores) for _ in range(_ROUNDS)]
    again = [_order(rng, true[sample], scores[sample]) for sample in drawn]
    return {
        "macro_f1": _mean(_macro_f1(true[None], told[None])),
        **_ends("macro_f1", _macro_f1(true[drawn], told[drawn])),
        "rank_correlation": _mean(orders),
        **_ends("rank_correlation", again),
    }


def _macro_f1(true: _Array, told: _Array) -> list[float | None]:
    """Of each row, the mean over the labels that occur in it; None for an empty one."""
    if not true.size:
        return [None]
    sums, kinds = np.zeros(len(true)), np.zeros(len(true))
    for label in range(len(_LABELS)):
        hits = ((true == label) & (told == label)).sum(axis=1)
        both = (true == label).sum(axis=1) + (told == label).sum(axis=1)
        occurs = (true == label).any(axis=1)
        sums += np.where(occurs, 2 * hits / np.maximum(both, 1), 0)
        kinds += occurs
    return [float(value) for value in sums / kinds]


def _order(rng: np.random.Generator, true: _Array, scores: _Array) -> float | None:
    positive = true == _POSITIVE
    return drawn_order(rng, scores[positive], scores[~positive])


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return mean(known) if known else None


def _ends(name: str, values: Sequence[float | None]) -> dict[str, float | None]:
    known = [value for value in values if value is not None]
    low, high = (float(end) for end in np.percentile(known, _ENDS)) if known else (None, None)
    return {f"{name}_low": low, f"{name}_high": high}
