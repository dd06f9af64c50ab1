"""What the crawler asks of Facebook, and which module answers."""

from __future__ import annotations

from datetime import datetime

import msgspec

from crawler.config import PlatformConfig
from crawler.contract import Answer, Platform, WebTraits
from crawler.errors import Wait
from crawler.platforms.base import BasePlatform
from crawler.platforms.facebook import errors, map, visits, web_visits
from crawler.platforms.facebook.config import FacebookConfig
from crawler.reading import graph
from crawler.reading.graph_batch import part_answers
from model.count import Count, Missing
from model.items import Mapped, PostItem
from model.platform import PlatformName
from model.route import Route


class Facebook(BasePlatform):
    """Page and system-user tokens are sent as they are."""

    name: PlatformName = "facebook"
    Config: type[PlatformConfig] = FacebookConfig
    refresh_by_id = True
    web = WebTraits(profile_rides_along=True)
    may_be_missing = frozenset({"post"})
    api_visits = visits
    web_visits = web_visits
    errors = errors
    answers = map

    def pause(self, answer: Answer) -> datetime | None:
        """Until when the credential of a usable answer should rest: by the usage headers, its own
        and those of its parts, and by the parts that met a limit.
        """
        parts = part_answers(answer) if answer.call.method == "POST" else ()
        rests = [graph.pause(answer), *(_rest_of(part) for part in parts)]
        return max((until for until in rests if until is not None), default=None)

    def other_version(self, answer: Answer) -> str:
        """By the header of every answer, of those in a batch too."""
        parts = part_answers(answer) if answer.call.method == "POST" else ()
        said = (graph.other_version(one) for one in (answer, *parts))
        return next(filter(None, said), "")

    def complete(self, mapped: Mapped) -> Mapped:
        """With a zero for shares that the Graph API left out: visits always ask for them, which an
        answer by itself does not tell.
        """
        posts = tuple(_with_shares(post) for post in mapped.posts)
        return msgspec.structs.replace(mapped, posts=posts)


def _with_shares(post: PostItem) -> PostItem:
    shares = post.counts.get("shares")
    if post.source is Route.WEB or shares is None or shares.missing is not Missing.NOT_READ:
        return post
    return msgspec.structs.replace(post, counts={**post.counts, "shares": Count(0)})


def _rest_of(part: Answer) -> datetime | None:
    fault = graph.fault(part)
    return graph.pause(part) or (graph.rest_after(part) if isinstance(fault, Wait) else None)


PLATFORM: Platform = Facebook()
