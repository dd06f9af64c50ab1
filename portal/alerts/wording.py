"""From notices to one message: what is new first, what is over last, cut to what fits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from model.untrusted import visible_line, visible_values
from portal.alerts.config import Language, Severity
from portal.alerts.memory import News, Notice
from portal.alerts.remedies import check_remedy

_HEADS: Mapping[Language, Mapping[News, str]] = {
    "en": {News.NEW: "New", News.STILL: "Still", News.OVER: "Over"},
    "zh": {News.NEW: "新问题", News.STILL: "仍未解决", News.OVER: "已恢复"},
}
_SINCE: Mapping[Language, str] = {"en": "since", "zh": "自"}
_MORE: Mapping[Language, str] = {
    "en": "... and {more} more: `cityreach alerts check`",
    "zh": "……另有 {more} 条，见 `cityreach alerts check`",
}
_REMEDY: Mapping[Language, str] = {"en": "; what to do: ", "zh": "；处理办法："}
_ORDER = (News.NEW, News.STILL, News.OVER)


@dataclass(frozen=True, slots=True)
class Message:
    """All that one channel is told at once."""

    notices: tuple[Notice, ...]
    language: Language
    sent_at: datetime
    zone: str = "UTC"
    """Of the times in its text."""

    @property
    def title(self) -> str:
        """One line: how many of what."""
        counted = [(news, sum(n.news is news for n in self.notices)) for news in _ORDER]
        heads = _HEADS[self.language]
        said = ", ".join(f"{heads[news]} {count}" for news, count in counted if count)
        return f"CityReach: {said}"

    def text(self, most_bytes: int | None = None, escaped: Callable[[str], str] = str) -> str:
        """Title and lines, as `escaped` gives them; of too many, the last are counted."""
        lines = self._lines()
        for kept in range(len(lines), -1, -1):
            more = len(lines) - kept
            rest = [_MORE[self.language].format(more=more)] if more else []
            whole = escaped("\n".join([self.title, *lines[:kept], *rest]))
            if most_bytes is None or len(whole.encode()) <= most_bytes:
                return whole
        return self.title

    def _lines(self) -> list[str]:
        return [self._line(notice) for notice in ordered(self.notices)]

    def _line(self, notice: Notice) -> str:
        mark = "!" if notice.severity is Severity.CRITICAL else "-"
        head = _HEADS[self.language][notice.news]
        since = f"{_SINCE[self.language]} {_local(notice.since, self.zone)}"
        text = visible_line(notice.text[self.language])
        remedy = check_remedy(notice.rule, notice.facts, self.language)
        # What is over needs no remedy; some texts name theirs.
        if remedy and notice.news is not News.OVER and "`cityreach" not in text:
            text += f"{_REMEDY[self.language]}{remedy}"
        return f"{mark} {head}: {text} ({since})"

    def as_json(self) -> dict[str, Any]:
        """What the generic webhook gets; see docs/alerts.md."""
        return {
            "version": 1,
            "sent_at": _stamp(self.sent_at),
            "title": self.title,
            "alerts": [
                {
                    "news": notice.news.value,
                    "rule": notice.rule,
                    "subject": visible_line(notice.subject),
                    "severity": notice.severity.value,
                    "since": _stamp(notice.since),
                    "text": visible_line(notice.text[self.language]),
                    "facts": visible_values(notice.facts),
                }
                for notice in ordered(self.notices)
            ],
        }


@dataclass(frozen=True, slots=True)
class Summary:
    """One line with its figures; leaves by the same ways as a `Message`."""

    line: str
    figures: Mapping[str, Any]
    sent_at: datetime

    @property
    def title(self) -> str:
        """The line."""
        return f"CityReach: {visible_line(self.line)}"

    def text(self, most_bytes: int | None = None, escaped: Callable[[str], str] = str) -> str:
        """The line, as `escaped` gives it; it fits everywhere."""
        return escaped(self.title)

    def as_json(self) -> dict[str, Any]:
        """What the generic webhook gets; see docs/alerts.md."""
        return {
            "version": 1,
            "sent_at": _stamp(self.sent_at),
            "title": self.title,
            "alerts": [],
            "summary": visible_values(self.figures),
        }


@dataclass(frozen=True, slots=True)
class Bulletin:
    """Several lines with their figures, for people who read it by mail."""

    subject: str
    lines: tuple[str, ...]
    figures: Mapping[str, Any]
    sent_at: datetime
    html: str
    leave: str
    """The address at which one stops getting it; may be empty."""

    @property
    def title(self) -> str:
        """One line."""
        return f"CityReach: {visible_line(self.subject)}"

    def text(self, most_bytes: int | None = None, escaped: Callable[[str], str] = str) -> str:
        """Title and lines, as `escaped` gives them; of too many, the last are left out."""
        for kept in range(len(self.lines), -1, -1):
            rest = ["…"] if kept < len(self.lines) else []
            whole = escaped("\n".join([self.title, *self.lines[:kept], *rest]))
            if most_bytes is None or len(whole.encode()) <= most_bytes:
                return whole
        return self.title

    def as_json(self) -> dict[str, Any]:
        """What the generic webhook gets; see docs/alerts.md."""
        return {
            "version": 1,
            "sent_at": _stamp(self.sent_at),
            "title": self.title,
            "alerts": [],
            "digest": visible_values(self.figures),
        }


Sendable = Message | Summary | Bulletin


def ordered(notices: Sequence[Notice]) -> list[Notice]:
    """New before lasting before over; critical before the rest; then by rule."""
    return sorted(
        notices,
        key=lambda one: (
            _ORDER.index(one.news),
            one.severity is not Severity.CRITICAL,
            one.rule,
            one.subject,
        ),
    )


def _local(instant: datetime, zone: str) -> str:
    """`2025-06-04 00:00 +08:00`."""
    told = instant.astimezone(ZoneInfo(zone)).isoformat(" ", "minutes")
    return f"{told[:16]} {told[16:]}"


def _stamp(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"
