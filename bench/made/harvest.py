"""Pages as a crawler would send them, made up, for benchmarks and tests."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

import zstandard

from model.account import Account
from model.count import Count
from model.items import AccountItem, PostItem, PostType
from model.messages import (
    HarvestPage,
    Outcome,
    RawAnswer,
    Visit,
    VisitClosed,
    VisitKind,
    Window,
)
from model.period import Period
from store.ingest.writer import HarvestMessage

A_PAGE = 50
_TYPES = (PostType.PHOTO, PostType.VIDEO, PostType.TEXT, PostType.REEL)
_WORDS = ("harbour", "river", "bridge", "lantern", "garden", "museum", "market", "festival")


def answered(
    of: Visit,
    observed_at: datetime,
    body: bytes,
    *,
    endpoint: str = "posts",
    posts: Sequence[PostItem] = (),
    accounts: Sequence[AccountItem] = (),
    gone: Iterable[str] = (),
    visits: Sequence[Visit] = (),
) -> tuple[HarvestPage, bytes]:
    """An answered page of a visit, or of several, with its compressed raw answer."""
    raw = RawAnswer(
        sha256=hashlib.sha256(body).hexdigest(),
        endpoint=endpoint,
        url=f"http://127.0.0.1/{endpoint}",
        status=200,
        observed_at=observed_at,
        size=len(body),
    )
    page = HarvestPage(
        platform=of.platform,
        slot=of.slot,
        visits=tuple(one.id for one in (visits or (of,))),
        accounts=tuple(accounts),
        posts=tuple(posts),
        gone=tuple(gone),
        raw=raw,
    )
    return page, zstandard.compress(body)


def accounts_of(posts: int, each: int = A_PAGE) -> list[Account]:
    """One account for each page of posts, which are all it has."""
    return [_account(number) for number in range(-(-posts // each))]


def _account(number: int) -> Account:
    return Account(platform="facebook", id=f"{10**14 + number}", handle=f"c{number}", city="x")


def pages(
    posts: int, period: Period, slot: datetime, each: int = A_PAGE
) -> Iterator[HarvestMessage]:
    """Every post once, at one slot; later slots show greater counts."""
    grown = (slot - period.start) // timedelta(hours=1)
    for number in range(-(-posts // each)):
        size = min(each, posts - number * each)
        yield _page(_account(number), number, size, period, slot, grown)


def _page(
    account: Account, number: int, size: int, period: Period, slot: datetime, grown: int
) -> HarvestMessage:
    draw = random.Random(number)
    items = [_post(draw, account, place, period, slot, grown) for place in range(size)]
    body = json.dumps([(item.id, item.text, item.counts["likes"].value) for item in items]).encode()
    return answered(_visit(account, period, slot), slot, body, posts=items)


def _post(
    draw: random.Random, account: Account, place: int, period: Period, slot: datetime, grown: int
) -> PostItem:
    span = (period.end - period.start) // timedelta(seconds=1)
    likes = draw.randrange(5000) + grown
    counts = {
        "likes": Count(value=likes),
        "comments": Count(value=likes // 7),
        "shares": Count(value=likes // 11),
        "views": Count.not_offered(),
    }
    return PostItem(
        platform="facebook",
        id=f"{account.id}_{10**15 + place}",
        account=account.id,
        published_at=period.start + timedelta(seconds=draw.randrange(span)),
        type=draw.choice(_TYPES),
        lang="en",
        text=" ".join(draw.choices(_WORDS, k=25)),
        url=f"http://127.0.0.1/{account.id}/posts/{10**15 + place}",
        observed_at=slot,
        counts=counts,
        reactions={"like": likes // 2, "love": likes - likes // 2},
    )


def _visit(account: Account, period: Period, slot: datetime) -> Visit:
    return Visit(
        platform=account.platform,
        account=account.id,
        handle=account.handle,
        kind=VisitKind.TIMELINE,
        slot=slot,
        window=Window(period.start, period.end),
    )


def closings(posts: int, period: Period, each: int = A_PAGE) -> Iterator[HarvestMessage]:
    """The ends of the visits at the cut-off; each showed all posts of its account."""
    for number, account in enumerate(accounts_of(posts, each)):
        shown = min(each, posts - number * each)
        closed = VisitClosed(
            visit=_visit(account, period, period.cutoff),
            outcome=Outcome.OK,
            observed_at=period.cutoff,
            seen=tuple(f"{account.id}_{10**15 + place}" for place in range(shown)),
            calls=1,
        )
        yield closed, None
