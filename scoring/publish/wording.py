"""Changes and results in words, Chinese and English, for reports and the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from model.platforms import FACTS
from model.platforms.definitions import Definition
from scoring.analysis.diff import ChangePart, UnitChange
from scoring.cities.breaks import MeasureBreak
from scoring.engine.result import Exclusion, Result
from scoring.method.tree import Method
from scoring.method.weights import effective_weights

Lang = Literal["zh", "en"]

_WORDS: Mapping[Lang, Mapping[str, str]] = {
    "zh": {
        "rank": "第{rank}名",
        "same": "排名不变",
        "up": "上升{n}位（原第{before}名）",
        "down": "下降{n}位（原第{before}名）",
        "first": "上期无排名",
        "left": "本期无得分（原第{before}名）",
        "unscored": "两期均无得分",
        "new_top": "新进入前{top}",
        "out_top": "退出前{top}",
        "score": "得分{after:.2f}（{change:+.2f}）",
        "new_score": "得分{after:.2f}",
        "moved": "主要因素：{parts}",
        "part": "{name} {points:+.2f}",
        "coverage": "{name}（数据可得性）",
        "account": "{name}（账号开设或停用）",
        "panel": "监测范围变化",
        "weights": "权重调整",
        "method": "方法调整",
        "rest": "其他 {points:+.2f}",
        "no_ratings": "未载入专家评分，定量部分按100%计算",
        "availability": "数据不足：{have}/{of}项可得，缺{lacking}",
        "no_data": "无任何数据",
        "absent": "在计入的平台上均无账号",
        "undefined": "所用的汇总方法对其数值无定义",
        "missing": "不允许缺项：缺{lacking}",
        "broken": "统计口径在两期之间有变：{breaks}",
        "break": "{platform}自{day:%Y-%m-%d}起，{what}",
        "list": "、",
        "item": "；",
        "clause": "，",
        "stop": "。",
        "colon": "：",
    },
    "en": {
        "rank": "rank {rank}",
        "same": "same rank",
        "up": "up {n} {places} (from {before})",
        "down": "down {n} {places} (from {before})",
        "first": "no rank before",
        "left": "no score this time (was {before})",
        "unscored": "no score in either period",
        "new_top": "new in the top {top}",
        "out_top": "out of the top {top}",
        "score": "score {after:.2f} ({change:+.2f})",
        "new_score": "score {after:.2f}",
        "moved": "moved by {parts}",
        "part": "{name} {points:+.2f}",
        "coverage": "{name} (data that came or went)",
        "account": "{name} (account opened or given up)",
        "panel": "changed panel",
        "weights": "changed weights",
        "method": "changed method",
        "rest": "the rest {points:+.2f}",
        "no_ratings": "no expert ratings are loaded: the quantitative part counts 100 %",
        "availability": "too little data: {have} of {of} parts, without {lacking}",
        "no_data": "no data at all",
        "absent": "no account on any platform that counts",
        "undefined": "its values have no score under the combination used",
        "missing": "no part may be missing: without {lacking}",
        "broken": "counted differently between the two: {breaks}",
        "break": "{platform}: since {day:%Y-%m-%d} {what}",
        "list": ", ",
        "item": "; ",
        "clause": ", ",
        "stop": ".",
        "colon": ": ",
    },
}


def word_change(
    change: UnitChange,
    method: Method,
    name: str,
    lang: Lang,
    top: int = 10,
    parts: int = 3,
    breaks: Sequence[MeasureBreak] = (),
) -> str:
    """A sentence or two on one unit: its place, its score, the `parts` that moved it most, and the
    breaks between the two months in what its score is made of."""
    words = _WORDS[lang]
    clauses = [_place(change, lang)]
    inside = change.rank_after is not None and change.rank_after <= top
    was = change.rank_before is not None and change.rank_before <= top
    if inside != was:
        clauses.append(words["new_top" if inside else "out_top"].format(top=top))
    if change.after is not None:
        key = "new_score" if change.before is None else "score"
        before = change.after if change.before is None else change.before
        clauses.append(words[key].format(after=change.after, change=change.after - before))
    text = f"{name}{words['colon']}{words['clause'].join(clauses)}{words['stop']}"
    if change.parts:
        moved = words["moved"].format(parts=word_parts(change.parts, method, lang, parts))
        text += _sentence(moved, lang)
    if breaks:
        text += _sentence(word_breaks(breaks, lang), lang)
    return text


def _sentence(clause: str, lang: Lang) -> str:
    """A further sentence."""
    return f"{'' if lang == 'zh' else ' '}{clause[:1].upper()}{clause[1:]}{_WORDS[lang]['stop']}"


def word_breaks(breaks: Sequence[MeasureBreak], lang: Lang) -> str:
    """What is counted differently in the later of two months."""
    phrases = dict.fromkeys(word_definition(one.platform, one.definition, lang) for one in breaks)
    return _WORDS[lang]["broken"].format(breaks=_WORDS[lang]["item"].join(phrases))


def word_definition(platform: str, definition: Definition, lang: Lang) -> str:
    """What a counter of a platform means, and since when."""
    return _WORDS[lang]["break"].format(
        platform=FACTS[platform].name(lang),
        day=definition.since,
        what=definition.in_language(lang),
    )


def _place(change: UnitChange, lang: Lang) -> str:
    words, places = _WORDS[lang], change.places
    if change.rank_after is None:
        key = "unscored" if change.rank_before is None else "left"
        return words[key].format(before=change.rank_before)
    rank = words["rank"].format(rank=change.rank_after)
    if places is None:
        return words["clause"].join((rank, words["first"]))
    key = "same" if places == 0 else "up" if places > 0 else "down"
    moved = words[key].format(
        n=abs(places), before=change.rank_before, places="place" if abs(places) == 1 else "places"
    )
    return words["clause"].join((rank, moved))


def word_parts(parts: tuple[ChangePart, ...], method: Method, lang: Lang, most: int = 3) -> str:
    """The greatest parts by name and points, and the rest in one."""
    words = _WORDS[lang]
    phrases = [
        words["part"].format(name=word_part(part, method, lang), points=part.points)
        for part in parts[:most]
    ]
    if rest := parts[most:]:
        phrases.append(words["rest"].format(points=sum(part.points for part in rest)))
    return words["item"].join(phrases)


def word_part(part: ChangePart, method: Method, lang: Lang) -> str:
    """What a part is called: for a measure, the platform (or dimension) and the measure."""
    if part.kind in ("panel", "weights", "method"):
        return _WORDS[lang][part.kind]
    name = long_name(method, part.code, lang)
    return name if part.kind == "measure" else _WORDS[lang][part.kind].format(name=name)


def long_name(method: Method, code: str, lang: Lang) -> str:
    """A node's name with that of the root's child above it, so that `shares` of two platforms
    do not look the same."""
    line = list(method.lineage(code))
    own = line[0].name.in_language(lang)
    if len(line) < 3:
        return own
    joint = "·" if lang == "zh" else " "
    return f"{line[-2].name.in_language(lang)}{joint}{own}"


def word_exclusion(left_out: Exclusion, method: Method, lang: Lang) -> str:
    """Why a unit has no score."""
    words = _WORDS[lang]
    lacking = [method.node(code).name.in_language(lang) for code in left_out.lacking]
    return words[left_out.reason].format(
        have=left_out.present, of=left_out.of, lacking=words["list"].join(lacking)
    )


def word_qualitative(result: Result, lang: Lang) -> str | None:
    """The remark that a result must carry when no expert ratings are loaded; else `None`."""
    empty = {note.code for note in result.notes if note.kind == "no_data"}
    share = effective_weights(result.method)
    rated = {
        leaf.code
        for leaf in result.method.leaves
        if (leaf.parent or "").endswith("_qualitative") and share[leaf.code] > 0
    }
    return _WORDS[lang]["no_ratings"] if rated and rated <= empty else None
