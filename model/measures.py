"""What is known of one account in one month, and the row of measures made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from model.account import Account
from model.items import PostType
from model.platform import PlatformName
from model.proof import Proof

INTERACTIONS = ("likes", "comments", "shares")
"""The counters of a post that add up to its interactions."""
LATE = timedelta(minutes=5)
"""A reading may be taken so long after the instant it stands for without a word about it."""
EARLY = timedelta(hours=2)
"""So long before an edge of the month or its cut-off a reading still tells what was then: plans
read edges an hour early."""
COUNTERS = (*INTERACTIONS, "views")
"""The counters of a post that are summed over a month."""
_OF_FOLLOWERS = ("followers", "follower_gain")


def counters_of_measure(measure: str) -> tuple[str, ...]:
    """The counters that a measure of a platform is made of; none where posts alone are counted."""
    if measure in ("interactions", "interaction_rate"):
        return INTERACTIONS
    if measure in _OF_FOLLOWERS:
        return ("followers",)
    if measure in ("views", "view_rate"):
        return ("views",)
    return (measure,) if measure in COUNTERS else ()


@dataclass(slots=True)
class AccountSums:
    """What the posts of one account in one month add up to; reposts are not among them."""

    posts: int = 0
    """Published in the month and visible at its cut-off."""
    posts_gone: int = 0
    """Published in the month and no longer visible at its cut-off: in none of the other sums."""
    totals: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTERS, 0))
    shown: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTERS, 0))
    """How many posts show the counter; a total over none of them means nothing."""
    steps: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTERS, 0))
    """The rounding steps of what was shown rounded, added up: a total is that far from exact."""
    reasons: dict[str, set[str]] = field(default_factory=lambda: {name: set() for name in COUNTERS})
    """Why posts do not show the counter, as their readings say."""
    videos: int = 0
    videos_shown: int = 0
    """Videos that show their views."""
    video_views: int = 0
    off_time: int = 0
    """Posts whose counts were read more than `LATE` after the cut-off that they stand for, or more
    than `EARLY` before it."""
    at_cutoff: int = 0
    """Posts whose last reading was taken after the end of the month, for the cut-off."""
    days: set[str] = field(default_factory=set)
    """Days in the period's zone on which a post was published."""
    types: dict[str, int] = field(default_factory=dict)
    """Posts by type; `unknown` where no answer told it."""


@dataclass(frozen=True, slots=True)
class Followers:
    """The followers in the last readings at or before the period's start and end."""

    start: int | None = None
    end: int | None = None
    start_slot: datetime | None = None
    """The instant the reading stands for; None if there is none."""
    end_slot: datetime | None = None
    off_time: Mapping[str, int] = field(default_factory=dict)
    """By edge (`followers_start`, `followers_end`), where its reading was taken more than `LATE`
    after the edge or more than `EARLY` before it: how many seconds after."""
    posts_start: int | None = None
    posts_end: int | None = None
    """How many posts the account counted in the same readings."""
    step: int = 1
    """The coarser rounding step of the two: a smaller gain than this says nothing."""


@dataclass(frozen=True, slots=True)
class AccountMonth:
    """What is known of one account in one period."""

    account: Account
    sums: AccountSums
    followers: Followers
    covered: float
    """The share of the period whose posts were looked for, 0 to 1."""
    why: str | None = None
    """How the last look for posts ended, where the period was not looked at whole."""
    proofs: Mapping[str, int] = field(default_factory=dict)
    """By proof: how many looks for posts of the period it showed to be whole."""
    doubts: Sequence[str] = ()
    """What was said of the looks for posts of the period that were not whole, each once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureRow:
    """The measures of one account in one period; the fields are those of `measures --json`, in
    its order. `None` is not known or undefined, never 0."""

    period: str
    tz: str
    cutoff: str
    """ISO 8601, UTC: counts are as of this instant."""
    city: str
    platform: PlatformName
    account: str
    """`platform:id`"""
    handle: str
    posts: int | None
    """None, as all counts down to `types`, where the account was not collected."""
    likes: int | None
    comments: int | None
    shares: int | None
    interactions: int | None
    interaction_rate: float | None
    """Interactions per post."""
    videos: int | None
    views: int | None
    view_rate: float | None
    """Views per video that shows them."""
    posts_gone: int | None
    active_days: int | None
    types: Mapping[str, int] | None
    followers_start: int | None
    followers_end: int | None
    follower_gain: int | None
    followers_step: int | None
    missing: Mapping[str, int]
    """By counter: how many posts lack it."""
    reasons: Mapping[str, Sequence[str]]
    """By counter: why posts lack it."""
    steps: Mapping[str, int]
    """By counter: how far the sum may be from exact."""
    collected: bool
    """Whether posts are known, or that there were none."""
    why: str | None
    """What became of an account that was not collected."""
    coverage: Mapping[str, float | None]
    """Shares, 0 to 1: of the period looked at, of posts read for the cut-off, of posts whose type
    is known (where not all are, `videos` is null, not 0), and by counter."""
    videos_shown: int | None = None
    """Videos that show their views: what `view_rate` is a rate of."""
    off_time: Mapping[str, int] = field(default_factory=dict)
    """What was read at another time than it stands for: `posts`, how many of them more than `LATE`
    after the cut-off or more than `EARLY` before it; `followers_start` and `followers_end`, by
    how many seconds more than `LATE` after the edge or, negative, more than `EARLY` before it."""
    proofs: Mapping[str, int] = field(default_factory=dict)
    """By proof (`model.proof.Proof`): how many looks for posts it showed to be whole."""
    doubts: Sequence[str] = ()
    """What was said of looks for posts that were not whole: ceilings, lists without proof or
    without known posts."""
    breaks: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By counter (followers too): the days within the month since which it means something else."""

    @property
    def is_whole(self) -> bool:
        """Whether the row says of its posts and followers that nothing is missing, read at another
        time, or doubted. Counters that posts do not show are not meant."""
        read = all(self.coverage.get(part) in (None, 1.0) for part in ("period", "cutoff"))
        return self.collected and read and not (self.doubts or self.off_time)

    def evidence(self) -> dict[str, Any]:
        """What the row says of how its numbers came about: its account with `why`, `coverage`,
        `posts_gone`, `proofs`, `doubts` and `off_time`, those without a word left out."""
        names = ("why", "coverage", "posts_gone", "proofs", "doubts", "off_time")
        said = {name: value for name in names if (value := getattr(self, name))}
        return {"account": self.account, **said}

    def plain(self) -> dict[str, Any]:
        """The row of `measures --json`, ready for JSON; `breaks`, `off_time`, `proofs` and `doubts`
        only where there are any, `videos_shown` where it is not the number of videos.
        """
        row = {name: getattr(self, name) for name in _FIELDS}
        silent = [name for name in ("breaks", "off_time", "proofs", "doubts") if not row[name]]
        if self.videos_shown in (None, self.videos):
            silent.append("videos_shown")
        return {name: value for name, value in row.items() if name not in silent}

    def flat(self) -> dict[str, Any]:
        """The row for CSV: the same columns whatever the row holds. What no post of a collected
        account has is 0 or, for reasons and breaks, blank; all is blank where it is not known."""
        row: dict[str, Any] = {}
        for name in _FIELDS:
            value = getattr(self, name)
            if name not in _FAMILIES:
                row[name] = value
                continue
            keys = dict.fromkeys([*_FAMILIES[name], *(value or ())])
            nothing = None if value is None or name in _BLANK else 0
            row.update({f"{name}.{key}": (value or {}).get(key, nothing) for key in keys})
        return row

    @staticmethod
    def flat_columns() -> list[str]:
        """The columns of `flat`."""
        return [
            f"{name}.{key}" if key else name
            for name in _FIELDS
            for key in _FAMILIES.get(name, ("",))
        ]


_FIELDS = tuple(field.name for field in fields(MeasureRow))
_FAMILIES: Mapping[str, Sequence[str]] = {
    "types": (*PostType, "unknown"),
    "missing": COUNTERS,
    "reasons": COUNTERS,
    "steps": COUNTERS,
    "coverage": ("period", "cutoff", "types", *COUNTERS),
    "breaks": (*COUNTERS, "followers"),
    "proofs": tuple(Proof),
}
"""The keys of the fields that are mappings."""
_BLANK = ("reasons", "coverage", "breaks")
"""Those of them in which nothing is blank, not 0."""
