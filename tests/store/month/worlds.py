"""A perfect crawler over a world file: the messages that it would send, without any HTTP.

It sees what the official API routes show of a world: counters as a step function of time, YouTube's
subscribers to three significant figures, views where the platform has them.
"""

from __future__ import annotations

import gzip
import json
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from model.account import Account
from model.count import Count
from model.items import VIDEO_TYPES, AccountItem, PostItem, PostType
from model.messages import Outcome, Visit, VisitKind, Window
from model.period import Period
from tests.store.harvest import Message, closed, page

_COUNTERS = ("likes", "comments", "shares", "views")


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@dataclass(frozen=True)
class Line:
    """An account or a post of a world."""

    told: dict[str, Any]

    @cached_property
    def times(self) -> list[datetime]:
        return [instant(reading["at"]) for reading in self.told["readings"]]

    def at(self, moment: datetime) -> dict[str, Any]:
        """The last reading at or before a moment; before the first, the first."""
        place = bisect_right(self.times, moment)
        reading: dict[str, Any] = self.told["readings"][max(place - 1, 0)]
        return reading

    @cached_property
    def published_at(self) -> datetime:
        return instant(self.told["published_at"])

    @cached_property
    def deleted_at(self) -> datetime:
        return instant(self.told["deleted_at"] or "9999-01-01T00:00:00Z")


class World:
    """The accounts of a world file, and what a crawler sees of them at a moment."""

    def __init__(self, path: Path) -> None:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            told = [json.loads(line) for line in lines]
        self.accounts = [Line(one) for one in told if one["kind"] == "account"]
        self._posts: dict[tuple[str, str], list[Line]] = {}
        for one in told:
            if one["kind"] == "post":
                self._posts.setdefault((one["platform"], one["account"]), []).append(Line(one))

    def registered(self) -> list[Account]:
        return [
            Account(
                platform=line.told["platform"],
                id=line.told["id"],
                handle=line.told["handle"],
                city=line.told["city"],
            )
            for line in self.accounts
        ]

    def crawl(self, period: Period, moment: datetime) -> Iterator[Message]:
        """All accounts and all posts of the period, read at one moment."""
        for line in self.accounts:
            yield from self._profile(line, moment)
            yield from self._timeline(line, period, moment)

    def _profile(self, line: Line, moment: datetime) -> Iterator[Message]:
        visit = _visit(line, moment, VisitKind.PROFILE, None)
        values = {name: n for name, n in line.at(moment).items() if name != "at"}
        if line.told["platform"] == "youtube" and "followers" in values:
            step = 10 ** max(len(str(values["followers"])) - 3, 0)
            values["followers"] -= values["followers"] % step
        item = AccountItem(
            platform=line.told["platform"],
            id=line.told["id"],
            handle=line.told["handle"],
            observed_at=moment,
            counts={name: Count(value=value) for name, value in values.items()},
        )
        yield page(visit, moment, accounts=[item])
        yield closed(visit, moment)

    def _timeline(self, line: Line, period: Period, moment: datetime) -> Iterator[Message]:
        visit = _visit(line, moment, VisitKind.TIMELINE, Window(period.start, period.end))
        items = [
            _shown(post, moment)
            for post in self._posts.get((line.told["platform"], line.told["id"]), [])
            if post.published_at in period and post.published_at <= moment < post.deleted_at
        ]
        for start in range(0, len(items), 50):
            yield page(visit, moment, posts=items[start : start + 50])
        outcome = Outcome.OK if items else Outcome.OK_NOTHING_NEW
        yield closed(visit, moment, outcome, seen=[item.id for item in items])


def _visit(line: Line, slot: datetime, kind: VisitKind, window: Window | None) -> Visit:
    return Visit(
        platform=line.told["platform"],
        account=line.told["id"],
        handle=line.told["handle"],
        kind=kind,
        slot=slot,
        window=window,
    )


def _shown(post: Line, moment: datetime) -> PostItem:
    """The post as its platform's official API shows it."""
    told, reading = post.told, dict(post.at(moment))
    kind = PostType(told["type"])
    if told["platform"] == "facebook":
        reading.setdefault("shares", 0)
    if told["platform"] in ("facebook", "instagram") and kind not in VIDEO_TYPES:
        reading.pop("views", None)
    if told["platform"] in ("instagram", "youtube"):
        reading.pop("shares", None)
    counts = {
        name: Count(value=reading[name]) if name in reading else Count.hidden()
        for name in _COUNTERS
    }
    return PostItem(
        platform=told["platform"],
        id=told["id"],
        account=told["account"],
        published_at=post.published_at,
        type=kind,
        text=told["text"],
        pinned=told["pinned"],
        observed_at=moment,
        counts=counts,
    )
