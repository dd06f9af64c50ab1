"""One look at everything, and what follows from it: the job that the scheduler runs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from pymongo import timeout
from pymongo.errors import PyMongoError

from portal.alerts import checks
from portal.alerts.channels import DeliveryError, ping, send
from portal.alerts.config import AlertSettings, ChannelConfig, Severity
from portal.alerts.memory import Known, Memory, News, Notice, store, stored, try_writing
from portal.alerts.problems import Problem, Scene
from portal.alerts.reserve import Reserve
from portal.alerts.rules import Rule
from portal.alerts.storage import STORAGE, storage_problem
from portal.alerts.wording import Message

_T = TypeVar("_T")
log = logging.getLogger(__name__)

_QUEUE = Rule(
    "queue_away",
    "",
    Severity.CRITICAL,
    {},
    {
        "en": "the queue server cannot be reached: nothing is collected",
        "zh": "无法连接队列服务器，采集已停止",
    },
)


_NOTHING = Rule(
    "nothing_runs",
    "nothing_runs",
    Severity.CRITICAL,
    {},
    {
        "en": "CityReach is not running: there are no servers, nothing is collected",
        "zh": "CityReach 没有运行：服务器均不存在，采集已停止",
    },
)


@dataclass(slots=True)
class Report:
    """What a look found, and who was told."""

    problems: list[Problem] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    """Rules that could not be checked."""
    told: dict[str, int] = field(default_factory=dict)
    """Notices by channel."""
    failed: dict[str, str] = field(default_factory=dict)
    """Why a channel did not take its message; it gets it with the next look."""


class Watch:
    """Rules, channels, and what is remembered of problems."""

    def __init__(
        self, settings: AlertSettings, reserve: Path | None = None, zone: str = "UTC"
    ) -> None:
        """`reserve`: a file that remembers while MongoDB cannot; `zone`: of the times in messages.
        Raises RuleError."""
        self._settings = settings
        self._zone = zone
        self._rules = checks.load(settings.rules)
        self._reserve = Reserve(reserve)

    @property
    def channels(self) -> Mapping[str, ChannelConfig]:
        """By name."""
        return self._settings.channels

    def look(self, scene: Scene) -> Report:
        """What is wrong now, servers that are away included. Nothing is sent or remembered."""
        findings = checks.find(scene, self._rules)
        report = Report(problems=findings.problems, unchecked=findings.unchecked)
        if findings.queue_away:
            report.problems.append(Problem(rule=_QUEUE, subject="queue", facts={}))
        if findings.database_error is not None:
            report.problems.append(storage_problem(findings.database_error))
        return report

    def run(self, scene: Scene) -> Report:
        """Looks, tells every channel what it does not know yet, and remembers that.

        Messages leave before anything is stored: that nothing can be stored is one of them.
        """
        report = self.look(scene)
        if not _storage_down(report):
            _within(report, lambda: try_writing(scene.db, scene.now))
        prompt = frozenset({STORAGE, _NOTHING.id})
        memory = Memory(self._recall(scene, report), self._settings, prompt)
        memory.take_in(report.problems, scene.now, report.unchecked)
        self._tell(memory, scene.now, report)
        if not _storage_down(report):
            self._store(scene, memory, report)
        self._reserve.write(memory.live, pending=_storage_down(report))
        self._ping(report)
        return report

    def without_servers(self, now: datetime, *, telling: bool) -> Report:
        """The look where no server runs at all: that is the one problem, and nothing else can be
        checked. What is told is remembered in the reserve.
        """
        report = Report(problems=[Problem(rule=_NOTHING, subject="servers", facts={})])
        report.unchecked = [rule.id for rule in self._rules]
        if telling:
            known = {known.id: known for known in self._reserve.read().problems}
            memory = Memory(known, self._settings, frozenset({STORAGE, _NOTHING.id}))
            memory.take_in(report.problems, now, report.unchecked)
            self._tell(memory, now, report)
            self._reserve.write(memory.live, pending=True)
        return report

    def _ping(self, report: Report) -> None:
        """Says outside that this look was whole; whatever it has found, the channels know."""
        if self._settings.ping_url is None or report.unchecked or report.failed:
            return
        try:
            ping(self._settings.ping_url.get_secret_value(), self._settings.proxies)
        except DeliveryError as error:
            log.warning("%s", error)

    def _recall(self, scene: Scene, report: Report) -> Mapping[str, Known]:
        """From MongoDB if it is there and up to date, else from the reserve."""
        kept = self._reserve.read()
        reserve = {known.id: known for known in kept.problems}
        if _storage_down(report):
            return reserve
        entries = _within(report, lambda: stored(scene.db))
        if entries is None:
            return reserve
        return {**entries, **reserve} if kept.pending else entries

    def _store(self, scene: Scene, memory: Memory, report: Report) -> None:
        """Into MongoDB; if it refuses, the channels are told that as well."""
        _within(report, lambda: store(scene.db, memory.changed))
        if _storage_down(report):
            memory.add(report.problems[-1:], scene.now)
            self._tell(memory, scene.now, report)

    def _tell(self, memory: Memory, now: datetime, report: Report) -> None:
        for name, channel in self.channels.items():
            notices = list(memory.news(name, channel, now))
            if notices and self._sent(name, notices, now, report):
                memory.told(name, notices, now)
        memory.settle(self.channels)

    def _sent(self, name: str, notices: Sequence[Notice], now: datetime, report: Report) -> bool:
        channel = self.channels[name]
        try:
            send(channel, Message(tuple(notices), channel.language, now, self._zone))
        except DeliveryError as error:
            log.warning("alerts to %s: %s", name, error)
            report.failed[name] = str(error)
            return False
        report.told[name] = report.told.setdefault(name, 0) + len(notices)
        return True

    def trial(self, name: str, now: datetime) -> str | None:
        """Sends a test message to a channel; why it was not taken, or None."""
        report = Report()
        text = {"en": f"a test of channel {name}", "zh": f"渠道 {name} 的测试消息"}
        notice = Notice(
            news=News.NEW,
            id="test",
            rule="test",
            subject=name,
            severity=Severity.WARNING,
            since=now,
            text=text,
            facts={},
        )
        return None if self._sent(name, [notice], now, report) else report.failed[name]


def _storage_down(report: Report) -> bool:
    return any(problem.rule.id == STORAGE for problem in report.problems)


def _within(report: Report, work: Callable[[], _T]) -> _T | None:
    """What `work` returns; None, and a problem in the report, where MongoDB fails or is late."""
    try:
        with timeout(checks.DATABASE_WITHIN):
            return work()
    except PyMongoError as error:
        report.problems.append(storage_problem(error))
        return None
