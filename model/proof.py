"""What proves that a list of posts was read whole, and what keeps a list from being whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Proof(StrEnum):
    """What proves that no post of a window is missing from what was read."""

    OLDER_POST = "older_post"
    """A post older than the window, not pinned, was reached in a list that is newest first."""
    TOTAL = "total"
    """The list's own total equals what was read of it."""
    END_MARK = "end_mark"
    """The platform's end-of-list mark, on a page that is not full."""
    COUNTERS = "counters"
    """The account's own counter agrees with what was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """The most that a list shows, whatever lies behind it."""

    what: str
    """What is limited, e.g. `posts of a page's feed in a year`."""
    most: int
    answer: str
    """What is done there: split the window, ask another way, or say what is missing."""
    noted: date
    """The day it was read from the source."""
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostList:
    """The list by which a route reads the posts of an account."""

    proofs: tuple[Proof, ...]
    """The proofs of completeness it can give; none where posts cannot be counted by it."""
    page: int | None = None
    """Most posts of one page; None where the platform does not say."""
    ceilings: tuple[Ceiling, ...] = ()
