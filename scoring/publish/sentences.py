"""What the analyses found, in sentences, Chinese and English."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from scoring.analysis.agreement import RankAgreement
from scoring.analysis.chances import PairChance
from scoring.analysis.influence import EqualisedWeights, Removal
from scoring.analysis.own_weights import OwnWeights
from scoring.analysis.panel_change import PanelReport
from scoring.analysis.robust import TOP
from scoring.analysis.screening import Screening
from scoring.method.tree import Method
from scoring.publish.wording import Lang

_SENTENCES: Mapping[Lang, Mapping[str, str]] = {
    "zh": {
        "top": "{name}在{share}的运算中位列前{top}。",
        "ahead": "{name}在{share}的运算中领先于{other}{level}。",
        "level": "（{share}并列）",
        "never": "{name}与{other}从未在同一次运算中同时有排名。",
        "removal": "去掉“{name}”后排名平均变动{shift}位{most}{top}。",
        "most": "，变动最大的是{name}（第{before}名→第{after}名）",
        "entered": "，{names}进入前{n}",
        "left": "，{names}退出前{n}",
        "panel": "{before}个城市变为{after}个；两次均有排名的{common}个城市"
        "平均变动{shift}位，肯德尔相关系数{tau}{most}{top}。",
        "weight": "“{name}”名义权重{stated}，实际作用{effective}；"
        "若权重为{weight}，实际作用为{reached}。",
        "own": "{name}在最有利的权重下得{score}：{parts}。",
        "part": "{name} {share}",
        "fine": "“{name}”：缺失{missing}，零值{zeros}。",
        "flagged": "“{name}”：缺失{missing}，零值{zeros}；{flags}。",
        "many missing": "缺失过多",
        "many zeros": "零值过多",
        "all equal": "各城市数值相同",
        "follows its denominator": "除以“{denominator}”后仍与其高度相关",
        "list": "、",
        "flag": "，",
        "none": "无",
    },
    "en": {
        "top": "{name} is among the first {top} in {share} of the runs.",
        "ahead": "{name} is ahead of {other} in {share} of the runs{level}.",
        "level": " (level in {share})",
        "never": "{name} and {other} never have a rank in the same run.",
        "removal": "Without “{name}” ranks move by {shift} places on average{most}{top}.",
        "most": "; {name} moves most (rank {before} to {after})",
        "entered": "; now among the first {n}: {names}",
        "left": "; no longer among the first {n}: {names}",
        "panel": "{before} cities become {after}; the {common} that have a rank in both move by "
        "{shift} places on average, Kendall's tau {tau}{most}{top}.",
        "weight": "“{name}” is stated at {stated} and has {effective}; with a weight of {weight} "
        "it has {reached}.",
        "own": "{name} has {score} under the weights that suit it best: {parts}.",
        "part": "{name} {share}",
        "fine": "“{name}”: {missing} missing, {zeros} zero.",
        "flagged": "“{name}”: {missing} missing, {zeros} zero; {flags}.",
        "many missing": "too many are missing",
        "many zeros": "too many are zero",
        "all equal": "all cities have the same value",
        "follows its denominator": "still follows “{denominator}” after division by it",
        "list": ", ",
        "flag": "; ",
        "none": "none",
    },
}


class Sentences:
    """Sentences in one language; `names` are cities' names by id, in that language."""

    def __init__(self, lang: Lang, method: Method, names: Mapping[str, str]) -> None:
        self._words, self._names = _SENTENCES[lang], names
        self._titles = distinct_titles(method, lang)

    def city(self, unit: str) -> str:
        """A city's name; its id where there is none."""
        return self._names.get(unit, unit)

    def node(self, code: str) -> str:
        """An indicator's title, with its platform's where several have the same."""
        return self._titles[code]

    def in_top(self, unit: str, share: float, top: int = TOP) -> str:
        """How often a city is among the first."""
        return self._words["top"].format(name=self.city(unit), share=percent(share), top=top)

    def pair(self, chance: PairChance) -> str:
        """How often a city is ahead of another."""
        named = {"name": self.city(chance.unit), "other": self.city(chance.other)}
        if not chance.runs:
            return self._words["never"].format(**named)
        level = self._words["level"].format(share=percent(chance.level)) if chance.level else ""
        return self._words["ahead"].format(**named, share=percent(chance.ahead), level=level)

    def removal(self, removal: Removal) -> str:
        """What the ranking is without an indicator."""
        return self._words["removal"].format(
            name=self.node(removal.code), **self._moved(removal.agreement)
        )

    def panel(self, report: PanelReport) -> str:
        """What another panel does to the ranks."""
        tau = report.agreement.tau
        return self._words["panel"].format(
            before=len(report.before.units),
            after=len(report.after.units),
            common=report.agreement.common,
            tau=self._words["none"] if tau is None else f"{tau:.3f}",
            **self._moved(report.agreement),
        )

    def weights(self, found: EqualisedWeights) -> Iterator[str]:
        """One sentence for each of the root's children that has an effective share."""
        for code, effective in found.effective.items():
            reached = found.reached[code]
            if effective is None or reached is None:
                continue
            yield self._words["weight"].format(
                name=self.node(code),
                stated=percent(found.stated[code]),
                effective=percent(effective),
                weight=percent(found.weights[code]),
                reached=percent(reached),
            )

    def own(self, own: OwnWeights) -> str:
        """The weights that suit a city best; indicators that have no part are left out."""
        parts = sorted(own.shares.items(), key=lambda part: -part[1])
        shown = (
            self._words["part"].format(name=self.node(code), share=percent(share))
            for code, share in parts
            if share > 0.0005
        )
        joined = self._words["list"].join(shown)
        return self._words["own"].format(
            name=self.city(own.unit), score=f"{own.score:.3f}", parts=joined
        )

    def screening(self, screened: Screening) -> str:
        """Whether an indicator's data can carry it."""
        flags = (
            self._words[flag].format(denominator=screened.denominator) for flag in screened.flags
        )
        return self._words["flagged" if screened.flags else "fine"].format(
            name=self.node(screened.code),
            missing=percent(screened.missing),
            zeros=self._words["none"] if screened.zeros is None else percent(screened.zeros),
            flags=self._words["flag"].join(flags),
        )

    def _moved(self, found: RankAgreement) -> dict[str, str]:
        shift = "0" if found.mean_shift is None else f"{found.mean_shift:.1f}"
        return {"shift": shift, "most": self._most(found), "top": self._top(found)}

    def _most(self, found: RankAgreement) -> str:
        if found.greatest is None or found.greatest[1] == found.greatest[2]:
            return ""
        unit, before, after = found.greatest
        return self._words["most"].format(name=self.city(unit), before=before, after=after)

    def _top(self, found: RankAgreement) -> str:
        changes: Sequence[tuple[str, tuple[str, ...]]] = (
            ("entered", found.entered),
            ("left", found.left),
        )
        return "".join(
            self._words[kind].format(
                names=self._words["list"].join(self.city(unit) for unit in units), n=TOP
            )
            for kind, units in changes
            if units
        )


def distinct_titles(method: Method, lang: Lang) -> dict[str, str]:
    """Titles by code: alone where no other indicator has the same, else after that of the branch it
    stands in (`Facebook: Followers`), else after all titles above it."""
    colon = "：" if lang == "zh" else ": "
    lines = {node.code: _titles_down_to(method, node.code, lang) for node in method.nodes}
    short = {code: line[-1] for code, line in lines.items()}
    longer = {code: colon.join(dict.fromkeys((line[0], line[-1]))) for code, line in lines.items()}
    alone, with_branch = Counter(short.values()), Counter(longer.values())
    found = {}
    for code, line in lines.items():
        found[code] = colon.join(line)
        if with_branch[longer[code]] == 1:
            found[code] = longer[code]
        if alone[short[code]] == 1:
            found[code] = short[code]
    return found


def _titles_down_to(method: Method, code: str, lang: Lang) -> list[str]:
    """From the branch below the root to an indicator; of the root, its own."""
    found, at = [], method.node(code)
    while at.parent is not None:
        found.append(at.name.in_language(lang))
        at = method.node(at.parent)
    return found[::-1] or [at.name.in_language(lang)]


def percent(share: float) -> str:
    """A share of 0 to 1 in whole percent; "<1 %" and ">99 %" where whole ones would say never or
    always of what is not so."""
    if 0 < share < 0.005:
        return "<1 %"
    return ">99 %" if 0.995 < share < 1 else f"{share * 100:.0f} %"
