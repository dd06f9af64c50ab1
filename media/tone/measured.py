"""How well a classifier does on labelled texts: F1, error of shares, order of simulated cities.

Rank correlation: 100 cities are simulated for each language, with true shares of positive texts
spread evenly from 10 to 80 per cent; each has 50 texts drawn from the labelled ones. Spearman's
coefficient between the cities' mean scores and their true shares tells whether an index built on
the scores would order them as the labels do.
"""

from __future__ import annotations

import csv
import io
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from media.errors import RulesError
from media.tone.classifier import Classifier, TextTone, ToneLabel

_CITIES, _TEXTS = 100, 50
_LOWEST, _HIGHEST = 0.1, 0.8
_SEED = 7
_COLUMNS = ("language", "label", "text")


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A text and what people say of its tone."""

    language: str
    label: ToneLabel
    text: str


def read_labelled(path: Path) -> list[LabelledText]:
    """A CSV with the columns language, label, text. Raises RulesError naming file and line."""
    try:
        rows = csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig")), strict=True)
        if lacking := set(_COLUMNS) - set(rows.fieldnames or ()):
            raise RulesError(f"{path}, line 1: no column {', '.join(sorted(lacking))}")
        return [_labelled(row, f"{path}, line {rows.line_num}") for row in rows]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RulesError(f"{path}: cannot be read: {error}") from None


def _labelled(row: Mapping[str, Any], where: str) -> LabelledText:
    label, language, text = (row[name] for name in ("label", "language", "text"))
    if label not in {one.value for one in ToneLabel}:
        known = ", ".join(one.value for one in ToneLabel)
        raise RulesError(f"{where}: label {label!r}: expected one of {known}")
    if not language or not text:
        raise RulesError(f"{where}: expected a language (ISO 639-1) and a text")
    return LabelledText(language, ToneLabel(label), text)


def measured(classifier: Classifier, texts: Sequence[LabelledText]) -> list[dict[str, Any]]:
    """One row a language: texts, scored, macro-F1, true and found share of positives, and the rank
    correlation of simulated cities; None where nothing is scored or a kind of text lacks."""
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
                "macro_f1": _macro_f1(pairs) if pairs else None,
                "share": _share([label for label, _ in pairs]),
                "share_found": _share([tone.label for _, tone in pairs]),
                "rank_correlation": _order(pairs),
            }
        )
    return rows


def _macro_f1(pairs: Sequence[tuple[ToneLabel, TextTone]]) -> float:
    """Mean over the labels that occur."""
    hits: Counter[ToneLabel] = Counter(label for label, tone in pairs if label is tone.label)
    true, told = Counter(label for label, _ in pairs), Counter(tone.label for _, tone in pairs)
    return mean(2 * hits[label] / (true[label] + told[label]) for label in true)


def _share(labels: Sequence[ToneLabel]) -> float | None:
    return labels.count(ToneLabel.POSITIVE) / len(labels) if labels else None


def _order(pairs: Sequence[tuple[ToneLabel, TextTone]]) -> float | None:
    pools: dict[bool, list[float]] = defaultdict(list)
    for label, tone in pairs:
        pools[label is ToneLabel.POSITIVE].append(tone.score)
    if not (pools[True] and pools[False]):
        return None
    rng, truth, found = random.Random(_SEED), [], []
    for number in range(_CITIES):
        share = _LOWEST + (_HIGHEST - _LOWEST) * number / (_CITIES - 1)
        drawn = [rng.choice(pools[rng.random() < share]) for _ in range(_TEXTS)]
        truth.append(share)
        found.append(mean(drawn))
    return spearman(truth, found)


def spearman(one: Sequence[float], two: Sequence[float]) -> float | None:
    """Rank correlation with mean ranks for ties; None where one of them does not vary."""
    first, second = _mean_ranks(one), _mean_ranks(two)
    middle = mean(first)
    above = sum((a - middle) * (b - middle) for a, b in zip(first, second, strict=True))
    spread = [sum((value - middle) ** 2 for value in ranks) for ranks in (first, second)]
    return above / (spread[0] * spread[1]) ** 0.5 if all(spread) else None


def _mean_ranks(values: Sequence[float]) -> list[float]:
    places: dict[float, list[int]] = defaultdict(list)
    for rank, value in enumerate(sorted(values), 1):
        places[value].append(rank)
    return [mean(places[value]) for value in values]


def fitted(scores: Mapping[str, Iterable[tuple[ToneLabel, float]]]) -> dict[str, dict[str, float]]:
    """For each language the thresholds between which macro-F1 is greatest; `scores`: label and
    place on the axis of each text. The baseline is their mean."""
    return {language: _fit(list(own)) for language, own in sorted(scores.items())}


def _fit(own: Sequence[tuple[ToneLabel, float]]) -> dict[str, float]:
    baseline = mean(score for _, score in own)
    ordered = sorted(score - baseline for _, score in own)
    steps = [ordered[len(ordered) * part // 40] for part in range(2, 39)]
    best = max(
        ((low, high) for low in steps for high in steps if low < high),
        key=lambda pair: _f1_between(own, baseline, *pair),
    )
    names = ("baseline", "negative", "positive")
    return {k: round(v, 5) for k, v in zip(names, (baseline, *best), strict=True)}


def _f1_between(
    own: Sequence[tuple[ToneLabel, float]], baseline: float, low: float, high: float
) -> float:
    def told(score: float) -> ToneLabel:
        if score - baseline > high:
            return ToneLabel.POSITIVE
        return ToneLabel.NEGATIVE if score - baseline < low else ToneLabel.NEUTRAL

    return _macro_f1([(label, TextTone(told(score), score, "")) for label, score in own])
