"""Posts that should have been shown and were not.

Two things prove an absence: a timeline visit that has proved to show all posts of the instant
of publication and that did not show the post, and an answer that says the post does not exist. A
sighting at the same instant or later revokes it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from pymongo.client_session import ClientSession

from model.messages import VisitKind
from store.database import GONE, POSTS, VISITS, Document, Store
from store.ingest import attempts

Absences = dict[str, list[Document]]
"""By post: `observed_at` and the `slot` it stands for."""


def of_posts(db: Store, session: ClientSession | None, posts: Sequence[Document]) -> Absences:
    """What stored visits and answers prove about posts that have become known only now."""
    found: Absences = defaultdict(list)
    dated = [post for post in posts if "published_at" in post and "account" in post]
    if dated:
        by_account: dict[str, list[Document]] = defaultdict(list)
        for post in dated:
            by_account[post["account"]].append(post)
        since = min(post["last_seen"] for post in dated)
        for looking in _lookings(db, session, list(by_account), since):
            for key in missed(looking, by_account[looking["account"]]):
                found[key].append(_absence(looking))
    for gone in db[GONE].find({"post": {"$in": [post["_id"] for post in posts]}}, session=session):
        found[gone["post"]].append(_absence(gone))
    return found


def _lookings(
    db: Store, session: ClientSession | None, accounts: list[str], since: datetime
) -> Iterator[Document]:
    condition = {
        "account": {"$in": accounts},
        "kind": VisitKind.TIMELINE.value,
        "observed_at": {"$gt": since},
        **attempts.PROVEN,
    }
    for visit in db[VISITS].find(condition, session=session):
        yield from attempts.lookings(visit)


def missed(looking: Document, posts: Iterable[Document]) -> Iterator[str]:
    """The posts of its account that a timeline visit should have shown and did not."""
    shown = set(looking["seen"])
    for post in posts:
        if (
            looking["start"] <= post["published_at"] < looking["end"]
            and post["last_seen"] < looking["observed_at"]
            and post["_id"] not in shown
        ):
            yield post["_id"]


def by_evidence(
    db: Store,
    session: ClientSession | None,
    visits: Iterable[Document],
    gone: Iterable[Document],
) -> Absences:
    """What visits and answers that came only now prove about stored posts."""
    found: Absences = defaultdict(list)
    looked = [looking for visit in visits for looking in attempts.lookings(visit)]
    if looked:
        posts = _perhaps_missed(db, session, looked)
        for looking in looked:
            for key in missed(looking, posts.get(looking["account"], ())):
                found[key].append(_absence(looking))
    for claim in gone:
        found[claim["post"]].append(_absence(claim))
    return found


def _perhaps_missed(
    db: Store, session: ClientSession | None, looked: Sequence[Document]
) -> dict[str, list[Document]]:
    """By account, posts that one of these visits might have missed: had by one query for all."""
    start, end = min(one["start"] for one in looked), max(one["end"] for one in looked)
    condition = {
        "account": {"$in": list({one["account"] for one in looked})},
        "published_at": {"$gte": start, "$lt": end},
        "last_seen": {"$lt": max(one["observed_at"] for one in looked)},
    }
    names = dict.fromkeys(("account", "published_at", "last_seen"), True)
    posts: dict[str, list[Document]] = defaultdict(list)
    for post in db[POSTS].find(condition, names, session=session):
        posts[post["account"]].append(post)
    return posts


def _absence(of: Document) -> Document:
    return {"observed_at": of["observed_at"], "slot": of["slot"]}
