"""Whether a month agrees with what else is known of its account: its posts with the account's own
counter and with what earlier answers said of the same posts, its followers with those before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from model.measures import Followers
from model.period import Period
from model.platforms import FACTS
from store.database import MONTH_POSTS, POSTS, Document, Store
from store.ingest.merging import OTHERWISE

_LAGGING = 5
"""By so many posts a counter may rise more than posts were found: it is brought up to date at times
of its own."""
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
    risen = [key for key, edge in edges.items() if _rise(edge) > _LAGGING and _counts_own(key)]
    listed = _listed(db, period, risen)
    for account, number in listed.items():
        rise = _rise(edges[account])
        if rise > number + max(_LAGGING, _SHARE * rise):
            text = f"the account's own counter of posts rose by {rise}, {number} posts were found"
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
