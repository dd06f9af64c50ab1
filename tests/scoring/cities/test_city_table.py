"""From measure rows to the core index: silence, absence, failure, several accounts, top rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

import scoring
from model.measures import MeasureRow
from model.period import Period
from model.platforms import PLATFORMS
from scoring.cities.assemble import MonthInputs, build_table
from scoring.cities.city_table import city_measures
from scoring.engine.table import Table
from scoring.method.weights import effective_weights
from scoring.publish.top import Beside, interaction, missing_cities, ranks_by_node, scopes, top_rows
from tests.scoring.support import MAY, measure_row

CITIES = ["aa", "bb", "cc", "dd"]
NAMES = {"aa": ("甲", "Aa"), "bb": ("乙", "Bb"), "cc": ("丙", "Cc"), "dd": ("丁", "Dd")}


JUNE = Period.month("2025-06")


def giu_table(rows: Sequence[MeasureRow], cities: Sequence[str], **inputs: Any) -> Table:
    """The table of the method giu."""
    return build_table(scoring.load_method("giu"), MAY, MonthInputs(rows, **inputs), cities)


def compared(before: scoring.Result) -> Beside:
    """Beside the ranks of another result."""
    return Beside(previous=ranks_by_node(before))


def active(city: str, platform: str, size: int, account: str = "") -> MeasureRow:
    """An account with `size` of everything, two posts and one video."""
    return measure_row(
        city,
        platform,
        account,
        posts=2 * size,
        likes=10 * size,
        comments=3 * size,
        shares=2 * size,
        interactions=15 * size,
        interaction_rate=7.5,
        videos=size,
        views=100 * size,
        view_rate=100.0,
        followers_end=1000 * size,
        follower_gain=size,
    )


def month() -> list[MeasureRow]:
    """aa leads everywhere, bb follows, cc is on Facebook alone, dd is silent everywhere."""
    rows = [active(city, p, size) for p in PLATFORMS for city, size in (("aa", 9), ("bb", 4))]
    rows += [active("cc", "facebook", 20)]
    return rows + [measure_row("dd", platform) for platform in PLATFORMS]


def computed(rows: list[MeasureRow] | None = None, **inputs: Any) -> scoring.Result:
    table = giu_table(rows or month(), CITIES, **inputs)
    return scoring.compute(scoring.load_method("giu").for_period(MAY), table)


def test_the_defaults_are_the_stated_ones() -> None:
    model = scoring.load_method("giu")
    weights = {child.code: child.weight for child in model.children("index")}
    assert weights == {"facebook": 0.35, "x": 0.3, "instagram": 0.15, "youtube": 0.2, "tiktok": 0}
    for platform in weights:
        inner, outer = (0.3, 0.5) if platform in ("youtube", "tiktok") else (0.5, 0.3)
        own = {child.code: child.weight for child in model.children(platform)}
        assert list(own.values()) == pytest.approx([0.8 * 0.2, 0.8 * inner, 0.8 * outer, 0.2])
        leaf = model.node(f"{platform}_shares")
        assert (leaf.measure, leaf.treat.kind) == (f"{platform}:shares", "log1p")
    share = effective_weights(model)
    assert share["facebook_shares"] == pytest.approx(0.35 * 0.4 * 0.5 * 0.4)
    assert share["tiktok_views"] == 0


def test_absent_silent_and_failed() -> None:
    rows = [row for row in month() if (row.city, row.platform) != ("bb", "x")]
    rows.append(replace(active("bb", "x", 4), collected=False))
    result = computed(rows)
    assert result.score("cc", "youtube") == 0.0
    assert result.rank("cc", "youtube") is None
    assert result.score("dd", "youtube") == 0.0
    assert result.rank("dd", "youtube") == 3
    assert result.score("bb", "x") is None
    assert result.coverage["index"].tolist() == pytest.approx([1.0, 0.7, 1.0, 1.0])
    assert result.exclusions == ()


def test_two_failed_platforms_leave_a_city_out() -> None:
    rows = [
        replace(row, collected=not (row.city == "bb" and row.platform in ("x", "facebook")))
        for row in month()
    ]
    result = computed(rows)
    assert result.rank("bb") is None
    (left_out,) = missing_cities(result, NAMES)
    assert left_out["lacking"] == ["facebook", "x"]
    assert (left_out["name_zh"], left_out["reason"]) == ("乙", "availability")
    assert (left_out["present"], left_out["of"]) == (2, 4)


def test_several_accounts_sum_and_their_rates_come_from_the_sums() -> None:
    two = [(10, 100, 1, 50.0, 50), (30, 20, 3, 10.0, 30)]
    rows = [
        measure_row("aa", "x", f"x:{n}", posts=p, interactions=i, videos=v, view_rate=r, views=w)
        for n, (p, i, v, r, w) in enumerate(two)
    ]
    hidden = dict.fromkeys(("likes", "interactions"))
    rows.append(measure_row("aa", "x", "x:9", posts=5, videos=2, **hidden))
    own = city_measures(rows, ["aa"])["aa", "x"]
    wanted = {"posts": 45, "interactions": 120, "views": 80, "followers": 300, "likes": 0}
    assert {name: own[name] for name in wanted} == wanted
    assert own["interaction_rate"] == pytest.approx(120 / 45)
    assert own["view_rate"] == pytest.approx((50 + 30) / 4)


def test_one_failed_account_makes_the_city_missing_there() -> None:
    rows = [active("aa", "x", 3, "x:1"), replace(active("aa", "x", 3, "x:2"), collected=False)]
    table = giu_table(rows, ["aa"])
    assert {table.value("aa", f"x:{m}") for m in ("posts", "followers")} == {None}
    assert "x" not in table.absent


def test_unknown_followers_of_one_account_leave_the_sum_unknown() -> None:
    rows = [active("aa", "x", 3, "x:1"), replace(active("aa", "x", 3, "x:2"), follower_gain=None)]
    table = giu_table(rows, ["aa"])
    assert table.value("aa", "x:follower_gain") is None
    assert table.value("aa", "x:followers") == 6000


def test_a_counter_that_the_platform_hides_is_missing_for_the_silent_too() -> None:
    hidden = {"views": None, "view_rate": None}
    rows = [replace(active("aa", "facebook", 3), **hidden), measure_row("bb", "facebook")]
    result = computed(rows)
    assert result.table.value("bb", "facebook:views") is None
    assert result.table.value("bb", "facebook:view_rate") is None
    assert result.table.value("bb", "facebook:likes") == 0
    noted = {note.code for note in result.notes if note.kind == "no_data"}
    assert {"facebook_views", "facebook_view_rate", "facebook_rating"} <= noted


@pytest.mark.parametrize(("platform", "views"), [("facebook", 0.0), ("x", None)])
def test_no_videos_means_no_views_where_only_videos_have_views(
    platform: str, views: float | None
) -> None:
    bare = measure_row("bb", platform, posts=4, views=None)
    table = giu_table([active("aa", platform, 3), bare], ["aa", "bb"])
    assert table.value("bb", f"{platform}:views") == views


def test_ratings_make_a_fifth() -> None:
    without, with_ = computed(), computed(ratings={("aa", "facebook"): 3.0})
    assert with_.score("aa", "facebook_qualitative") == 60.0
    plain = without.score("aa", "facebook")
    assert plain is not None
    assert with_.score("aa", "facebook") == pytest.approx(0.8 * plain + 0.2 * 60)
    assert with_.score("bb", "facebook") == without.score("bb", "facebook")


def test_rows_are_checked() -> None:
    rows = [active("zz", "x", 1), active("aa", "orkut", 1)]
    with pytest.raises(scoring.TableError) as caught:
        giu_table([*rows, active("aa", "x", 1), active("aa", "x", 1)], CITIES)
    messages = [str(problem) for problem in caught.value.problems]
    assert messages == [
        "row 1: unit 'zz': column 'city': unknown city",
        "row 2: unit 'aa': column 'platform': unknown platform 'orkut'",
        "row 4: unit 'aa': column 'account': account 'x:aa' comes twice",
    ]


def test_top_rows_are_as_promised() -> None:
    result = computed()
    platforms = [child.code for child in scoring.load_method("giu").children("index")]
    assert scopes(result) == ("composite", *platforms)
    first, second = top_rows(
        result, MAY, n=2, beside=Beside(NAMES, ranks_by_node(result), {"aa": (1, 2)})
    )
    assert list(first) == [
        "period",
        "method",
        "scope",
        "rank",
        "previous_rank",
        "change",
        "rank_low",
        "rank_high",
        "city",
        "name_zh",
        "name_en",
        "index",
        "parts",
        "coverage",
    ]
    assert (first["city"], first["name_zh"], first["rank"], first["change"]) == ("aa", "甲", 1, 0)
    assert (first["rank_low"], first["rank_high"]) == (1, 2)
    assert second["rank_low"] is None
    assert list(first["parts"]) == platforms
    assert first["index"] == result.score("aa")
    assert first["coverage"] == pytest.approx(1.0)


def test_a_platform_lists_who_is_there() -> None:
    rows = top_rows(computed(), MAY, "facebook", beside=Beside(NAMES))
    assert [row["city"] for row in rows] == ["cc", "aa", "bb", "dd"]
    assert set(rows[0]["parts"]) == {"generate", "interact", "utilize", "qualitative"}
    assert rows[0]["parts"]["qualitative"] is None
    rows = top_rows(computed(), MAY, "tiktok")
    assert [row["city"] for row in rows] == ["aa", "bb", "dd"]
    assert rows[0]["name_en"] == "aa"


@pytest.mark.slow
def test_places_won_and_lost() -> None:
    before = computed()
    rows = [row for row in month() if row.city != "aa"] + [measure_row("aa", "facebook")]
    got = {r["city"]: r for r in top_rows(computed(rows), JUNE, beside=compared(before))}
    assert (got["bb"]["previous_rank"], got["bb"]["change"]) == (2, 1)
    assert got["aa"]["change"] < 0
    gone = computed()
    alone = scoring.compute(gone.method, gone.table.only(["bb"]))
    assert top_rows(computed(), JUNE, beside=compared(alone))[0]["previous_rank"] is None


def test_ties_are_listed_by_interaction_then_by_name() -> None:
    rows = [measure_row(city, "x", posts=1) for city in CITIES]
    result = computed(rows)
    got = top_rows(result, MAY, "x", beside=Beside({"aa": ("甲", "Zz"), "bb": ("乙", "Bb")}))
    assert [row["city"] for row in got] == ["bb", "cc", "dd", "aa"]
    assert {row["rank"] for row in got} == {1}
    assert interaction(result, "x").tolist() == [50.0] * 4
    assert interaction(result, "index").tolist() == [0.3 * 50] * 4


def test_unordered_sets_give_no_order_away() -> None:
    rows = top_rows(computed(), MAY, n=3, unordered=True, beside=Beside(NAMES))
    assert [row["city"] for row in rows] == sorted(row["city"] for row in rows)
    assert {row["rank"] for row in rows} == {row["index"] for row in rows} == {None}
    assert all(row["parts"] == {} for row in rows)


def test_unknown_scopes() -> None:
    with pytest.raises(scoring.UnknownName, match="composite, facebook"):
        top_rows(computed(), MAY, "orkut")


def test_tiktok_can_be_switched_in() -> None:
    model = scoring.load_method("giu")
    table = giu_table(month(), CITIES)
    with_tiktok = scoring.compute(model.for_period(MAY, "with-tiktok"), table)
    without = scoring.compute(model, table)
    assert with_tiktok.score("cc") != without.score("cc")
    assert with_tiktok.score("cc", "tiktok") == without.score("cc", "tiktok")


def test_the_audience_preset_is_computed_from_its_figures() -> None:
    model = scoring.load_method("giu").preset("audience", Period.month("2024-10"))
    weights = {child.code: child.weight for child in model.children("index")}
    assert sum(weights.values()) == pytest.approx(1)
    ratio = (3.07 * 19.72 * 14 / (0.59 * 5.47 * 18)) ** 0.5
    assert weights["facebook"] / weights["x"] == pytest.approx(ratio)
    assert weights["tiktok"] == 0
