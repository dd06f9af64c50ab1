"""Whether a month agrees with what else is known of its account: its posts with the account's own
counter and with what earlier answers said of the same posts, its followers with those before.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from model.measures import Followers
from model.period import Period
from model.platforms import FACTS
from store.database import ACCOUNT_READINGS, ACCOUNTS, MONTH_POSTS, POSTS, Document, Store
from store.ingest.merging import OTHERWISE
from store.keys import stamp
from store.month.recompute import lookup
from store.month.standstill import standstills

_LAG = timedelta(days=4)
"""A counter may be brought up to date so long after a post was published."""
_LAGGING = 5
"""By so many posts a counter read when the month began, which may have lagged behind posts from
before it, may rise more than posts were found in the month."""
_SHARE = 0.1
"""And by this share of its rise."""
_LOST = 0.5
"""An account that loses more than this share of its followers in a month may be another one, where
a route knows it by its handle alone."""
_MANY = 100
"""Of fewer followers a large share may go."""
_GREW = 5
"""An account whose followers become so many times as many in a month may have been another one."""
_GROWN = 1000
"""Up to fewer followers an account may grow as fast."""


def disagreements(
    db: Store, period: Period, edges: Mapping[str, Followers]
) -> Mapping[str, list[str]]:
    """By account, what does not agree, for people; accounts without any are left out."""
    found: dict[str, list[str]] = defaultdict(list)
    for account, (rise, number) in _uncounted(db, period, edges).items():
        text = f"the account's own counter of posts rose by {rise}, {number} posts were found"
        found[account].append(text)
    for account, text in standstills(db, period, list(edges)).items():
        found[account].append(text)
    for account, edge in edges.items():
        moved = _jump(edge.start, edge.end)
        if moved:
            text = f"followers {moved} from {edge.start} to {edge.end}: it may be another account"
            found[account].append(text)
    for account, number in _moved(db, period, list(edges)).items():
        text = f"answers differ on whether {number} posts were published in the month"
        found[account].append(text)
    return found


def _uncounted(
    db: Store, period: Period, edges: Mapping[str, Followers]
) -> dict[str, tuple[int, int]]:
    """By account whose own counter rose further than posts were found: both numbers.

    From a reading well within the month on, every post counts. One of the month's beginning may
    not count yet what was published before it, so that a few are let pass.
    """
    counting = [key for key in edges if _counts_own(key)]
    found = _within_the_month(db, period, counting)
    risen = [key for key in counting if key not in found and _rise(edges[key]) > _LAGGING]
    for account, number in _listed(db, period, risen).items():
        rise = _rise(edges[account])
        if rise > number + max(_LAGGING, _SHARE * rise):
            found[account] = rise, number
    return found


def _within_the_month(
    db: Store, period: Period, accounts: Sequence[str]
) -> dict[str, tuple[int, int]]:
    """The same between any two readings of the month, where posts are lacking."""
    counted = {
        account: readings
        for account, readings in _counters(db, period, accounts)
        if len({number for _, number in readings}) > 1
    }
    published = _published(db, period, list(counted))
    worst = {
        key: _widest(readings, published[key], period.start) for key, readings in counted.items()
    }
    return {account: pair for account, pair in worst.items() if pair[0] > pair[1]}


def _widest(
    readings: Sequence[tuple[datetime, int]], published: Sequence[datetime], since: datetime
) -> tuple[int, int]:
    """By how much the counter rose and how many posts were found, where that differs most; from
    readings on that tell of no post from before `since`."""
    worst = 0, 0
    first: tuple[int, int] | None = None
    for at, number in readings:
        listed = bisect_right(published, at)
        if first is not None:
            pair = number - first[0], listed - first[1]
            worst = max(worst, pair, key=_lacking)
        if at - _LAG >= since:
            before = number, bisect_right(published, at - _LAG)
            first = min(first or before, before, key=_lacking)
    return worst


def _lacking(pair: tuple[int, int]) -> int:
    """How many more were counted than found."""
    return pair[0] - pair[1]


def _counters(
    db: Store, period: Period, accounts: Sequence[str]
) -> Iterator[tuple[str, list[tuple[datetime, int]]]]:
    """The exact readings within the month of the accounts' own counters of posts, in order."""
    inside = {"$gte": period.start, "$lte": period.end}
    exact = {
        "observed_at": inside,
        "counts.posts": {"$exists": True},
        "steps.posts": {"$exists": False},
        "older.posts": {"$exists": False},
    }
    kept = dict.fromkeys(("observed_at", "counts.posts"), 1)
    readings: list[Document] = [
        {"$match": exact},
        {"$sort": {"observed_at": 1}},
        {"$project": kept},
    ]
    stages: list[Document] = [
        {"$match": {"_id": {"$in": list(accounts)}}},
        {"$project": {"_id": 1}},
        lookup(
            ACCOUNT_READINGS,
            f"@{stamp(period.end)}",
            "readings",
            readings,
            f"@{stamp(period.start)}",
        ),
    ]
    for row in db[ACCOUNTS].aggregate(stages):
        yield row["_id"], [(one["observed_at"], one["counts"]["posts"]) for one in row["readings"]]


def _published(db: Store, period: Period, accounts: Sequence[str]) -> dict[str, list[datetime]]:
    """When the known posts were published, those that are gone among them, in order."""
    inside = {"$gte": period.start, "$lte": period.end}
    condition = {"account": {"$in": list(accounts)}, "published_at": inside}
    found: dict[str, list[datetime]] = {account: [] for account in accounts}
    fields = {"_id": 0, "account": 1, "published_at": 1}
    for post in db[POSTS].find(condition, fields).sort("published_at"):
        found[post["account"]].append(post["published_at"])
    return found


def _counts_own(account: str) -> bool:
    """Whether its counter holds its own posts alone: where there are reposts it holds them too, and
    lists are asked for without them."""
    return not FACTS[account.partition(":")[0]].repost


def _jump(start: int | None, end: int | None) -> str:
    """How followers moved further than those of one account do; empty where they did not."""
    if start is None or end is None:
        return ""
    if start >= _MANY and end < start * (1 - _LOST):
        return "fell"
    return "rose" if end >= _GROWN and end > start * _GREW else ""


def _rise(edge: Followers) -> int:
    """By how much the counter of posts rose from the start to the end; 0 where it is not known."""
    if edge.posts_start is None or edge.posts_end is None or edge.off_time:
        return 0
    return edge.posts_end - edge.posts_start


def _listed(db: Store, period: Period, accounts: Sequence[str]) -> dict[str, int]:
    """How many posts of the month were ever seen, those that are gone among them."""
    found = dict.fromkeys(accounts, 0)
    if accounts:
        inside = {"_id": {"$gte": f"{period.name}:", "$lt": f"{period.name};"}}
        match = {**inside, "account": {"$in": list(accounts)}}
        group = {"_id": "$account", "posts": {"$sum": 1}}
        for row in db[MONTH_POSTS].aggregate([{"$match": match}, {"$group": group}]):
            found[row["_id"]] = row["posts"]
    return found


def _moved(db: Store, period: Period, accounts: Sequence[str]) -> dict[str, int]:
    """Posts that answers dated within the month and outside of it."""
    within = {"$gte": period.start, "$lt": period.end}
    condition: Document = {
        OTHERWISE: {"$exists": True},
        "account": {"$in": list(accounts)},
        "$or": [{"published_at": within}, {OTHERWISE: {"$elemMatch": within}}],
    }
    found: dict[str, int] = defaultdict(int)
    for post in db[POSTS].find(condition, {"account": 1, "published_at": 1, OTHERWISE: 1}):
        found[post["account"]] += _crosses([post["published_at"], *post[OTHERWISE]], period)
    return {account: number for account, number in found.items() if number}


def _crosses(dates: Iterable[datetime], period: Period) -> bool:
    return len({period.start <= at < period.end for at in dates}) > 1
