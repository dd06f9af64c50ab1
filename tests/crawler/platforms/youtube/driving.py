"""Carries out a platform's actions as the spider does, without network."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from crawler.contract import Action, Answer, Call, Close, Fetch, Page
from crawler.errors import CrawlError, Retry
from crawler.platforms.youtube.platform import PLATFORM
from model.items import AccountItem, PostItem
from model.messages import Visit


@dataclass
class Run:
    """What a group of visits came to."""

    pages: list[Page] = field(default_factory=list)
    closes: dict[str, Close] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    @property
    def posts(self) -> list[PostItem]:
        """Every harvested post, in order."""
        return [post for page in self.pages for post in page.mapped.posts]

    @property
    def accounts(self) -> list[AccountItem]:
        """Every harvested account, in order."""
        return [account for page in self.pages for account in page.mapped.accounts]

    @property
    def gone(self) -> set[str]:
        """Every id said to be gone."""
        return {video for page in self.pages for video in page.mapped.gone}

    def outcome(self, visit: Visit) -> str:
        """How a visit ended."""
        return self.closes[visit.id].outcome.value


def drive(
    visits: Sequence[Visit],
    directory: Callable[[Call], Answer],
    *,
    retries: int = 1,
    newest_first: bool = False,
) -> Run:
    """Runs one group to its end; calls are answered in turn, or the latest first."""
    config = PLATFORM.Config()
    run, waiting = Run(), deque[Fetch]()
    _take(run, waiting, PLATFORM.start(visits, config))
    while waiting:
        fetch = waiting.pop() if newest_first else waiting.popleft()
        try:
            answer = _fetched(fetch.call, directory, retries)
            _take(run, waiting, fetch.then(answer))
        except CrawlError as failure:
            _fail(run, waiting, fetch, failure)
    assert set(run.closes) == {visit.id for visit in visits}
    return run


def _fetched(call: Call, directory: Callable[[Call], Answer], retries: int) -> Answer:
    """Transient errors are tried again; what a step makes of an answer is final."""
    while True:
        answer = directory(call)
        try:
            PLATFORM.check(answer)
        except Retry:
            if retries == 0:
                raise
            retries -= 1
        else:
            return answer


def _take(run: Run, waiting: deque[Fetch], actions: Iterable[Action]) -> None:
    for action in actions:
        if isinstance(action, Fetch):
            waiting.append(action)
        elif isinstance(action, Page):
            run.pages.append(action)
        else:
            _close(run, action)


def _fail(run: Run, waiting: deque[Fetch], fetch: Fetch, failure: CrawlError) -> None:
    run.failures.append(failure.outcome.value)
    for visit in fetch.visits:
        if visit.id not in run.closes:
            _close(run, Close(visit, failure.outcome, failure.detail))
    if fetch.otherwise is not None:
        _take(run, waiting, fetch.otherwise())


def _close(run: Run, close: Close) -> None:
    assert close.visit.id not in run.closes, "closed twice"
    run.closes[close.visit.id] = close
