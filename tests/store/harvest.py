"""Messages as a crawler would send them, for tests: short to write, complete to decode."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from bench.made.harvest import answered
from model.count import Count
from model.items import AccountItem, PostItem, PostType
from model.messages import (
    Harvest,
    Outcome,
    Visit,
    VisitClosed,
    VisitKind,
    Window,
)
from model.period import Period
from model.platform import PlatformName

Message = tuple[Harvest, bytes | None]
MAY = Period.month("2025-05")
ACCOUNT = "1001"
KEY = "facebook:1001"


def day(number: float, month: int = 5) -> datetime:
    """An instant of 2025, in days since the first of a month (UTC)."""
    return datetime(2025, month, 1, tzinfo=UTC) + timedelta(days=number - 1)


def counts(**values: int | None) -> dict[str, Count]:
    """Values; None is a hidden counter."""
    return {
        name: Count.hidden() if value is None else Count(value=value)
        for name, value in values.items()
    }


def post(
    post_id: str,
    observed_at: datetime,
    published_at: datetime | None = None,
    *,
    platform: PlatformName = "facebook",
    account: str | None = ACCOUNT,
    kind: PostType | None = PostType.PHOTO,
    text: str | None = "made up",
    reactions: dict[str, int] | None = None,
    counters: dict[str, Count] | None = None,
    **values: int | None,
) -> PostItem:
    """A post as one answer showed it; values are its counters."""
    return PostItem(
        platform=platform,
        id=post_id,
        account=account,
        published_at=published_at,
        type=kind,
        text=text,
        observed_at=observed_at,
        counts={**counts(**values), **(counters or {})},
        reactions=reactions or {},
    )


def account(
    observed_at: datetime,
    *,
    account_id: str = ACCOUNT,
    platform: PlatformName = "facebook",
    handle: str | None = "visit_somewhere",
    **values: int | None,
) -> AccountItem:
    """An account as one answer showed it."""
    return AccountItem(
        platform=platform,
        id=account_id,
        handle=handle,
        name="Somewhere",
        observed_at=observed_at,
        counts=counts(**values),
    )


def visit(
    slot: datetime,
    kind: VisitKind = VisitKind.TIMELINE,
    *,
    platform: PlatformName = "facebook",
    account_id: str = ACCOUNT,
    window: Window | None = None,
    attempt: int = 0,
) -> Visit:
    """A visit; timelines look at the whole of May unless told otherwise."""
    if window is None and kind is VisitKind.TIMELINE:
        window = Window(MAY.start, MAY.end)
    return Visit(
        platform=platform,
        account=account_id,
        handle="visit_somewhere",
        kind=kind,
        slot=slot,
        window=window,
        attempt=attempt,
    )


def page(
    of: Visit,
    observed_at: datetime,
    *,
    posts: Sequence[PostItem] = (),
    accounts: Sequence[AccountItem] = (),
    gone: Iterable[str] = (),
    visits: Sequence[Visit] = (),
    body: bytes | None = None,
) -> Message:
    """An answered page and its compressed raw answer."""
    content = body or repr((of.id, observed_at, posts, accounts, tuple(gone))).encode()
    return answered(
        of,
        observed_at,
        content,
        endpoint="timeline",
        posts=posts,
        accounts=accounts,
        gone=gone,
        visits=visits,
    )


def closed(
    of: Visit,
    observed_at: datetime,
    outcome: Outcome = Outcome.OK,
    *,
    seen: Iterable[str] = (),
    retry_at: datetime | None = None,
    detail: str = "",
) -> Message:
    """A visit's end."""
    message = VisitClosed(
        visit=of,
        outcome=outcome,
        observed_at=observed_at,
        seen=tuple(seen),
        calls=1,
        retry_at=retry_at,
        detail=detail,
    )
    return message, None
