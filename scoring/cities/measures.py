"""The measures of an account in a period, as rows of `measures --json`. Pure.

Headline family: posts published in the period and visible at its cut-off, counts as of the cut-off.
A sum is over the posts that show the counter: null where there are posts and none shows it, 0 where
there are no posts. Rates are null where they are undefined. Nothing is rounded here; where a
platform showed rounded counters, `steps` says how far a sum may be from exact. `reasons` says why
posts lack a counter (`missing`: how many do), `why` what became of an account without any numbers,
`breaks` since when, within the month, a counter means something else.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC
from typing import Any

from model.measures import (
    COUNTERS,
    INTERACTIONS,
    AccountMonth,
    AccountSums,
    Followers,
    MeasureRow,
)
from model.period import Period
from scoring.cities.breaks import row_breaks


def measure_rows(period: Period, months: Iterable[AccountMonth]) -> list[MeasureRow]:
    """One row an account, in the order given."""
    return [_row(period, month) for month in months]


def _row(period: Period, month: AccountMonth) -> MeasureRow:
    account, sums = month.account, month.sums
    # Without a single post, only a look at the whole period proves that there was none.
    collected = bool(sums.posts) or month.covered >= 1
    return MeasureRow(
        period=period.name,
        tz=period.tz,
        cutoff=f"{period.cutoff.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        city=account.city,
        platform=account.platform,
        account=account.key,
        handle=account.handle,
        **(_counted(sums) if collected else dict.fromkeys(_COUNTED)),
        **_followers(month.followers),
        missing={name: sums.posts - sums.shown[name] for name in COUNTERS},
        reasons={name: sorted(sums.reasons[name]) for name in COUNTERS if sums.reasons[name]},
        steps={name: sums.steps[name] for name in COUNTERS if sums.steps[name]},
        collected=collected,
        why=None if collected else month.why,
        coverage=_coverage(sums, month.covered),
        videos_shown=sums.videos_shown if collected else None,
        off_time=_off_time(month),
        proofs=month.proofs,
        doubts=tuple(month.doubts),
        breaks=row_breaks(account.platform, period),
    )


_COUNTED = (
    "posts",
    *INTERACTIONS,
    "interactions",
    "interaction_rate",
    "videos",
    "views",
    "view_rate",
    "posts_gone",
    "active_days",
    "types",
)


def _counted(sums: AccountSums) -> dict[str, Any]:
    totals = {name: total(sums, name) for name in COUNTERS}
    known = [value for name in INTERACTIONS if (value := totals[name]) is not None]
    interactions = sum(known) if known else None
    return {
        "posts": sums.posts,
        **{name: totals[name] for name in INTERACTIONS},
        "interactions": interactions,
        "interaction_rate": rate(interactions, sums.posts),
        "videos": None if not sums.videos and _typed(sums) < sums.posts else sums.videos,
        "views": totals["views"],
        "view_rate": rate(sums.video_views, sums.videos_shown),
        "posts_gone": sums.posts_gone,
        "active_days": len(sums.days),
        "types": dict(sorted(sums.types.items())),
    }


def _typed(sums: AccountSums) -> int:
    """Posts whose type is known; of others it is not known whether they are videos."""
    return sum(number for kind, number in sums.types.items() if kind != "unknown")


def total(sums: AccountSums, name: str) -> int | None:
    """A counter's sum over the posts that show it; None where there are posts and none does."""
    if sums.posts and not sums.shown[name]:
        return None
    return sums.totals[name]


def rate(amount: int | None, number: int) -> float | None:
    """The amount a piece; None where either is unknown or there is no piece."""
    return None if amount is None or number == 0 else amount / number


def _followers(edges: Followers) -> dict[str, Any]:
    start, end, gain = edges.start, edges.end, None
    # One and the same reading at both edges is no gain of 0: nothing was read in between.
    if start is not None and end is not None and edges.start_slot != edges.end_slot:
        gain = end - start
    return {
        "followers_start": start,
        "followers_end": end,
        "follower_gain": gain,
        "followers_step": None if gain is None else edges.step,
    }


def _off_time(month: AccountMonth) -> dict[str, int]:
    """What was read at another time than it stands for."""
    posts = {"posts": month.sums.off_time} if month.sums.off_time else {}
    return {**posts, **month.followers.off_time}


def _coverage(sums: AccountSums, covered: float) -> dict[str, float | None]:
    """Shares, 0 to 1: of the period that was looked at, of the posts read for the cut-off, of those
    whose type is known, and of the posts that show each counter (null without posts).
    """
    return {
        "period": covered,
        "cutoff": rate(sums.at_cutoff, sums.posts),
        "types": rate(_typed(sums), sums.posts),
        **{name: rate(sums.shown[name], sums.posts) for name in COUNTERS},
    }
