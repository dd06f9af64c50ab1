"""What a digest says: the same figures in Chinese and English, as text and as HTML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from html import escape
from typing import Any

from model.untrusted import visible_line
from portal.alerts.config import Language
from portal.alerts.wording import Bulletin
from portal.digest.recipients import Recipient
from portal.month import MonthIndex
from portal.wording import word_as_of
from scoring.publish.issues import Issue
from scoring.publish.top import COMPOSITE

_TOP = 10
_STYLE = "font-family:sans-serif;line-height:1.4;max-width:40em"
_Row = Mapping[str, Any]
_WORDS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "week": "{month} so far",
        "out": "the issue of {month} is out",
        "revised": "the issue of {month} is revised (revision {revision}): {reason}",
        "many": "{ranked} of {of} cities have a place; {whole} of {accounts} accounts are whole.",
        "first": "{rank}. {city}: {index}{moved}",
        "any": "{city}",
        "city": "{city}: place {rank} of {of}, index {index}{moved}.",
        "noplace": "{city} has no place yet.",
        "counts": "{posts} posts, {interactions} interactions, followers {gain}.",
        "nothing": "Nothing of the month is counted yet.",
        "unordered": "In random order.",
        "up": ", up {n}",
        "down": ", down {n}",
        "level": ", level",
        "unknown": "unknown",
        "leave": "No more of these mails: {link}",
        "link": "No more of these mails",
        "despite": "Published although something spoke against it: {reason}",
        "index": "{index}, {state}.",
        "page": "All of it: {page}",
        "open": "All of it in the portal",
    },
    "zh": {
        "week": "{month} 截至目前",
        "out": "{month} 期已发布",
        "revised": "{month} 期已修订（第 {revision} 次修订）：{reason}",
        "many": "{of} 座城市中 {ranked} 座有名次；{accounts} 个账号中 {whole} 个数据完整。",
        "first": "{rank}. {city}：{index}{moved}",
        "any": "{city}",
        "city": "{city}：{of} 座城市中第 {rank} 位，指数 {index}{moved}。",
        "noplace": "{city}暂无名次。",
        "counts": "发帖 {posts}，互动 {interactions}，粉丝增减 {gain}。",
        "nothing": "本月尚无已计入的数据。",
        "unordered": "以上排序随机，不分前后。",
        "up": "，上升 {n} 位",
        "down": "，下降 {n} 位",
        "level": "，持平",
        "unknown": "未知",
        "leave": "不再接收此类邮件：{link}",
        "link": "不再接收此类邮件",
        "despite": "尽管存在以下情况仍然发布：{reason}",
        "index": "{index}，{state}。",
        "page": "全部内容：{page}",
        "open": "在门户中查看全部内容",
    },
}


def write_digest(
    to: Recipient, index: MonthIndex, issue: Issue | None, now: datetime, link: str, page: str = ""
) -> Bulletin:
    """The week of `index`, the month so far; with an issue, that it is out. `link` is where one
    stops getting it, `page` where the month is shown; either may be unknown."""
    words = _WORDS[to.language]
    rows = index.top(COMPOSITE, len(index.result.units))
    title = words["week"].format(month=index.period.name)
    if issue is not None:
        key = "revised" if issue.revision else "out"
        reason = visible_line(issue.reason)
        title = words[key].format(month=issue.period, revision=issue.revision, reason=reason)
    state = word_as_of(index.period, now, to.language)
    name = index.method.title.in_language(to.language)
    lines = [words["index"].format(index=visible_line(name), state=state)]
    lines += list(_city_lines(to, index, rows) if to.cities else _month_lines(to, index, rows))
    if issue is not None and issue.despite:
        lines.append(words["despite"].format(reason=visible_line(issue.despite)))
    shown = [row for row in rows if not to.cities or row["city"] in to.cities]
    figures = {
        "month": index.period.name,
        "revision": issue.revision if issue else None,
        "cities": [
            {key: row.get(key) for key in ("city", "rank", "change", "index")} for row in shown
        ],
    }
    footer = [words["page"].format(page=page)] if page else []
    footer += [words["leave"].format(link=link)] if link else []
    html = _html(title, lines, {page: words["open"], link: words["link"]}, to.language)
    return Bulletin(title, (*lines, *footer), figures, now, html, link)


def _month_lines(to: Recipient, index: MonthIndex, rows: list[dict[str, Any]]) -> Iterator[str]:
    words = _WORDS[to.language]
    accounts = index.inputs.rows
    whole = sum(row.is_whole for row in accounts)
    of = len(index.result.units)
    yield words["many"].format(ranked=len(rows), of=of, whole=whole, accounts=len(accounts))
    if not rows:
        yield words["nothing"]
    unordered = any(row.get("rank") is None for row in rows)
    for row in index.top(COMPOSITE, _TOP):
        said = {**_said(to, row), "rank": row.get("rank")}
        yield words["any" if unordered else "first"].format(**said)
    if unordered:
        yield words["unordered"]


def _city_lines(to: Recipient, index: MonthIndex, rows: list[dict[str, Any]]) -> Iterator[str]:
    words, by_city = _WORDS[to.language], {row["city"]: row for row in rows}
    for city in to.cities:
        zh, en = index.names.get(city, (city, city))
        row = by_city.get(city)
        if row is None:
            yield words["noplace"].format(city=visible_line(zh if to.language == "zh" else en))
        elif row.get("rank") is None:
            yield words["any"].format(**_said(to, row))
        else:
            yield words["city"].format(**_said(to, row), rank=row["rank"], of=len(rows))
        yield words["counts"].format(**_counts(to, index, city))


def _said(to: Recipient, row: _Row) -> dict[str, str]:
    name = row["name_zh"] if to.language == "zh" else row["name_en"]
    index = row["index"]
    unknown = _WORDS[to.language]["unknown"]
    shown = unknown if index is None else f"{index:.2f}"
    return {"city": visible_line(str(name)), "index": shown, "moved": _moved(to, row)}


def _moved(to: Recipient, row: _Row) -> str:
    change = row.get("change")
    if change is None:
        return ""
    key = "up" if change > 0 else "down" if change < 0 else "level"
    return _WORDS[to.language][key].format(n=abs(change))


def _counts(to: Recipient, index: MonthIndex, city: str) -> dict[str, str]:
    """Sums over the city's accounts; unknown where one of them is."""
    rows = [row for row in index.inputs.rows if row.city == city]
    found = {}
    for key, field in (
        ("posts", "posts"),
        ("interactions", "interactions"),
        ("gain", "follower_gain"),
    ):
        values = [getattr(row, field) for row in rows]
        known = bool(values) and all(value is not None for value in values)
        total = sum(value for value in values if value is not None)
        sign = "+" if key == "gain" else ""
        found[key] = f"{total:{sign},}" if known else _WORDS[to.language]["unknown"]
    return found


def _html(title: str, lines: list[str], links: Mapping[str, str], language: Language) -> str:
    body = "".join(f"<p>{escape(line)}</p>" for line in lines)
    body += "".join(
        f'<p><a href="{escape(link)}">{escape(said)}</a></p>'
        for link, said in links.items()
        if link
    )
    lang = "zh-CN" if language == "zh" else "en"
    head = f'<meta charset="utf-8"><title>{escape(title)}</title>'
    return (
        f'<!doctype html><html lang="{lang}"><head>{head}</head>'
        f'<body style="{_STYLE}"><h1 style="font-size:1.3em">{escape(title)}</h1>{body}'
        "</body></html>"
    )
