"""One look at everything, and what follows from it: the job that the scheduler runs."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pymongo.errors import PyMongoError

from portal.alerts import checks
from portal.alerts.channels import DeliveryError, send
from portal.alerts.config import AlertSettings, ChannelConfig, Severity
from portal.alerts.memory import Memory, News, Notice
from portal.alerts.problems import Problem, Scene
from portal.alerts.rules import Rule
from portal.alerts.wording import Message
from store.errors import is_away

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
_DATABASE = {
    "en": "MongoDB cannot be reached: nothing is stored, and nothing else can be checked",
    "zh": "无法连接 MongoDB：数据无法写入，其他检查也无法进行",
}


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

    def __init__(self, settings: AlertSettings) -> None:
        """Raises RuleError."""
        self._settings = settings
        self._rules = checks.load(settings.rules)
        self._away_since: datetime | None = None
        self._away_told: dict[str, datetime] = {}

    @property
    def channels(self) -> Mapping[str, ChannelConfig]:
        """By name."""
        return self._settings.channels

    def look(self, scene: Scene) -> Report:
        """What is wrong now. Nobody is told, nothing is remembered."""
        findings = checks.find(scene, self._rules)
        report = Report(problems=findings.problems, unchecked=findings.unchecked)
        if findings.queue_away:
            report.problems.append(Problem(rule=_QUEUE, subject="queue", facts={}))
        return report

    def run(self, scene: Scene) -> Report:
        """Looks, remembers, and tells every channel what it does not know yet.

        While MongoDB is away that is told, as far as this process remembers having told it.
        """
        try:
            report = self.look(scene)
            self._tell_from_memory(scene, report)
        except PyMongoError as error:
            if not is_away(error):
                raise
            return self._database_away(scene.now)
        self._database_back(scene.now, report)
        return report

    def _tell_from_memory(self, scene: Scene, report: Report) -> None:
        memory = Memory(scene.db, self._settings)
        live = memory.take_in(report.problems, scene.now, report.unchecked)
        for name, channel in self.channels.items():
            notices = list(memory.news(live, name, channel, scene.now))
            if notices and self._sent(name, notices, scene.now, report):
                memory.told(name, notices, scene.now)
        memory.settle(self.channels)

    def _sent(self, name: str, notices: Sequence[Notice], now: datetime, report: Report) -> bool:
        channel = self.channels[name]
        try:
            send(channel, Message(tuple(notices), channel.language, now))
        except DeliveryError as error:
            log.warning("alerts to %s: %s", name, error)
            report.failed[name] = str(error)
            return False
        report.told[name] = len(notices)
        return True

    def _database_away(self, now: datetime) -> Report:
        report = Report(unchecked=[rule.id for rule in self._rules])
        self._away_since = self._away_since or now
        for name in self.channels:
            told = self._away_told.get(name)
            if told is None or now - told >= timedelta(hours=self._settings.repeat_hours):
                news = News.NEW if told is None else News.STILL
                if self._sent(name, [_away(news, self._away_since)], now, report):
                    self._away_told[name] = now
        return report

    def _database_back(self, now: datetime, report: Report) -> None:
        if self._away_since is None:
            return
        for name in list(self._away_told):
            if self._sent(name, [_away(News.OVER, self._away_since)], now, report):
                del self._away_told[name]
        if not self._away_told:
            self._away_since = None

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


def _away(news: News, since: datetime) -> Notice:
    return Notice(
        news=news,
        id="database",
        rule="database_away",
        subject="MongoDB",
        severity=Severity.CRITICAL,
        since=since,
        text=_DATABASE,
        facts={},
    )
