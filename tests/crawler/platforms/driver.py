"""Carries out a group's actions against a function that answers calls; keeps what came of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from crawler.contract import Action, Answer, Call, Close, Fetch, Page, Platform
from crawler.errors import CrawlError
from model.items import PostItem
from model.messages import Visit

NOW = datetime(2026, 6, 4, 12, tzinfo=UTC)
Respond = Callable[[Call], Answer]


def answered(
    call: Call, body: Any, status: int = 200, headers: dict[str, str] | None = None
) -> Answer:
    """An answer observed at NOW; `body` is bytes, or what is to be written as JSON."""
    written = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return Answer(call=call, status=status, headers=headers or {}, body=written, observed_at=NOW)


@dataclass
class Run:
    """What a group of visits came to."""

    calls: list[Call] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    closes: list[Close] = field(default_factory=list)

    @property
    def posts(self) -> list[PostItem]:
        return [post for page in self.pages for post in page.mapped.posts]

    def close(self, visit: Visit) -> Close:
        """The one end of a visit."""
        (found,) = [close for close in self.closes if close.visit.id == visit.id]
        return found


def drive(platform: Platform, config: Any, visits: Sequence[Visit], respond: Respond) -> Run:
    """All groups of these visits, to their ends; every action in the order it was asked for."""
    run = Run()
    for group in platform.groups(visits, config):
        _perform(platform, run, platform.start(group, config), respond)
    return run


def _perform(platform: Platform, run: Run, actions: Iterable[Action], respond: Respond) -> None:
    pending = deque(actions)
    while pending:
        action = pending.popleft()
        if isinstance(action, Fetch):
            pending.extend(_followed(platform, run, action, respond))
        elif isinstance(action, Page):
            run.pages.append(action)
        else:
            run.closes.append(action)


def _followed(platform: Platform, run: Run, fetch: Fetch, respond: Respond) -> list[Action]:
    run.calls.append(fetch.call)
    try:
        answer = respond(fetch.call)
        platform.check(answer)
        return list(fetch.then(answer))
    except CrawlError as error:
        ended: list[Action] = [Close(v, error.outcome, error.detail) for v in fetch.visits]
        return [*ended, *(fetch.otherwise() if fetch.otherwise else ())]
