"""What readers are told about a month beside its numbers: frozen or not, provisional, drifted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from model.period import Period
from portal.drift import Cause, Drift
from scoring.publish.issues import Issue
from scoring.publish.wording import Lang

_WORDS: Mapping[Lang, Mapping[str, str]] = {
    "en": {
        "frozen": "frozen, revision {revision} of {day}",
        "despite": "drafted despite an objection: {despite}",
        "drift": "today's knowledge differs (--live shows it): {what}",
        "drift of draft": "the draft of the month is not what is known today: {what}",
        "cities": "{n} cities differ",
        "city": "1 city differs",
        "largest": "the largest: {name} {before} → {after}",
        "none": "no rank",
        "join": "; ",
        "and": ", ",
        "stop": ".",
        "counts": "counts as of {cutoff}",
        "future": "provisional: begins at {start}, cut-off at {cutoff}",
        "running": "provisional: day {day} of {days}, cut-off at {cutoff} still ahead",
        "closing": "provisional: the month is over, its cut-off at {cutoff} still ahead",
        Cause.RATINGS: "late ratings",
        Cause.INDICATORS: "late indicators",
        Cause.READINGS: "late readings",
        Cause.ACCOUNTS: "other accounts",
        Cause.METHOD: "another version of the method",
        Cause.PROGRAM: "another version of the program",
    },
    "zh": {
        "frozen": "已定稿，{day}第{revision}次修订",
        "despite": "曾有异议仍予成稿：{despite}",
        "drift": "与当前所知不同（加 --live 查看）：{what}",
        "drift of draft": "本月的草稿与当前所知不同：{what}",
        "cities": "{n}个城市有差异",
        "city": "1个城市有差异",
        "largest": "最大的是{name} {before} → {after}",
        "none": "无排名",
        "join": "；",
        "and": "、",
        "stop": "。",
        "counts": "数据截至{cutoff}",
        "future": "暂定：{start}开始，截止时间{cutoff}",
        "running": "暂定：第{day}天，共{days}天，截止时间{cutoff}未到",
        "closing": "暂定：本月已结束，截止时间{cutoff}未到",
        Cause.RATINGS: "后到的评分",
        Cause.INDICATORS: "后到的指标",
        Cause.READINGS: "后到的读数",
        Cause.ACCOUNTS: "账号有变",
        Cause.METHOD: "方法版本不同",
        Cause.PROGRAM: "程序版本不同",
    },
}


def local_stamp(instant: datetime, zone: str) -> str:
    """To the minute in a zone, with its offset: `2025-06-04 00:00 +08:00`."""
    local = instant.astimezone(ZoneInfo(zone))
    offset = f"{local:%z}"
    return f"{local:%Y-%m-%d %H:%M} {offset[:3]}:{offset[3:5]}"


def word_frozen(issue: Issue, zone: str, lang: Lang) -> str:
    """Which revision it is, and of which day in the zone."""
    at = datetime.fromisoformat(issue.published_at or issue.created_at)
    day = f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d}"
    return _WORDS[lang]["frozen"].format(revision=issue.revision, day=day)


def word_despite(issue: Issue, lang: Lang) -> str:
    """The reason that an issue carries; empty where it has none."""
    return _WORDS[lang]["despite"].format(despite=issue.despite) if issue.despite else ""


def word_as_of(period: Period, now: datetime, lang: Lang) -> str:
    """As of when the counts are; of a month that is not cut off, how far it is."""
    words, cutoff = _WORDS[lang], local_stamp(period.cutoff, period.tz)
    if now >= period.cutoff:
        return words["counts"].format(cutoff=cutoff)
    if now < period.start:
        return words["future"].format(start=local_stamp(period.start, period.tz), cutoff=cutoff)
    if now >= period.end:
        return words["closing"].format(cutoff=cutoff)
    first, today, last = (
        at.astimezone(ZoneInfo(period.tz)).date()
        for at in (period.start, now, period.end - timedelta(seconds=1))
    )
    day, days = (today - first).days + 1, (last - first).days + 1
    return words["running"].format(day=day, days=days, cutoff=cutoff)


def word_drift(drift: Drift, lang: Lang, *, of_draft: bool = False) -> str:
    """One line on how today's knowledge differs from what is published, or drafted."""
    words = _WORDS[lang]
    said = [words["city" if drift.cities == 1 else "cities"].format(n=drift.cities)]
    if drift.largest is not None:
        names, before, after = drift.largest
        none = words["none"]
        said.append(
            words["largest"].format(
                name=names[lang == "en"], before=before or none, after=after or none
            )
        )
    said.append(word_causes(drift, lang))
    return words["drift of draft" if of_draft else "drift"].format(
        what=words["join"].join(filter(None, said))
    )


def word_causes(drift: Drift, lang: Lang) -> str:
    """What came in between."""
    words = _WORDS[lang]
    return words["and"].join(words[cause] for cause in drift.causes)
