"""What was found and who was told, in MongoDB: so a restart tells nothing twice.

One document a problem, `_id` rule|subject: `first_seen`, `last_seen`, `misses` (how often it was
not found since), `told` (per channel: when, and the weight then), `over_since` once it is over, and
`heard` (the channels that know that it is over).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from portal.alerts.config import AlertSettings, ChannelConfig, Severity
from portal.alerts.problems import Problem
from store.database import Document, Store

ALERTS = "alerts"


class News(StrEnum):
    """What a channel is told about a problem."""

    NEW = "new"
    STILL = "still"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One line of a message."""

    news: News
    id: str
    rule: str
    subject: str
    severity: Severity
    since: datetime
    text: Mapping[str, str]
    facts: Mapping[str, Any]


class Memory:
    """Compares what is found with what was known."""

    def __init__(self, db: Store, settings: AlertSettings) -> None:
        self._db = db
        self._settings = settings

    def take_in(
        self, found: Sequence[Problem], now: datetime, unchecked: Iterable[str] = ()
    ) -> list[Document]:
        """Everything that channels may have to be told of. Rules that could not be checked leave
        their problems as they are.
        """
        skipped = set(unchecked)
        known = {of["_id"]: of for of in self._db[ALERTS].find(_LIVE)}
        for problem in found:
            document = _found(known.get(problem.id), problem, now)
            self._db[ALERTS].replace_one({"_id": problem.id}, document, upsert=True)
        ids = {problem.id for problem in found}
        for key, document in known.items():
            if key not in ids and document["rule"] not in skipped:
                self._missed(document, now)
        return list(self._db[ALERTS].find(_LIVE).sort("_id", 1))

    def _missed(self, document: Document, now: datetime) -> None:
        """Not found this time: over if that happened often enough, forgotten if nobody knew."""
        if "over_since" in document:
            return
        misses = document["misses"] + 1
        change: Document = {"misses": misses}
        if misses >= self._settings.settle:
            change["over_since"] = now
            change["live"] = bool(document["told"])
        self._db[ALERTS].update_one({"_id": document["_id"]}, {"$set": change})

    def news(
        self, live: Iterable[Document], name: str, channel: ChannelConfig, now: datetime
    ) -> Iterator[Notice]:
        """What this channel does not know yet, and what it should hear again."""
        for document in live:
            if channel.wants(Severity(document["severity"])):
                news = self._news_of(document, document["told"].get(name), name, now)
                if news is not None:
                    yield _notice(document, news)

    def _news_of(
        self, document: Document, told: Document | None, name: str, now: datetime
    ) -> News | None:
        if "over_since" in document:
            return News.OVER if told and name not in document["heard"] else None
        if document["misses"]:
            return None
        if told is None:
            return News.NEW
        lasted = now - told["at"] >= timedelta(hours=self._settings.repeat_hours)
        worse = document["weight"] >= self._settings.worse_times * told["weight"]
        return News.STILL if lasted or worse else None

    def told(self, name: str, notices: Iterable[Notice], now: datetime) -> None:
        """A channel has got these."""
        for notice in notices:
            if notice.news is News.OVER:
                change: Document = {"$addToSet": {"heard": name}}
            else:
                weight = self._db[ALERTS].find_one({"_id": notice.id}, {"weight": True})
                entry = {"at": now, "weight": weight["weight"] if weight else 1.0}
                change = {"$set": {f"told.{name}": entry}}
            self._db[ALERTS].update_one({"_id": notice.id}, change)

    def settle(self, names: Iterable[str]) -> None:
        """Problems that are over, and known to be by all who were told, are at rest."""
        present = set(names)
        for document in self._db[ALERTS].find({**_LIVE, "over_since": {"$exists": True}}):
            if not (document["told"].keys() & present) - set(document["heard"]):
                self._db[ALERTS].update_one({"_id": document["_id"]}, {"$set": {"live": False}})


_LIVE = {"live": True}


def _found(known: Document | None, problem: Problem, now: datetime) -> Document:
    """The problem's document now; a problem that comes back begins anew."""
    again = known is not None and "over_since" not in known
    before = known if again and known is not None else {}
    return {
        "_id": problem.id,
        "live": True,
        "rule": problem.rule.id,
        "subject": problem.subject,
        "severity": problem.rule.severity.value,
        "text": _worded(problem),
        "facts": dict(problem.facts),
        "weight": float(problem.weight),
        "first_seen": before.get("first_seen", now),
        "last_seen": now,
        "misses": 0,
        "told": before.get("told", {}),
        "heard": [],
    }


def _worded(problem: Problem) -> dict[str, str]:
    return {
        language: words.format_map(dict(problem.facts))
        for language, words in problem.rule.text.items()
    }


def _notice(document: Document, news: News) -> Notice:
    return Notice(
        news=news,
        id=document["_id"],
        rule=document["rule"],
        subject=document["subject"],
        severity=Severity(document["severity"]),
        since=document["first_seen"],
        text=document["text"],
        facts=document["facts"],
    )
