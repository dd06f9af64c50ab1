"""An explanation in sentences: what was read, how it was treated, what that brings. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from portal.lines import chinese_cell, chinese_line
from scoring.publish.wording import Lang

_HASH, _TEXT = 12, 60
"""Letters of a raw answer's hash and of a post's text that are shown."""
_WORDS: Mapping[Lang, Mapping[str, str]] = {
    "en": {
        "score": "{score:.2f} points",
        "rank": "place {rank} of {of}",
        "brings": "{points:+.2f} to the index",
        "range": "in the panel {least} to {greatest}",
        "none": "as it is",
        "log1p": "by ln(1 + x): {treated:.2f}",
        "log1p of less than 0": "by -ln(1 + |x|): {treated:.2f}",
        "winsorised": "the greatest of the panel drawn in: {treated:,.2f}",
        "log": "by its logarithm: {treated:.2f}",
        "boxcox": "by Box-Cox: {treated:.2f}",
        "not passed": "no treatment helped: {treated:,.2f}",
        "imputed": "filled in, for it was not read: {treated:,.2f}",
        "missing": "not known",
        "absent": "no account, counts 0",
        "given": "given as a score",
        "by rule": "by the method's rule, for nothing of it is known",
        "colon": ": ",
        "join": "; ",
        "read": "read {at}",
        "quote": "“{text}”",
        "raw": "raw {raw}",
        "unknown": "not known ({why})",
    },
    "zh": {
        "score": "得分{score:.2f}",
        "rank": "第{rank}名（共{of}名）",
        "brings": "为指数贡献{points:+.2f}",
        "range": "全部城市{least}至{greatest}",
        "none": "未作处理",
        "log1p": "取 ln(1 + x)：{treated:.2f}",
        "log1p of less than 0": "取 -ln(1 + |x|)：{treated:.2f}",
        "winsorised": "缩尾处理：{treated:,.2f}",
        "log": "取对数：{treated:.2f}",
        "boxcox": "Box-Cox 变换：{treated:.2f}",
        "not passed": "各种处理均无效：{treated:,.2f}",
        "imputed": "未读到，按规则补足：{treated:,.2f}",
        "missing": "无数据",
        "absent": "无账号，计为0",
        "given": "直接给出得分",
        "by rule": "其下无任何数据，按方法规则计",
        "colon": "：",
        "join": "；",
        "read": "读取于{at}",
        "quote": "“{text}”",
        "raw": "原始应答 {raw}",
        "unknown": "未知（{why}）",
        "live": "直播",
    },
}


def told_lines(tree: Mapping[str, Any], lang: Lang, level: int = 0) -> Iterator[str]:
    """The tree of `explained`, one line a node and one a post, indented."""
    words, indent = _WORDS[lang], "  " * level
    said = words["join"].join([*_facts(tree, lang), *_notes(tree, lang)])
    yield f"{indent}{tree['name'][lang] or tree['code']}{words['colon']}{said}"
    for child in tree["children"]:
        yield from told_lines(child, lang, level + 1)
    for post in tree.get("posts", ()):
        yield f"{indent}  {_post(post, lang)}"


def _number(value: float, lang: Lang) -> str:
    """With all its digits: whoever doubts a score computes with it."""
    for step, word in ((1e8, "亿"), (1e4, "万")) if lang == "zh" else ():
        if abs(value) >= step * (10 if word == "万" else 1):
            return f"{value / step:.8f}".rstrip("0").rstrip(".") + word
    return f"{value:,.2f}".rstrip("0").rstrip(".") if value % 1 else f"{value:,.0f}"


def _facts(node: Mapping[str, Any], lang: Lang) -> Iterator[str]:
    words = _WORDS[lang]
    if node["state"] != "scored":
        yield words[node["state"]]
    elif node["measure"] is not None:
        yield from _of_leaf(node, lang)
    if node["score"] is not None:
        yield words["score"].format(score=node["score"])
        if node["state"] == "scored" and node["measure"] is None and not node["coverage"]:
            yield words["by rule"]
    if node["rank"] is not None:
        yield words["rank"].format(rank=node["rank"], of=node["of"])
    if node["contribution"] is not None and node["depth"]:
        yield words["brings"].format(points=node["contribution"])


def _of_leaf(node: Mapping[str, Any], lang: Lang) -> Iterator[str]:
    """The value, its treatment, and between which values of the panel it lies."""
    words, value, treated = _WORDS[lang], node["value"], node["treated"]
    if value is not None:
        yield _number(value, lang)
    how = "imputed" if node["imputed"] else node["treatment"]
    if how == "log1p" and treated is not None and treated < 0:
        how = "log1p of less than 0"
    if treated is not None and how in words:
        yield words[how].format(treated=treated)
    if node["least"] is not None:
        least, greatest = (_number(node[key], lang) for key in ("least", "greatest"))
        yield words["range"].format(least=least, greatest=greatest)


def _notes(node: Mapping[str, Any], lang: Lang) -> list[str]:
    notes = [_with_names(note, node, lang) for note in node["notes"]]
    return [chinese_line(note) if lang == "zh" else note for note in notes]


def _with_names(note: str, node: Mapping[str, Any], lang: Lang) -> str:
    """What a node is left out without, by the names of its parts."""
    names = {child["code"]: child["name"][lang] for child in node["children"]}
    said, joint, codes = note.partition(", without ")
    return said + joint + ", ".join(names.get(code) or code for code in codes.split(", "))


def _word(code: str, lang: Lang) -> str:
    """A kind of post, or why a count lacks."""
    return (_WORDS[lang].get(code) or chinese_cell(code)) if lang == "zh" else code


def _post(post: Mapping[str, Any], lang: Lang) -> str:
    """Its day, kind, count, first words, address and answer, without what is not known."""
    words = _WORDS[lang]
    text = " ".join((post["text"] or "").split())
    cut = text if len(text) <= _TEXT else f"{text[:_TEXT]}…"
    why = ", ".join(_word(one, lang) for one in sorted(set(post["missing"].values()))) or "—"
    counted = post["counted"]
    said = [
        post["published_at"][:10],
        _word(post["type"] or "", lang),
        words["unknown"].format(why=why) if counted is None else _number(counted, lang),
        words["quote"].format(text=cut) if cut else "",
        post["url"] or post["post"],
        words["raw"].format(raw=" ".join(one[:_HASH] for one in post["raw"])),
    ]
    return "  ".join(filter(None, said))
