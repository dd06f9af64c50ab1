"""What made-up accounts and posts of a platform are like: for `python -m sandbox.generate`."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from model.items import PostType

ID_ALPHABET = string.ascii_letters + string.digits + "-_"


def _no_counters(_followers: float, _day: int) -> dict[str, int]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """`RECIPE` of `sandbox/<name>/recipe.py`."""

    posts_of_busiest: int
    """Posts of the first city's account, more than one page of a list."""
    types: Mapping[PostType, int]
    """Types of posts with their weights."""
    medians: Mapping[str, int]
    """What the counters of a post come to in the end."""
    followers: int
    handle: Callable[[str], str]
    """The handle of a city's account."""
    account_id: Callable[[datetime, random.Random], str]
    """An id for an account that was created at that time."""
    post_id: Callable[[str, datetime, random.Random], str]
    """An id for a post of that account (id) and time."""
    account_counters: Callable[[float, int], dict[str, int]] = _no_counters
    """From followers and the number of the day: counters of an account beside these and posts."""
    views_on_videos_only: bool = False
    kinds_of_reactions: bool = False
    hides_likes: bool = False
    closes_comments: bool = False
    lacks_text: bool = True
    """Whether a post may have no text."""
    has_silent_account: bool = False
    """Whether the last city's account has no post."""


def milliseconds_since(epoch: int, time: datetime) -> int:
    """Milliseconds from an epoch (itself in milliseconds since 1970) to a time of whole seconds."""
    return int(time.timestamp()) * 1000 - epoch
