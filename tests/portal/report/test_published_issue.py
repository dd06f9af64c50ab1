"""The cases of the published issue of May 2025, made again from its printed numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from model.measures import MeasureRow
from model.platform import PlatformName
from portal.month import MonthIndex, index_under
from portal.report.cases import Case, CaseRule, CaseSources, cases_from
from portal.report.facts import ReportFacts, facts_of
from portal.report.sentences import word_case
from scoring import load_method
from scoring.cities.assemble import MonthInputs
from scoring.cities.city_table import city_measures
from scoring.publish.top import RanksByNode
from store.month.trace import CountedPost
from tests.portal.report.scenes import MAY, PLATFORMS, rows_of
from tests.shared import FOLDER

pytestmark = [pytest.mark.shared, pytest.mark.slow]

_NEAR, _FAR, _LAST = 1.02, 1.1, 10
"""Of neighbours' numbers within and beyond the first ten; how much deeper the composite's last."""
_SMALL = tuple(f"small{n}" for n in range(5))
"""Cities far below all that are named, so that min-max leaves these near each other."""
_IDS = {"Xi'an": "xian"}
_MOVED = {"x": {"rizhao": 25}, "instagram": {"luoyang": 30}}
"""Places before, where the issue says that a city enters: not printed, any beyond ten."""
_ROSE = {"youtube": {"changzhou": 9}, "tiktok": {"beijing": 4}}
"""Likewise of cities that rose: not printed, any within ten."""


@cache
def printed() -> dict[str, Any]:
    """The issue as data."""
    found: dict[str, Any] = json.loads((FOLDER / "seeds" / "giu_2025_05.json").read_text("utf-8"))
    return found


def city_id(english: str) -> str:
    """As the registry has it."""
    return _IDS.get(english, english.lower())


def listed(platform: str) -> list[str]:
    """Its first ten in order."""
    return [city_id(one["city_en"]) for one in printed()["platform_top10"][platform]]


COMPOSITE = "composite"


def composite() -> list[str]:
    """The composite's first ten in order."""
    return [city_id(one["city_en"]) for one in printed()["composite_top10"]]


def named(platform: str) -> dict[str, Any]:
    """The one entry with numbers of a platform."""
    return next(one for one in printed()["named_values"] if one["platform"] == platform)


def anchor(platform: str) -> tuple[str, dict[str, float]]:
    """The city whose numbers are printed, and these: rate times posts where a volume is rounded."""
    if platform == "facebook":  # no sum is printed; these are made up
        return "xiamen", {"posts": 40, "interactions": 120_000}
    one = named(platform)
    counted = one.get("implied_posts") or one.get("implied_videos")
    posts = counted["point"]
    found = {"posts": posts, "interactions": posts * one.get("interaction_rate", 4000)}
    if "video_views" in one:
        found |= {"views": one["video_views"]}
    if "followers_increment" in one:
        found |= {"follower_gain": one["followers_increment"]}
    return city_id(one["city_en"]), found


def places(platform: str) -> dict[str, float]:
    """Cities by how far they are from the first, in steps of `_NEAR`: the list's order, then the
    composite's other cities; none else has an account there."""
    first = listed(platform)
    others = [city for city in composite() if city not in first]
    steps = {city: float(at) for at, city in enumerate(first)}
    for at, city in enumerate(others, start=1):
        deep = at + (_LAST if city == composite()[-1] else 0)
        steps[city] = 10 + deep * 5
    return steps


def month_rows() -> list[MeasureRow]:
    """Printed numbers as they are; those that are not printed so that the printed order follows."""
    template = rows_of(["beijing"])[0]
    found = []
    for platform in PLATFORMS:
        city, numbers = anchor(platform)
        steps = places(platform)
        for one, step in steps.items():
            factor = _NEAR ** (steps[city] - step)
            found.append(row(template, one, platform, numbers, factor))
        found += [row(template, one, platform, numbers, 1e-4) for one in _SMALL]
    return found


def row(
    template: MeasureRow, city: str, platform: Any, numbers: Mapping[str, float], factor: float
) -> MeasureRow:
    """A city's row: as many posts as the printed city has, all else by the factor."""
    posts = int(numbers["posts"])
    interactions = round(numbers["interactions"] * factor)
    views = None if "views" not in numbers else round(numbers["views"] * factor)
    gain = None if "follower_gain" not in numbers else round(numbers["follower_gain"] * factor)
    return replace(
        template,
        city=city,
        platform=platform,
        account=f"{platform}:{city}",
        posts=posts,
        likes=interactions,
        comments=None,
        shares=None,
        interactions=interactions,
        interaction_rate=interactions / posts,
        videos=posts if views is not None else 0,
        views=views,
        view_rate=None if views is None else views / posts,
        followers_start=None,
        followers_end=round(1e6 * factor),
        follower_gain=gain,
        videos_shown=posts if views is not None else 0,
    )


def month_before(index: MonthIndex) -> RanksByNode:
    """The same places, but for those that the issue says moved."""
    found = {}
    for code in ("index", *PLATFORMS):
        ranks = {unit: index.result.rank(unit, code) for unit in index.result.units}
        found[code] = ranks | _MOVED.get(code, {}) | _ROSE.get(code, {})
    return found


def posts_of(city: str, platform: str) -> Sequence[CountedPost]:
    """Single posts that the issue names."""
    values: Sequence[int] = ()
    if (city, platform) == ("xiamen", "facebook"):
        values = [named("facebook")["likes_per_post_over"]]
    elif platform in ("youtube", "tiktok") and city == anchor(platform)[0]:
        values = named(platform)["single_video_views"]
    name = "likes" if platform == "facebook" else "views"
    return [post(city, platform, at, {name: value}) for at, value in enumerate(values)]


def post(city: str, platform: str, at: int, counts: dict[str, int]) -> CountedPost:
    """A post with these counts."""
    key = f"{platform}:{city}{at}"
    return CountedPost(key, MAY.start, None, None, None, counts, {}, None, (), ())


@cache
def issue() -> tuple[ReportFacts, dict[str, Case]]:
    """The month scored under the method, and its cases by scope."""
    method = load_method("giu")
    inputs = MonthInputs(month_rows())
    index = index_under(method, MAY, inputs)
    index = index_under(method, MAY, inputs, month_before(index))
    facts = facts_of(index, MAY.cutoff)
    sources = CaseSources(
        measures=city_measures(inputs.rows, inputs.cities),
        before={},
        posts=posts_of,
        picture=lambda _: (None, ""),
    )
    cases = cases_from(facts, sources, {COMPOSITE: "chengdu"})
    return facts, {case.scope: case for case in cases}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_lists_are_the_published_ones(platform: PlatformName) -> None:
    assert [row.city for row in issue()[0].scope(platform).top] == listed(platform)


def test_the_composite_is_the_published_one() -> None:
    assert [row.city for row in issue()[0].scope(COMPOSITE).top] == composite()


SENTENCES = {
    COMPOSITE: (
        CaseRule.CHOSEN,
        "成都在综合指数中位列第三，与上一监测周期持平。分平台看，脸书第四，X平台第八，照片墙第一，优兔第九。",
    ),
    "facebook": (
        CaseRule.BREAKOUT,
        "厦门在脸书位列第三，与上一监测周期持平。当月发布40条内容，互动量12万次，互动率3000次。"
        "单条内容最高互动量10000次（无公开地址）。粉丝增量未能取得，不以零代替。",
    ),
    "x": (
        CaseRule.ENTERED,
        "日照在X平台位列第十，比上一监测周期上升十五位，跻身前十。当月发布33条内容，互动量11088次，"
        "互动率336次。粉丝增量未能取得，不以零代替。",
    ),
    "instagram": (
        CaseRule.ENTERED,
        "洛阳在照片墙位列第五，比上一监测周期上升二十五位，跻身前十。当月发布120条内容，互动量35.78万次，"
        "互动率2982次。粉丝增量未能取得，不以零代替。",
    ),
    "youtube": (
        CaseRule.ROSE,
        "常州在优兔位列第二，比上一监测周期上升七位。当月发布4条内容，视频观看量80900次，观看率20225次。"
        "单条视频最高观看量19000次（无公开地址）。粉丝增量未能取得，不以零代替。",
    ),
    "tiktok": (
        CaseRule.ROSE,
        "北京在TikTok位列第一，比上一监测周期上升三位。当月发布5条内容，视频观看量64.35万次，"
        "观看率12.87万次，粉丝增量10万。单条视频最高观看量12.8万次（无公开地址），其次30000次（无公开地址）。",
    ),
}


@pytest.mark.parametrize("scope", SENTENCES)
def test_cases_say_the_facts_of_the_published_sentences(scope: str) -> None:
    rule, sentence = SENTENCES[scope]
    case = issue()[1][scope]
    assert (case.rule, word_case(case, "zh")) == (rule, sentence)
