"""A timeline visit: every post of a page published within the window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from crawler.contract import Action, Answer, Call, Close, Fetch
from crawler.platforms.facebook import api_map
from crawler.platforms.facebook.api_parts import KINDS
from crawler.platforms.facebook.config import FacebookConfig
from crawler.platforms.facebook.views import Kept, Views, kept, smaller, unless_circular
from crawler.reading import graph
from crawler.reading.shape import decode, dig, mapping
from model.messages import Outcome, Visit, Window

PAGE = 100
"""Posts a call, the most the edge gives."""
_KINDS = ",".join(
    f"reactions.type({kind.upper()}).limit(0).summary(total_count).as({kind})" for kind in KINDS
)
POST_FIELDS = (
    "id,created_time,permalink_url,status_type,message,shares,attachments{media_type,type,target},"
    f"comments.limit(0).summary(true),reactions.limit(0).summary(total_count),{_KINDS}"
)


@dataclass(frozen=True, slots=True)
class Timeline:
    """Pages of posts, followed by `paging.next` to the end; a short page is not the last."""

    visit: Visit
    window: Window
    config: FacebookConfig
    pages: tuple[Kept, ...] = ()
    asked: tuple[str, ...] = ()

    @classmethod
    def of(cls, visit: Visit, window: Window, config: FacebookConfig) -> Timeline:
        """Nothing asked yet."""
        return cls(visit, window, config)

    def start(self) -> Iterator[Action]:
        """The first page. The window is asked for a second wider, and cut exactly here."""
        since = self.window.start - timedelta(seconds=1)
        yield self._fetch(
            graph.url(
                self.config,
                f"{self.visit.account}/published_posts",
                fields=POST_FIELDS,
                since=int(since.timestamp()),
                until=int(self.window.end.timestamp()),
                limit=PAGE,
            )
        )

    def _fetch(self, address: str) -> Fetch:
        onward = replace(self, asked=(*self.asked, address))
        return Fetch(Call(endpoint="timeline", url=address), onward.answered, (self.visit,))

    def answered(self, answer: Answer) -> Iterator[Action]:
        """One page of posts, or the complaint that it would be too heavy."""
        fault = graph.fault(answer)
        if isinstance(fault, graph.TooMuchData):
            yield self._fetch(smaller(answer.call.url, fault, PAGE))
            return
        document = mapping(decode(answer.body), "")
        if self._is_doubtful(document):
            yield self._fetch(answer.call.url)
            return
        mapped = api_map.posts(document, answer.observed_at, ours=True)
        page = kept(answer, mapped, document, self._known())
        yield from replace(self, pages=(*self.pages, page))._onward(document)

    def _is_doubtful(self, document: dict[str, Any]) -> bool:
        """A first page without posts but with cursors between them: believed the second time.

        The edge filters rows after it cut its pages, so this can be true; it can also be a failure.
        """
        if self.pages or document.get("data") != []:
            return False
        paging = dig(document, "paging")
        again = len(self.asked) > len(set(self.asked))
        return dig(paging, "cursors") is not None and dig(paging, "next") is None and not again

    def _known(self) -> frozenset[str]:
        return frozenset(post.id for page in self.pages for post in page.mapped.posts)

    def _onward(self, document: dict[str, Any]) -> Iterator[Action]:
        following = graph.next_url(document, self.config.api_url)
        if following is None:
            yield from Views.of(self.visit, self.config, self.pages, self._close()).start()
        else:
            yield self._fetch(unless_circular(following, self.asked))

    def _close(self) -> Close:
        posts = [post for page in self.pages for post in page.mapped.posts]
        seen = tuple(p.id for p in posts if p.published_at and p.published_at in self.window)
        return Close(self.visit, Outcome.OK if seen else Outcome.OK_NOTHING_NEW, seen=seen)
