"""Labelled texts in eight languages, written for these tests; none is a prototype of the model.

- `posts`: 200 posts a language, of ten topics (20 of each: 7 positive, 6 neutral, 7 negative), each
  language with matter and wording of its own, some with emoji and hashtags. Their hashes part them
  into a half for fitting and a half that nothing was fitted to.
- `plain`: 68 plain sentences a language (24 positive, 24 negative, 20 neutral), the same matter in
  all languages, each once after every one of three neutral contexts: 204 texts. Nothing is fitted
  to them, and the lists of words were not written with them in view.
"""

from __future__ import annotations

import csv
import hashlib
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from media.tone.classifier import ToneLabel
from media.tone.labelled import LabelledText

_FOLDER = Path(__file__).parent
LANGUAGES = ("en", "zh", "ja", "es", "ar", "de", "pt", "it")
FITTING, HELD_OUT = 0, 1


@dataclass(frozen=True, slots=True)
class TopicPost(LabelledText):
    """A labelled post and what it is about."""

    topic: str

    @property
    def half(self) -> int:
        """By the hash of its text: for fitting, or held out."""
        return hashlib.sha256(self.text.encode()).digest()[-1] % 2


@cache
def posts(half: int | None = None) -> tuple[TopicPost, ...]:
    """All posts, or those of one half."""
    found = []
    for language in LANGUAGES:
        with (_FOLDER / "posts" / f"{language}.tsv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE, strict=True):
                post = TopicPost(language, ToneLabel(row["label"]), row["text"], row["topic"])
                if half in (None, post.half):
                    found.append(post)
    return tuple(found)


@cache
def plain() -> tuple[LabelledText, ...]:
    """The plain sentences after their contexts."""
    found = []
    for path in sorted(_FOLDER.glob("labelled_*.toml")):
        for language, own in tomllib.loads(path.read_text("utf-8")).items():
            found += [
                LabelledText(language, label, context + sentence)
                for label in ToneLabel
                for sentence in own[label.value]
                for context in own["contexts"]
            ]
    return tuple(found)


def write_labelled(path: Path, texts: Iterable[LabelledText]) -> None:
    """As `tone check` reads it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("language", "label", "text"))
        writer.writerows((one.language, one.label.value, one.text) for one in texts)
