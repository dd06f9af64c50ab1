"""Numbers as people read them on localised pages: "541.2K", "1,2 tys.", "3.4亿", "1,545,374 views".

A number is read only where there is one way to read it; everything else is None, for a missing
counter is better than one that is wrong by a factor of a thousand. `lang`, the language of the
page where it is known, decides what is ambiguous without it: "1,2 B" is 1,200 in Turkish.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from crawler.reading.number_words import (
    CASED,
    COMMA,
    COMMA_LANGUAGES,
    DOT,
    EITHER,
    LETTERS,
    NO_MULTIPLIERS,
    NOUNS,
    POINT_LANGUAGES,
    UNSPACED,
)
from model.count import Count

_LARGEST = 2**63 - 1
_LONGEST = 300
"""Characters; nothing that is longer is a counter's text."""
ABBREVIATED_BELOW = 10_000
"""From here on a number without separators is surely written out."""


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number and the step it was rounded to; 1 where it is exact."""

    value: int
    step: int = 1


@dataclass(frozen=True, slots=True)
class _Multiplier:
    word: str
    """As written."""
    factor: int
    decimal: str | None
    """The decimal mark that goes with it, as far as one is known."""
    glued: bool
    rest: str
    """The text after it."""


@dataclass(frozen=True, slots=True)
class _Found:
    before: str
    digits: str
    after: str


_UNWRITTEN = [0x200E, 0x200F, 0x061C, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
_SPACES = "\u00a0\u202f\u2009\u2007\t\n\r"
_CHARACTERS = str.maketrans(
    dict.fromkeys(map(chr, _UNWRITTEN)) | dict.fromkeys(_SPACES, " ") | dict.fromkeys("’ʼ", "'")
) | {ord("，"): ",", ord("．"): "."}
_NUMBER = re.compile(r"[0-9]+(?:[.,'٫٬][0-9]+| [0-9]{3}(?![0-9]))*")
_PLAIN = re.compile(r"0|[1-9][0-9]*")
_GROUPED = re.compile(r"[1-9][0-9]{0,2}([.,' ٬])[0-9]{3}(?:\1[0-9]{3})*")
_INDIAN = re.compile(r"[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}")
_MARKED = re.compile(r"(.*[0-9])([.,٫])([0-9]+)")
_REFUSED_BEFORE = re.compile(r"[-−–—~≈<>≤≥±$€£¥#%/+@.,'*=]\s*$")
_REFUSED_AFTER = re.compile(r"\s*[-−–—~%‰°/+$€£¥=*]|['_]|[.,:]?[0-9]")
_NO_SPACES = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"[^\W\d_{_NO_SPACES}][^\s\d_.,;:!?()•·|'\"{_NO_SPACES}]*")
_TWO_WORDS = re.compile(rf"{_WORD.pattern} {_WORD.pattern}")
_RUN = re.compile(rf"[{_NO_SPACES}]+")
_TABLES = ((COMMA, ","), (DOT, "."), (EITHER, None))
_FURTHER = tuple("万萬亿億兆千百十만억조천백십")
_LEADING = sorted(
    (word for table, _ in _TABLES for word in table if _RUN.match(word)), key=len, reverse=True
)


def parse(text: str, lang: str | None = None) -> Number | None:
    """The one number in `text`, with its step; None if there is none, several, or no telling.

    `lang` is the page's language as a tag ("pt-BR"). The words around a small number must be known
    ones, for they might be multipliers: "12 elfu" is not 12.
    """
    found = _single(text)
    if found is None:
        return None
    language = None if lang is None else re.split(r"[-_]", lang.casefold())[0]
    multiplier = _multiplier(found.after, language)
    if multiplier is not None:
        return _multiplied(found.digits, multiplier, known=language is not None)
    value = _whole(found.digits, language)
    if value is None:
        return None
    written_out = value >= ABBREVIATED_BELOW or not found.digits.isdigit()
    return Number(value) if written_out or _all_known(found.before + " " + found.after) else None


def exact(text: str) -> Number | None:
    """The one number written out in a sentence whose words do not matter; None otherwise.

    For texts that are known to hold an exact number ("along with 13,520 other people").
    """
    found = _single(text)
    if found is None or _multiplier(found.after, None) is not None:
        return None
    value = _whole(found.digits, None)
    return None if value is None else Number(value)


def count_in(text: str, lang: str | None = None) -> Count | None:
    """The number in `text` as a Count; None where `parse` gives none."""
    number = parse(text, lang)
    return None if number is None else Count(number.value, step=number.step)


def _single(text: str) -> _Found | None:
    """The only number in a text, if nothing about its neighbours speaks against it."""
    cleaned = _cleaned(text)
    matches = [] if cleaned is None else list(_NUMBER.finditer(cleaned))
    if cleaned is None or len(matches) != 1:
        return None
    match = matches[0]
    found = _Found(cleaned[: match.start()], match[0], cleaned[match.end() :])
    if _REFUSED_BEFORE.search(found.before) or _REFUSED_AFTER.match(found.after):
        return None
    last = found.before[-1:]
    glued_letter = unicodedata.category(last)[0] in "LM" if last else False
    return None if glued_letter and not _RUN.match(last) else found


def _cleaned(text: str) -> str | None:
    """ASCII digits, plain spaces, no invisible marks; None for mixed digits, fractions and such."""
    if len(text) > _LONGEST:
        return None
    zeros: set[int] = set()
    characters: list[str] = []
    for character in text.translate(_CHARACTERS):
        digit = unicodedata.decimal(character, None)
        if digit is None and unicodedata.category(character) in ("No", "Nl"):
            return None
        if digit is not None:
            zeros.add(ord(character) - digit)
        characters.append(character if digit is None else str(digit))
    return "".join(characters) if len(zeros) <= 1 else None


def _multiplier(after: str, language: str | None) -> _Multiplier | None:
    """The multiplier with which the text after a number begins."""
    rest = after.lstrip(" ")
    if rest.casefold().startswith(NO_MULTIPLIERS):
        return None
    for word in _candidates(rest):
        named = _named(word, language)
        if named is not None:
            return _Multiplier(word, *named, rest == after, rest[len(word) :])
    return None


def _candidates(rest: str) -> list[str]:
    """What may be a multiplier at the beginning of a text, the longest first."""
    unspaced = [word for word in _LEADING if rest.startswith(word)]
    if unspaced:
        return unspaced[:1]
    matches = [_TWO_WORDS.match(rest), _WORD.match(rest)]
    words = [match[0] for match in matches if match is not None]
    return [text for word in words for text in (word + ".", word) if rest.startswith(text)]


def _named(word: str, language: str | None) -> tuple[int, str | None] | None:
    """The factor of a multiplier, and the decimal mark that goes with it."""
    if language in CASED and word in CASED[language]:
        return CASED[language][word], _decimal(language)
    word = word.casefold()
    own = LETTERS.get(language or "", {}).get(word)
    if own is not None:
        return own, _decimal(language)
    for table, decimal in _TABLES:
        if word in table:
            return table[word], _decimal(language) or decimal
    return None


def _decimal(language: str | None) -> str | None:
    if language in POINT_LANGUAGES:
        return "."
    return "," if language in COMMA_LANGUAGES else None


def _multiplied(digits: str, multiplier: _Multiplier, *, known: bool) -> Number | None:
    followed = _REFUSED_AFTER.match(multiplier.rest) or multiplier.rest.startswith(_FURTHER)
    if followed or (not known and _ambiguous(digits, multiplier)):
        return None
    mantissa = _mantissa(digits, multiplier)
    if mantissa is None or mantissa[0] == 0:
        return None
    whole, scale = mantissa
    value, remainder = divmod(whole * multiplier.factor, 10**scale)
    if remainder or value > _LARGEST:
        return None
    return Number(value, max(multiplier.factor // 10**scale, 1))


def _ambiguous(digits: str, multiplier: _Multiplier) -> bool:
    """Letters that mean a thousand in one language and more in another.

    "1,2 B" is Turkish for 1,200, "1,2m" Catalan; with a point, or glued, they are English.
    """
    if multiplier.word in ("B", "b"):
        return "," in digits or not multiplier.glued
    return multiplier.word == "m" and "," in digits


def _mantissa(digits: str, multiplier: _Multiplier) -> tuple[int, int] | None:
    """Digits without their marks, and how many of them are decimals.

    Three digits after a single mark are decimals or a group: that depends on the language. Where
    it is not known, "1.294K" is taken for English; for "1,294K" and "1.294 M" there is no telling.
    """
    match = _MARKED.fullmatch(digits)
    if match is None:
        value = _whole(digits, None)
        return None if value is None else (value, 0)
    head, mark, tail = match.groups()
    if mark != "٫" and mark in head:
        value = _whole(digits, None)
        return None if value is None else (value, 0)
    decimal = multiplier.decimal
    if decimal is None and multiplier.glued and mark == ".":
        decimal = "."
    if head.isdigit() and len(tail) == 3 and mark not in ("٫", decimal):
        return None if decimal is None else (int(head + tail), 0)
    value = _whole(head, None)
    return None if value is None else (int(f"{value}{tail}"), len(tail))


def _whole(digits: str, language: str | None) -> int | None:
    """A whole number, plain or in groups; None for anything else, and beyond 2^63."""
    if not _PLAIN.fullmatch(digits):
        grouped = _GROUPED.fullmatch(digits)
        if grouped is None and not _INDIAN.fullmatch(digits):
            return None
        if grouped is not None and grouped[1] == _decimal(language):
            return None
    value = int("".join(re.findall("[0-9]", digits)))
    return value if value <= _LARGEST else None


def _all_known(words: str) -> bool:
    """Whether all words are names of what is counted."""
    spaced = all(word.casefold() in NOUNS for word in _WORD.findall(words))
    return spaced and all(map(_is_counted, _RUN.findall(words)))


def _is_counted(run: str) -> bool:
    """Whether it is made of such names alone, without spaces between them.

    As a pattern this takes exponential time: some names are made of others.
    """
    reached = {0}
    for start in range(len(run)):
        if start in reached:
            reached |= {start + len(name) for name in UNSPACED if run.startswith(name, start)}
    return len(run) in reached
