"""What was found and which channels know of it, so that a restart sends nothing twice.

One entry a problem, `_id` rule|subject. Entries are kept in MongoDB's collection `alerts`, and in
a reserve (`portal.alerts.reserve`) for the time when MongoDB cannot be read or written. What is to
be sent is worked out here without either.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec
from pymongo import ReplaceOne

from model.platforms import FACTS
from portal.alerts.config import AlertSettings, ChannelConfig, Severity
from portal.alerts.problems import Problem
from portal.alerts.remedies import outcome_name
from portal.lines import chinese_line
from store.database import Store

ALERTS = "alerts"
_SENTENCES = ("detail", "reason", "what")
"""Facts of problems that are sentences of the code."""
_TRIAL = "watch"
"""`_id` of the document by which every look finds out whether MongoDB can be written."""
_TRIAL_BYTES = 65_536
"""On a full disk, a document of a few bytes may still fit into what MongoDB has allocated."""


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


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """When a channel was last told of a problem, and the problem's weight then."""

    at: datetime
    weight: float


class Known(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of one problem."""

    id: str = msgspec.field(name="_id")
    live: bool
    """Whether a channel may still have to be told something."""
    rule: str
    subject: str
    severity: Severity
    text: Mapping[str, str]
    facts: Mapping[str, Any]
    weight: float
    first_seen: datetime
    last_seen: datetime
    misses: int
    """How often it was not found since."""
    told: dict[str, Sent]
    """By channel."""
    heard: list[str]
    """The channels that know that it is over."""
    over_since: datetime | None = None


def stored(db: Store) -> dict[str, Known]:
    """The live entries in MongoDB, by id. Raises PyMongo's errors."""
    found = (msgspec.convert(one, Known) for one in db[ALERTS].find({"live": True}))
    return {known.id: known for known in found}


def try_writing(db: Store, now: datetime) -> None:
    """Writes a document that serves for nothing else. Raises PyMongo's errors."""
    document = {"_id": _TRIAL, "live": False, "at": now, "body": os.urandom(_TRIAL_BYTES)}
    db[ALERTS].replace_one({"_id": _TRIAL}, document, upsert=True)


def store(db: Store, entries: Iterable[Known]) -> None:
    """Writes entries to MongoDB. Raises PyMongo's errors."""
    documents = [msgspec.to_builtins(one, builtin_types=(datetime,)) for one in entries]
    writes = [ReplaceOne({"_id": one["_id"]}, one, upsert=True) for one in documents]
    if writes:
        db[ALERTS].bulk_write(writes, ordered=False)


class Memory:
    """Compares what is found with what was known."""

    def __init__(
        self,
        known: Mapping[str, Known],
        settings: AlertSettings,
        prompt: frozenset[str] = frozenset(),
    ) -> None:
        """`prompt` are rules whose problems are over as soon as they are not found once."""
        self._settings = settings
        self._prompt = prompt
        self._known = dict(known)
        self._before = dict(known)

    def take_in(
        self, found: Sequence[Problem], now: datetime, unchecked: Iterable[str] = ()
    ) -> None:
        """Brings the entries up to date. Rules that could not be checked leave theirs alone."""
        skipped = set(unchecked)
        ids = {problem.id for problem in found}
        for known in list(self._known.values()):
            if known.id not in ids and known.rule not in skipped:
                self._known[known.id] = self._missed(known, now)
        self.add(found, now)

    def add(self, found: Iterable[Problem], now: datetime) -> None:
        """Brings the entries of these problems up to date, and leaves all others as they are."""
        for problem in found:
            self._known[problem.id] = _entry(self._known.get(problem.id), problem, now)

    def _missed(self, known: Known, now: datetime) -> Known:
        """Not found this time: over if that happened often enough, at rest if nobody was told."""
        if known.over_since is not None:
            return known
        misses = known.misses + 1
        enough = 1 if known.rule in self._prompt else self._settings.settle
        if misses < enough:
            return msgspec.structs.replace(known, misses=misses)
        return msgspec.structs.replace(known, misses=misses, over_since=now, live=bool(known.told))

    def news(self, name: str, channel: ChannelConfig, now: datetime) -> Iterator[Notice]:
        """What this channel does not know yet, and what it should hear again."""
        for _, known in sorted(self._known.items()):
            if known.live and channel.wants(known.severity):
                news = self._news_of(known, name, now)
                if news is not None:
                    yield _notice(known, news)

    def _news_of(self, known: Known, name: str, now: datetime) -> News | None:
        told = known.told.get(name)
        if known.over_since is not None:
            return News.OVER if told and name not in known.heard else None
        if known.misses:
            return None
        if told is None:
            return News.NEW
        lasted = now - told.at >= timedelta(hours=self._settings.repeat_hours)
        worse = known.weight >= self._settings.worse_times * told.weight
        return News.STILL if lasted or worse else None

    def told(self, name: str, notices: Iterable[Notice], now: datetime) -> None:
        """A channel has got these."""
        for notice in notices:
            known = self._known[notice.id]
            if notice.news is News.OVER:
                known = msgspec.structs.replace(known, heard=[*known.heard, name])
            else:
                told = {**known.told, name: Sent(at=now, weight=known.weight)}
                known = msgspec.structs.replace(known, told=told)
            self._known[notice.id] = known

    def settle(self, names: Iterable[str]) -> None:
        """Problems that are over, and known to be by all who were told, are at rest."""
        present = set(names)
        for known in list(self._known.values()):
            if known.over_since and not (known.told.keys() & present) - set(known.heard):
                self._known[known.id] = msgspec.structs.replace(known, live=False)

    @property
    def live(self) -> list[Known]:
        """The entries of which a channel may still have to be told something."""
        return [known for known in self._known.values() if known.live]

    @property
    def changed(self) -> list[Known]:
        """The entries that differ from those that it was given."""
        return [one for one in self._known.values() if self._before.get(one.id) != one]


def _entry(known: Known | None, problem: Problem, now: datetime) -> Known:
    """The problem's entry now; a problem that comes back after it was over is a new one."""
    before = known if known is not None and known.over_since is None else None
    return Known(
        id=problem.id,
        live=True,
        rule=problem.rule.id,
        subject=problem.subject,
        severity=problem.rule.severity,
        text=problem_words(problem),
        facts=dict(problem.facts),
        weight=float(problem.weight),
        first_seen=before.first_seen if before else now,
        last_seen=now,
        misses=0,
        told=before.told if before else {},
        heard=[],
    )


def problem_words(problem: Problem) -> dict[str, str]:
    """What a problem is told as, by language; its platform goes by its name there."""
    return {
        language: words.format_map({**problem.facts, **_names(problem.facts, language)})
        for language, words in problem.rule.text.items()
    }


def _names(facts: Mapping[str, Any], language: str) -> dict[str, str]:
    """The platform and the outcome that a problem concerns, by their names in the language; in
    Chinese what a visit or a server said too, as far as it is known."""
    known, outcome = FACTS.get(str(facts.get("platform"))), facts.get("outcome")
    names = {} if known is None else {"platform": known.name(language)}
    if isinstance(outcome, str):
        names["outcome"] = outcome_name(outcome, language)
    if language == "zh":
        said = {name: facts[name] for name in _SENTENCES if isinstance(facts.get(name), str)}
        names |= {name: chinese_line(text) for name, text in said.items()}
    return names


def _notice(known: Known, news: News) -> Notice:
    return Notice(
        news=news,
        id=known.id,
        rule=known.rule,
        subject=known.subject,
        severity=known.severity,
        since=known.first_seen,
        text=known.text,
        facts=known.facts,
    )
