"""Numbers as people read them on localised pages: "541.2K", "1,2 tys.", "3.4亿", "1,545,374 views".

A number is read only where there is one way to read it; everything else is None, for a missing
counter is better than one that is wrong by a factor of a thousand. `lang`, the language of the
page where it is known, decides what is ambiguous without it ("1,2 B" is 1,200 in Turkish).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from crawler.number_words import (
    COMMA,
    DOT,
    EITHER,
    LETTERS,
    NOUNS,
    POINT_LANGUAGES,
    UNSPACED,
)
from model.count import Count

LARGEST = 2**63 - 1
LONGEST = 300
"""Characters; nothing that is longer is a counter's text."""


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number and the step it was rounded to; 1 where it is exact."""

    value: int
    step: int = 1


_BIDI = dict.fromkeys([0x200E, 0x200F, 0x061C, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_SEPARATORS = str.maketrans(
    {
        "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2007": " ", "\t": " ", "\n": " ",
        "’": "'", "ʼ": "'", "，": ",", "．": ".",
    }
)  # fmt: skip
_NUMBER = re.compile(r"\d+(?:[.,'٫٬]\d+| \d{3}(?!\d))*")
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:([.,' ٬])\d{3})(?:\1\d{3})*")
_INDIAN = re.compile(r"[1-9]\d?(?:,\d{2})+,\d{3}")
_PLAIN = re.compile(r"0|[1-9]\d*")
_DECIMAL = re.compile(r"(.*\d)([.,٫])(\d+)")
_REFUSED_BEFORE = re.compile(r"[-−–—~≈<>≤≥$€£¥#%/:+@.,'*=]\s*$")
_REFUSED_AFTER = re.compile(r"\s*[-−–—%‰°/:+$€£¥=*]|['_]|[.,]\d")
_UNSPACED_SCRIPT = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"[^\W\d_{_UNSPACED_SCRIPT}][^\s\d_.,;:()•·|{_UNSPACED_SCRIPT}]*")
_UNSPACED_RUN = re.compile(rf"[{_UNSPACED_SCRIPT}]+")
_UNSPACED_NOUNS = re.compile("(?:" + "|".join(sorted(UNSPACED, key=len, reverse=True)) + ")+")
_ALL_WORDS = {**COMMA, **DOT, **EITHER}
_SPACED_MULTIPLIERS = {w: f for w, f in _ALL_WORDS.items() if not _UNSPACED_RUN.match(w)}
_UNSPACED_MULTIPLIERS = sorted(set(_ALL_WORDS) - set(_SPACED_MULTIPLIERS), key=len, reverse=True)


def parse(text: str, lang: str | None = None) -> Number | None:
    """The one number in `text`, with its step; None if there is none, several, or no telling.

    `lang` is the page's language as a tag ("pt-BR"). Words around the number must be known ones
    unless the number is written out with separators or has a known multiplier.
    """
    cleaned = _cleaned(text)
    found = [] if cleaned is None else list(_NUMBER.finditer(cleaned))
    if cleaned is None or len(found) != 1:
        return None
    before, digits, after = cleaned[: found[0].start()], found[0][0], cleaned[found[0].end() :]
    if not _may_stand_before(before) or _REFUSED_AFTER.match(after):
        return None
    language = None if lang is None else re.split(r"[-_]", lang.casefold())[0]
    multiplier = _multiplier(after, language)
    if multiplier is None:
        return _written_out(digits, before, after, language)
    return None if multiplier.ambiguous(digits) else _multiplied(digits, multiplier, language)


def exact(text: str) -> Number | None:
    """The one number written out in a sentence whose words do not matter; None otherwise.

    For texts that are known to hold an exact number ("along with 13,520 other people").
    """
    cleaned = _cleaned(text)
    found = [] if cleaned is None else list(_NUMBER.finditer(cleaned))
    if cleaned is None or len(found) != 1:
        return None
    before, after = cleaned[: found[0].start()], cleaned[found[0].end() :]
    if not _may_stand_before(before) or _REFUSED_AFTER.match(after):
        return None
    return None if _multiplier(after, None) else _whole(found[0][0], None)


def count(text: str, lang: str | None = None) -> Count | None:
    """The number in `text` as a Count; None where `parse` gives none."""
    number = parse(text, lang)
    return None if number is None else Count(number.value, step=number.step)
