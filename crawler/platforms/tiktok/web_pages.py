"""What the pages of a profile's list of posts leave open, even where its end was reached.

The next page begins at a time, the last post's: further posts of that second are on no page. A
page without posts where posts are counted, or others follow or came before, held some that are not
known; so did one that shows what came before it, and leads on elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from crawler.errors import CrawlError
from crawler.platforms.paging import DISPLACED, Listed
from crawler.platforms.tiktok import web_map
from crawler.reading.shape import decode, dig

_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)
"""Where an answer is read for ids and times alone."""
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a list that was read to its end may lack posts."""

    why: str
    proven_from: datetime | None = None
    """From when on none is missing, if that is known."""


def doubt(bodies: Sequence[bytes], since: datetime, total: int | None) -> Doubt | None:
    """None where nothing is left open among posts published from `since` on; `total`: how many
    posts the account counts."""
    pages = [_ListPage.of(body) for body in bodies]
    listed, cursor = Listed(), ""
    for number, page in enumerate(pages, start=1):
        times = page.times
        if not times and (page.more or number > 1 or total):
            return Doubt("a page of the list came without posts")
        listed = listed.with_page(page.ids, leads_back=page.cursor == cursor)
        if listed.displaced:
            return Doubt(DISPLACED)
        cursor = page.cursor
        tied = len(times) > 1 and times[-1] == times[-2] and times[-1] >= since
        if tied and number < len(pages):
            why = f"further posts of {times[-1]:%FT%TZ} may stand between two pages"
            return Doubt(why, times[-1] + _SECOND)
    return None


@dataclass(frozen=True, slots=True)
class _ListPage:
    """One page of the list; what cannot be read is a page of its own."""

    times: Sequence[datetime] = (_ANY_TIME,)
    """When its posts were published, in its order, without pinned ones unless there are no others.
    """
    more: bool = False
    ids: Sequence[str] = ()
    cursor: str = ""

    @classmethod
    def of(cls, body: bytes) -> _ListPage:
        try:
            document = decode(body)
            posts = web_map.map_document(document, _ANY_TIME).posts
        except CrawlError:
            return cls()
        dated = [(post.published_at, bool(post.pinned)) for post in posts if post.published_at]
        return cls(
            times=[at for at, pinned in dated if not pinned] or [at for at, _ in dated],
            more=dig(document, "hasMore") is True or dig(document, "has_more") == 1,
            ids=[post.id for post in posts],
            cursor=str(dig(document, "cursor")),
        )
