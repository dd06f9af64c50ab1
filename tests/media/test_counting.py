"""Cities, outlets, reprints, and the month's counts against what was planted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from media.counting import Geography, articles, beside, leaves
from media.errors import RulesError
from media.gkg import GkgRow, NamedPlace, RowCounts, chinese_rows
from media.outlets import CONFLICTING, UNKNOWN, load_outlets, registrable
from media.places import Match, load_place_rules
from media.reprints import canonical, story_numbers
from registry.cities import load_cities
from tests.media.made import CITIES, planted

RULES, OUTLETS = load_place_rules(), load_outlets()
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def place(
    name: str, adm1: str, kind: str = "4", country: str = "CH", offset: int = 900
) -> NamedPlace:
    return NamedPlace(kind, f"{name}, X, China", country, adm1, offset)


def test_the_rules_are_those_of_known_cities() -> None:
    assert len(RULES.cities) == 106
    assert set(RULES.cities) <= set(load_cities())


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([place("Suzhou", "CH04")], {"suzhou-jiangsu": Match.PASSING}),
        ([place("Suzhou", "CH04", offset=499)], {"suzhou-jiangsu": Match.CITY}),
        ([place("Suzhou", "CH04", offset=n) for n in (900, 950)], {"suzhou-jiangsu": Match.CITY}),
        ([place("Suzhou", "CH01")], {"suzhou-jiangsu": Match.NAMESAKE}),
        ([place("Suzhou", "CH00")], {"suzhou-jiangsu": Match.AMBIGUOUS}),
        ([place("Suzhou", "CH01"), place("Suzhou", "CH04")], {"suzhou-jiangsu": Match.PASSING}),
        ([place("Jilin", "CH05", kind="5")], {}),
        ([place("Beijing", "CH22", kind="5")], {"beijing": Match.PASSING}),
        ([place("Canton", "USOH", kind="3", country="US")], {}),
        ([place("Gwangju", "KS18", country="KS")], {}),
        (
            [place("Xian", "CH26")],
            {"xian": Match.PASSING},
        ),
        ([place("Hunan", "CH04")], {}),
    ],
)
def test_type_province_and_salience_decide(
    found: list[NamedPlace], expected: dict[str, Match]
) -> None:
    assert {one.city: one.match for one in RULES.matches(found, None)} == expected


def test_neighbours_and_phrases_of_a_title() -> None:
    duck = [place("Beijing", "CH22")]
    assert RULES.matches(duck, "A Peking duck in London")[0].match is Match.NEIGHBOUR
    assert RULES.matches(duck, "Peking duck comes to Beijing")[0].match is Match.PASSING
    assert RULES.matches(duck, "Dinner in London")[0].match is Match.PASSING
    [found] = RULES.matches([place("Wuhan", "CH12")], "The Wuhan lab again")
    assert (found.match, found.phrase, found.why) == (Match.PASSING, True, "Wuhan lab")


def test_faulty_rules_are_refused_with_their_place(tmp_path: Path) -> None:
    path = tmp_path / "places.toml"
    head = 'version = "1"\nsalience = false\ndivision_cities = []\n'
    path.write_text(head + '[[city]]\nid = "a"\nnames = ["A"]\nadm1 = "GD"\n', "utf-8")
    with pytest.raises(RulesError, match=r"city 1 \(a\).*CH04"):
        load_place_rules(path)
    path.write_text(head, "utf-8")
    with pytest.raises(RulesError, match="'city' is missing"):
        load_place_rules(path)
    csv = tmp_path / "outlets.csv"
    head = "domain,name,country,kind,state,mainstream,basis,added,retired,reviewed\n"
    csv.write_text(head + "a.b,A,UK,blog,0,0,,2026-01-01,,\n")
    with pytest.raises(RulesError, match=r"line 2.*agency"):
        load_outlets(csv)
    csv.write_text(head + "a.b,A,UK,paper,0,0,,2026-01-01,,perhaps\n")
    with pytest.raises(RulesError, match=r"line 2: reviewed: 'perhaps' is no day"):
        load_outlets(csv)
    rows = "a.b,A,UK,paper,0,0,,2026-01-01,,2026-11-29\nc.d,C,UK,paper,0,0,,2026-01-01,,\n"
    csv.write_text(head + rows)
    assert load_outlets(csv).id.endswith(", 1 reviewed")


def test_countries_by_the_order_of_trust() -> None:
    def country(
        url: tuple[str, ...] = (), host: tuple[str, ...] = (), name: str = "www.bbc.co.uk"
    ) -> str:
        return OUTLETS.origin(name, NOON, url, host).country

    assert registrable("news.bbc.co.uk") == "bbc.co.uk"
    assert (country(), country(("US",)), country((), ("FR",)), country(("US",), ("FR",))) == (
        "UK",
        "US",
        "FR",
        "US",
    )
    assert country(("US", "UK")) == CONFLICTING
    assert country(name="some.example") == UNKNOWN
    assert OUTLETS.origin("en.people.cn", NOON, (), ()).home
    assert OUTLETS.origin("chinadailyglobal.com", NOON, ("US",), ()).home, "state media, wherever"
    before = OUTLETS.origin("bbc.com", datetime(2014, 1, 1, tzinfo=UTC), (), ())
    assert not before.mainstream, "the list is dated"


def test_addresses_have_one_form() -> None:
    forms = (
        "http://www.a.com:80/x/?utm_source=b",
        "https://a.com/x",
        "https://amp.a.com/x/amp",
        "https://a.com/x#top",
    )
    assert {canonical(url) for url in forms} == {"a.com/x"}
    assert canonical("https://a.com/x?id=1") != canonical("https://a.com/x?id=2")


@pytest.mark.parametrize(
    ("one", "two", "alike"),
    [
        (
            "Giant panda returns to Chengdu zoo",
            "Giant panda returns to Chengdu zoo | BBC News",
            True,
        ),
        (
            "Giant panda ' s cub returns to Chengdu zoo",
            "Giant panda's cub returns to Chengdu zoo",
            True,
        ),
        (
            "Officials confirm 4th case in the city of Wuhan",
            "Officials confirm 5th case in the city of Wuhan",
            False,
        ),
        ("Closings", "Closings", False),
        ("深圳市举行国际马拉松比赛", "深圳市举行国际马拉松比赛", True),
        ("Two tourists visit the old town today", "Minister visits the new bridge today", False),
    ],
)
def test_reprints(one: str, two: str, alike: bool) -> None:
    late = NOON + timedelta(days=6)
    numbers = story_numbers([(one, "eng", NOON), (two, "eng", late)])
    assert (numbers[0] == numbers[1]) is alike
    assert story_numbers([(one, "eng", NOON), (two, "eng", NOON + timedelta(days=8))]) == [0, 1]
    assert story_numbers([(one, "eng", NOON), (two, "fra", NOON)]) == [0, 1]


def read(rows: list[bytes]) -> list[GkgRow]:
    return [found for found, _ in chinese_rows(rows, RowCounts())]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_counts_are_what_was_planted(seed: int) -> None:
    rows, truth = planted(seed, 400)
    lines = articles(read(rows), RULES, OUTLETS, Geography())
    for city in CITIES:
        own = [line for line in lines if line.city == city]
        found = leaves(own)
        assert found["media_articles"] == truth.articles[city]
        assert found["media_countries"] == len(truth.countries[city])
        assert found["media_languages"] == len(truth.languages[city])
        assert found["mainstream_articles"] == truth.mainstream[city]
        assert found["positive_articles"] == truth.positive[city]
        assert found["positive_reprinted"] == truth.reprinted[city]
        for verdict in ("home media", "namesake", "ambiguous", "same address"):
            assert sum(line.verdict == verdict for line in own) == truth.verdicts[city, verdict]
        printed = beside(own)
        assert printed["positive_over_0"] >= truth.positive[city] >= printed["positive_over_2"]


def test_a_city_without_articles_has_no_share_and_zero_counts() -> None:
    assert leaves([])["positive_share"] is None
    assert leaves([])["media_articles"] == 0
