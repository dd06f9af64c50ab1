"""Which public pages a visit takes, logged out: the feed, channel tabs, and a page a video.

profile    the channel's page                           subscribers, rounded
timeline   the feed                                     15 newest: time, views and likes, exact
           its tabs, where the feed does not reach back to the window
           a watch page for every video of the window   comments, rounded from 1,000 on
refresh    a watch page for every known video
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from crawler.contract import Action, Answer, Close, Fetch, Page
from crawler.errors import ShapeError
from crawler.platforms.paging import handle_of, without_window
from crawler.platforms.youtube import calls
from crawler.platforms.youtube.config import YouTubeConfig
from crawler.platforms.youtube.map import map_answer
from crawler.platforms.youtube.web_lookups import refresh_pages
from crawler.platforms.youtube.web_timeline import ChannelTimeline
from model.items import AccountItem
from model.messages import Outcome, Visit, VisitKind


def start(visit: Visit, config: YouTubeConfig) -> Iterable[Action]:
    """The first actions for a visit of the web route."""
    if visit.kind is VisitKind.PROFILE:
        return (_profile(visit, config),)
    if not visit.account.startswith("UC"):
        detail = f"{visit.account!r} is no channel id: verify the account"
        return (Close(visit, Outcome.GAVE_UP, detail),)
    if visit.kind is VisitKind.REFRESH:
        return refresh_pages(visit, config)
    if visit.window is None:
        return (without_window(visit),)
    return ChannelTimeline(config, visit, visit.window).start()


def minimum(kind: str, accounts: int, posts: Sequence[int]) -> int:
    """Fewest pages: one a channel, and one a video. Raises ValueError for another kind."""
    match VisitKind(kind):
        case VisitKind.PROFILE:
            return accounts
        case VisitKind.TIMELINE:
            return accounts + sum(posts)
        case VisitKind.REFRESH:
            return sum(posts)


def _profile(visit: Visit, config: YouTubeConfig) -> Fetch:
    known = visit.account.startswith("UC")
    named = visit.account if known else f"@{visit.handle.removeprefix('@')}"

    def then(answer: Answer) -> Iterator[Action]:
        mapped = map_answer(answer.body, answer.observed_at)
        if not mapped.accounts:
            raise ShapeError("metadata.channelMetadataRenderer.externalId")
        account = mapped.accounts[0]
        if known and account.id != visit.account:
            detail = f"the page of {visit.account} is that of channel {account.id}"
            yield Close(visit, Outcome.RENAMED, detail)
            return
        # Videos of a tab have neither a time nor likes: the timeline reads them.
        yield Page(answer, msgspec.structs.replace(mapped, posts=()), (visit,))
        yield _closed(visit, account)

    return Fetch(calls.channel_page(config, named), then, (visit,))


def _closed(visit: Visit, account: AccountItem) -> Close:
    """Without any number the header has changed; subscribers alone may be hidden."""
    if all(account.counts[name].value is None for name in ("followers", "posts")):
        detail = f"channel {account.id}: its page shows neither subscribers nor videos"
        return Close(visit, Outcome.CHANGED_SHAPE, detail)
    before, now = handle_of(visit), account.handle
    renamed = bool(before and now) and before.casefold() != str(now).casefold()
    return Close(visit, Outcome.OK, f"the handle @{before} is now @{now}" if renamed else "")
