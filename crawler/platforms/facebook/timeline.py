"""A timeline visit: every post of a page published within the window."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from crawler.contract import Action, Answer, Call, Close, Fetch
from crawler.platforms.facebook import api_map, calls
from crawler.platforms.facebook.config import FacebookConfig
from crawler.platforms.facebook.videos import KeptPage, Views, keep_page
from crawler.platforms.paging import finished, within, without_window
from crawler.reading import graph
from crawler.reading.shape import decode, dig, mapping
from model.messages import Visit, Window
from model.proof import Proof


def timelines(visits: Sequence[Visit], config: FacebookConfig) -> Iterator[Action]:
    """The first page of each visit's posts."""
    for visit in visits:
        if visit.window is None:
            yield without_window(visit)
        else:
            yield _Timeline(visit, visit.window, config).fetch_first()


@dataclass(frozen=True, slots=True)
class _Timeline:
    """Pages of posts, followed by `paging.next` to the end; a short page is not the last."""

    visit: Visit
    window: Window
    config: FacebookConfig
    pages: tuple[KeptPage, ...] = ()
    asked: tuple[str, ...] = ()

    def fetch_first(self) -> Fetch:
        """The first page; its window is cut exactly here."""
        return self._fetch(calls.published_posts(self.visit.account, self.window, self.config))

    def _fetch(self, address: str) -> Fetch:
        onward = replace(self, asked=(*self.asked, address))
        return Fetch(Call(endpoint="timeline", url=address), onward.answered, (self.visit,))

    def answered(self, answer: Answer) -> Iterator[Action]:
        """One page of posts, or the complaint that it would be too heavy."""
        fault = graph.fault(answer)
        if isinstance(fault, graph.TooMuchData):
            yield self._fetch(graph.halved(answer.call.url, fault, calls.ROWS))
            return
        document = mapping(decode(answer.body), "")
        if self._is_doubtful(document):
            yield self._fetch(answer.call.url)
            return
        mapped = api_map.map_posts(document, answer.observed_at, ours=True)
        page = keep_page(answer, mapped, document, self._known())
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
            yield from Views.of_pages(self.visit, self.config, self.pages, self._close()).start()
        else:
            yield self._fetch(graph.unless_circular(following, self.asked))

    def _close(self) -> Close:
        posts = [post for page in self.pages for post in page.mapped.posts]
        seen = (post.id for post in posts if within(post, self.window))
        return finished(self.visit, seen, Proof.END_MARK)
