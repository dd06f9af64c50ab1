"""The classifier of this machine: the axis where it can be used, and the English list."""

from __future__ import annotations

from media.tone.axis import axis_trouble, load_axis
from media.tone.classifier import Classifier
from media.tone.lexicon import load_lexicon


def ready_classifier() -> tuple[Classifier, str]:
    """The classifier, and what it lacks in words; empty if nothing."""
    if trouble := axis_trouble():
        return Classifier([load_lexicon()]), f"{trouble}: English by a list of words alone"
    return Classifier([load_axis(), load_lexicon()]), ""
