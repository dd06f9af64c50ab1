"""Labelled sentences in eight languages, written for these tests.

Each language has 68 sentences of its own (24 positive, 24 negative, 20 neutral), each once after
every one of three neutral contexts: 204 texts. They say the same things in all languages, so that
a language's figure tells of the model and not of the matter; real posts are less plain.
"""

from __future__ import annotations

import csv
import tomllib
from functools import cache
from pathlib import Path

from media.tone.classifier import ToneLabel
from media.tone.measured import LabelledText

_FOLDER = Path(__file__).parent
LANGUAGES = ("en", "zh", "ja", "es", "ar", "de", "pt", "it")


@cache
def labelled(half: int | None = None) -> tuple[LabelledText, ...]:
    """All texts, or every second sentence: those of half 0 fitted the thresholds, half 1 did not.
    A sentence is with all its contexts in one half."""
    found = []
    for path in sorted(_FOLDER.glob("labelled_*.toml")):
        for language, own in tomllib.loads(path.read_text("utf-8")).items():
            for label in ToneLabel:
                for number, sentence in enumerate(own[label.value]):
                    if half in (None, number % 2):
                        found += [
                            LabelledText(language, label, context + sentence)
                            for context in own["contexts"]
                        ]
    return tuple(found)


def write_labelled(path: Path, texts: tuple[LabelledText, ...]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("language", "label", "text"))
        writer.writerows((one.language, one.label.value, one.text) for one in texts)
