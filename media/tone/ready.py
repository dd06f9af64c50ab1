"""The classifier of this machine: the axis where it can be used, and the English list."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from media.errors import RulesError
from media.tone.axis import axis_trouble, load_axis
from media.tone.classifier import Classifier, ToneLabel
from media.tone.lexicon import load_lexicon
from media.tone.measured import fitted, read_labelled


def ready_classifier() -> tuple[Classifier, str]:
    """The classifier, and what it lacks in words; empty if nothing."""
    if trouble := axis_trouble():
        return Classifier([load_lexicon()]), f"{trouble}: English by a list of words alone"
    return Classifier([load_axis(), load_lexicon()]), ""


def fitted_lines(path: Path) -> list[str]:
    """The table of thresholds as the rules file has it, fitted to a labelled file. Raises
    RulesError where the model cannot be used or a language lacks a label."""
    if trouble := axis_trouble():
        raise RulesError(f"thresholds are those of the model: {trouble}")
    texts = read_labelled(path)
    scores: dict[str, list[tuple[ToneLabel, float]]] = defaultdict(list)
    raw = load_axis().raw_scores([one.text for one in texts]) if texts else []
    for one, score in zip(texts, raw, strict=True):
        scores[one.language].append((one.label, score))
    for language, own in scores.items():
        if {label for label, _ in own} != set(ToneLabel):
            raise RulesError(f"{path}: {language}: expected texts of all three labels")
    return ["[thresholds]"] + [
        f"{language} = {{ " + ", ".join(f"{name} = {value}" for name, value in own.items()) + " }"
        for language, own in fitted(scores).items()
    ]
