"""Months made by hand for reports: cities, their measures, their ranks before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from model.account import Account
from model.measures import COUNTERS, AccountMonth, AccountSums, Followers, MeasureRow
from model.period import Period
from portal.month import MonthIndex, index_under
from scoring import load_method
from scoring.cities.assemble import MonthInputs
from scoring.cities.measures import measure_rows
from scoring.publish.top import RanksByNode

MAY = Period.month("2025-05")
CITIES = (
    *("beijing", "nanjing", "chengdu", "ningbo", "hangzhou", "chongqing", "xiamen", "shanghai"),
    *("xian", "qingdao", "luoyang", "rizhao"),
)
PLATFORMS = ("facebook", "x", "instagram", "youtube", "tiktok")


def account_month(city: str, platform: Any, posts: int, likes: int, views: int) -> AccountMonth:
    """An account whose posts have so many likes and views in all."""
    totals = dict.fromkeys(COUNTERS, 0) | {"likes": likes, "views": views}
    video = platform in ("youtube", "tiktok")
    sums = AccountSums(
        posts=posts,
        totals=totals,
        shown=dict.fromkeys(COUNTERS, posts),
        videos=posts if video else 0,
        videos_shown=posts if video else 0,
        video_views=views if video else 0,
        at_cutoff=posts,
        types={"video" if video else "photo": posts},
    )
    account = Account(platform=platform, id=f"1{CITIES.index(city)}", handle=city, city=city)
    followers = Followers(1000, 1000 + likes // 10, MAY.start, MAY.end)
    return AccountMonth(account, sums, followers, 1.0)


def rows_of(cities: Sequence[str] = CITIES) -> list[MeasureRow]:
    """A row for every city on every platform; the first cities have more of everything."""
    months = [
        account_month(city, platform, 10 + at, 50_000 // (at + 1), 900_000 // (at + 1))
        for at, city in enumerate(cities)
        for platform in PLATFORMS
    ]
    return measure_rows(MAY, months)


def index_of_rows(
    rows: Sequence[MeasureRow],
    previous: RanksByNode | None = None,
    method: str = "giu",
    *,
    ordered: bool = True,
    names: Mapping[str, tuple[str, str]] | None = None,
) -> MonthIndex:
    """The month's index; `names` replace those of the registry."""
    loaded = replace(load_method(method), ordered=ordered)
    index = index_under(loaded, MAY, MonthInputs(rows), previous)
    return replace(index, names={**index.names, **(names or {})})
