"""The bounds of everything that travels through Redis.

They are checked when a message is made and again when it is decoded, so what reaches MongoDB can
be stored there: documents of at most 16 MB, instants that every part can compute with, keys and
ids without separators.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime
from functools import lru_cache

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST_POST = datetime(1900, 1, 1, tzinfo=UTC)
"""Pages date posts back: Facebook's to 1905."""
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
"""Exclusive. Far from the years 1 and 9999, where other zones and sums of times overflow."""
LARGEST = 2**63 - 1
"""MongoDB's and the platforms' largest counter."""
MOST_BYTES = 16 * 1024 * 1024
"""Of an encoded message, without its raw answer."""
MOST_RAW = 32 * 1024 * 1024
"""Bytes of a raw answer, before compression."""
MOST_ITEMS = 20_000
"""Accounts, posts and ids of posts that are gone, together, in a page."""
MOST_POSTS = 50_000
"""Ids of posts of one visit, to be read or seen."""
MOST_VISITS = 1000
"""Visits of one page."""
MOST_UNMAPPED = 200
MOST_COUNTERS = 50
MOST_DETAIL = 2000
"""Characters of a visit's detail; what platforms say is cut to it."""
MOST_TEXT = 100_000
"""Characters of a post's text. Facebook's longest has 63,206."""
MOST_URL = 16_000
MOST_NAME = 2000
"""Characters of a name, a handle, a language, an endpoint or a path."""

# Control, formatting (zero-width and bidirectional ones among them) and no characters at all are in
# no id of any platform.
_CONTROL = (
    r"\x00-\x1f\x7f-\x9f\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f"
    r"\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff0-\uffff\U000110bd\U000110cd"
    r"\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U0001fffe\U0001ffff"
    r"\U0002fffe\U0002ffff\U00033480-\U0010ffff"
)
ID_CHARACTER = rf"[^\s@:/{_CONTROL}]"
_LONGEST_ID, _LONGEST_KEY = 200, 100
_ID = re.compile(rf"{ID_CHARACTER}{{1,{_LONGEST_ID}}}")
_ACCOUNT = re.compile(rf"@?{ID_CHARACTER}{{1,{_LONGEST_ID}}}")
_KEY = re.compile(rf"[^.${_CONTROL}]{{1,{_LONGEST_KEY}}}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_EXPECTED = {
    _ID: "1 to 200 characters without spaces, control characters, @, : and /",
    _ACCOUNT: "an id, or @ and a handle",
    _KEY: "1 to 100 characters without control characters, . and $",
    _SHA256: "64 hexadecimal digits",
}


class OutOfBounds(ValueError):
    """Something in a message is beyond what is taken; says what, and what was expected."""


def check_instant(name: str, at: datetime | None, earliest: datetime = EARLIEST) -> None:
    """An instant with a zone, from 1970 to 2199; None passes. Raises OutOfBounds."""
    if at is None:
        return
    if at.tzinfo is None:
        raise OutOfBounds(f"{name} {at.isoformat()} has no zone; expected UTC")
    # By the year first: near the years 1 and 9999 even comparing instants may overflow.
    if not (earliest.year - 1 <= at.year <= LATEST.year and earliest <= at < LATEST):
        raise OutOfBounds(f"{name} is {at.isoformat()}; expected {earliest.year} to 2199")


def check_published(name: str, at: datetime | None) -> None:
    """As `check_instant`, for a post: from 1900 on."""
    check_instant(name, at, EARLIEST_POST)


def check_date(name: str, day: date | None) -> None:
    """As `check_instant`, for a date."""
    if day is not None and not EARLIEST.year <= day.year < LATEST.year:
        raise OutOfBounds(f"{name} is {day.isoformat()}; expected 1970 to 2199")


def check_id(name: str, text: str | None) -> None:
    """An immutable id of an account or a post; None passes. Raises OutOfBounds."""
    if text is not None and not is_plain_id(text):
        _check_pattern(name, text, _ID)


def check_ids(name: str, texts: Collection[str], most: int) -> None:
    """So many ids at most. Raises OutOfBounds."""
    check_number_of(name, texts, most)
    for text in texts:
        if not is_plain_id(text):
            _check_pattern(name, text, _ID)


def check_account(name: str, text: str) -> None:
    """The account of a visit: an id, or `@handle` until its id is known. Raises OutOfBounds."""
    _check_pattern(name, text, _ACCOUNT)


def check_keys(name: str, keys: Collection[str]) -> None:
    """Names of counters or of kinds of reactions, which become keys. Raises OutOfBounds."""
    if not keys:
        return
    check_number_of(name, keys, MOST_COUNTERS)
    for key in keys:
        if len(key) > _LONGEST_KEY or not _is_key(key):
            _check_pattern(name, key, _KEY)


def check_sha256(name: str, text: str) -> None:
    """The name of a raw answer. Raises OutOfBounds."""
    _check_pattern(name, text, _SHA256)


def is_plain_id(text: str) -> bool:
    """Whether it is an id of ASCII letters and digits, as nearly all are: told in a fifth of the
    time that a pattern takes."""
    return text.isascii() and text.isalnum() and len(text) <= _LONGEST_ID


@lru_cache(maxsize=1000)
def _is_key(key: str) -> bool:
    """Counters have a few names, which every post brings."""
    return _KEY.fullmatch(key) is not None


def _check_pattern(name: str, text: str | None, pattern: re.Pattern[str]) -> None:
    if text is not None and not pattern.fullmatch(text):
        raise OutOfBounds(f"{name} {cut(repr(text), 80)} is not {_EXPECTED[pattern]}")


def check_text(name: str, text: str | None, most: int) -> None:
    """A text of so many characters at most; None passes. Raises OutOfBounds."""
    if text is not None and len(text) > most:
        raise OutOfBounds(f"{name} has {len(text)} characters; {most} are the most")


def check_number(name: str, value: int, least: int = 0, most: int = LARGEST) -> None:
    """A number within bounds, both inclusive. Raises OutOfBounds."""
    if not least <= value <= most:
        raise OutOfBounds(f"{name} is {_shown(value)}; expected {least} to {_shown(most)}")


def check_numbers(name: str, values: Iterable[int]) -> None:
    """Counters: 0 to 2**63-1. Raises OutOfBounds."""
    for value in values:
        check_number(name, value)


def check_number_of(name: str, items: Collection[object], most: int) -> None:
    """A list of so many entries at most. Raises OutOfBounds."""
    if len(items) > most:
        raise OutOfBounds(f"{name}: {len(items)}; {most} are the most")


def _shown(value: int) -> str:
    """Numbers of thousands of digits are named by their size."""
    if value == LARGEST:
        return "2**63-1"
    return str(value) if value.bit_length() < 100 else f"a number of {value.bit_length()} bits"


def cut(text: str, most: int = MOST_DETAIL) -> str:
    """The text, or as much of it as fits, with an ellipsis."""
    return text if len(text) <= most else text[: most - 1] + "…"
