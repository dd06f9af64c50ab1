from __future__ import annotations

from pathlib import Path

import pytest

from registry.cities import CITIES, CitiesError, load_cities, watched_cities

SIZES = {"megacity": 10, "super_large": 13, "large_I": 12, "large_II": 71}


def test_all_cities_are_there_once() -> None:
    cities = load_cities()
    assert len(cities) == 301
    assert all(key == city.id for key, city in cities.items())
    assert len({city.gb2260 for city in cities.values()}) == 301


def test_homonyms_carry_their_province() -> None:
    cities = load_cities()
    assert "suzhou" not in cities
    assert cities["suzhou-jiangsu"].name_zh == "苏州"
    assert cities["suzhou-anhui"].name_zh == "宿州"


def test_every_watched_city_is_a_city() -> None:
    watched = watched_cities()
    assert len(watched) == len(set(watched)) == 138
    assert set(watched) <= set(load_cities())


@pytest.mark.parametrize(("size_class", "number"), SIZES.items())
def test_size_classes_have_the_published_numbers(size_class: str, number: int) -> None:
    assert sum(city.size_class == size_class for city in load_cities().values()) == number


def test_regions_and_codes_are_well_formed() -> None:
    for city in load_cities().values():
        assert city.region in ("east", "central", "west")
        assert len(city.gb2260) == 6
        assert city.gb2260.isdigit()
        assert city.name_zh
        assert city.name_en


def test_no_byte_order_mark_and_unix_lines() -> None:
    data = CITIES.read_bytes()
    assert data.startswith(b"city_id,")
    assert b"\r" not in data


def test_a_city_listed_twice_is_named(tmp_path: Path) -> None:
    lines = CITIES.read_text("utf-8").splitlines()
    path = tmp_path / "cities.csv"
    path.write_text("\n".join([*lines, lines[1]]), "utf-8")
    with pytest.raises(CitiesError, match=r"cities\.csv:303: city_id: 'beijing': expected an id"):
        load_cities(path)


def test_a_missing_list_is_named(tmp_path: Path) -> None:
    with pytest.raises(CitiesError, match=r"none\.csv: expected a file that can be read"):
        load_cities(tmp_path / "none.csv")


def test_a_line_of_the_wrong_width_is_named(tmp_path: Path) -> None:
    path = tmp_path / "cities.csv"
    path.write_text(CITIES.read_text("utf-8").splitlines()[0] + "\nbeijing,北京\n", "utf-8")
    with pytest.raises(CitiesError, match=r"cities\.csv:2: '2 cells': expected 16 cells"):
        load_cities(path)
