"""The tables of docs/definitions.md, made from the platforms' facts.

`python -m tests.definition_tables en` prints them for the document.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from model.platforms import FACTS
from model.platforms.definitions import ChangeKind, Definition

_HEADS = {
    "en": (
        ("platform", "counter", "since", "change", "what it means since", "source"),
        ("platform", "route", "account", "post", "views on every post"),
    ),
    "zh": (
        ("平台", "计数", "自", "变更", "此后的含义", "来源"),
        ("平台", "途径", "账号", "帖文", "各类帖文均有浏览量"),
    ),
}
_KINDS: dict[str, dict[ChangeKind, str]] = {
    "en": {
        "meaning": "meaning",
        "precision": "precision",
        "begun": "begun",
        "ended": "ended",
        "renamed": "renamed",
    },
    "zh": {
        "meaning": "含义",
        "precision": "精度",
        "begun": "开始提供",
        "ended": "不再提供",
        "renamed": "改名",
    },
}
_YES = {"en": ("yes", "no, videos alone"), "zh": ("是", "否，仅视频")}
_INSIGHTS = {"en": " (insights, not read)", "zh": "（洞察数据，不采集）"}


def tables(lang: str) -> tuple[str, str]:
    """The definitions, and what the routes show."""
    changes, routes = _HEADS[lang]
    return _table(changes, _definitions(lang)), _table(routes, _shown(lang))


def _definitions(lang: str) -> Iterator[Sequence[str]]:
    for facts in FACTS.values():
        for one in facts.definitions:
            yield (
                facts.name(lang),
                _counter(one, lang),
                one.since.isoformat(),
                _KINDS[lang][one.kind],
                one.in_language(lang),
                one.source,
            )


def _counter(one: Definition, lang: str) -> str:
    return f"`{one.counter}`" + ("" if one.subjects else _INSIGHTS[lang])


def _shown(lang: str) -> Iterator[Sequence[str]]:
    for facts in FACTS.values():
        for route, shown in facts.shows.items():
            account, post = (
                ", ".join(f"`{name}`" for name in part) for part in (shown.account, shown.post)
            )
            yes, no = _YES[lang]
            views = yes if facts.views_on_every_post else no
            yield facts.name(lang), f"`{route}`", account, post, views


def _table(heads: Sequence[str], rows: Iterator[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    sys.stdout.write("\n".join(tables(sys.argv[1])))
