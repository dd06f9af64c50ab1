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
from crawler.platforms.youtube import web_calls
from crawler.platforms.youtube.config import YouTubeConfig
from crawler.platforms.youtube.map import recognise
from crawler.platforms.youtube.web_lookups import refresh
from crawler.platforms.youtube.web_timeline import Timeline
from model.items import AccountItem
from model.messages import Outcome, Visit, VisitKind


def start(visits: Sequence[Visit], config: YouTubeConfig) -> Iterator[Action]:
    """The first actions for visits of the web route; none shares a page with another."""
    for visit in visits:
        yield from _start(visit, config)


def _start(visit: Visit, config: YouTubeConfig) -> Iterable[Action]:
    if visit.kind is VisitKind.PROFILE:
        return (_profile(visit, config),)
    if not visit.account.startswith("UC"):
        detail = f"{visit.account!r} is no channel id: verify the account"
        return (Close(visit, Outcome.GAVE_UP, detail),)
    if visit.kind is VisitKind.REFRESH:
        return refresh(visit, config)
    if visit.window is None:
        return (Close(visit, Outcome.GAVE_UP, "a timeline visit without a window"),)
    return Timeline(config, visit, visit.window).start()


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
        mapped = recognise(answer.body, answer.observed_at)
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

    return Fetch(web_calls.channel(config, named), then, (visit,))


def _closed(visit: Visit, account: AccountItem) -> Close:
    """Without any number the header has changed; subscribers alone may be hidden."""
    if all(account.counts[name].value is None for name in ("followers", "posts")):
        detail = f"channel {account.id}: its page shows neither subscribers nor videos"
        return Close(visit, Outcome.CHANGED_SHAPE, detail)
    before, now = visit.handle.removeprefix("@"), account.handle
    renamed = bool(before and now) and before.casefold() != str(now).casefold()
    return Close(visit, Outcome.OK, f"the handle @{before} is now @{now}" if renamed else "")
