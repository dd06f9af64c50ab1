"""The cities that may be watched; `PROVENANCE.md` beside this file says where they come from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from pathlib import Path

from model.account import City
from registry.problem import Problem, near
from registry.table import TableRow, UnreadableTable, read_table

CITIES = Path(__file__).with_name("cities.csv")
_REQUIRED = (
    "city_id",
    "name_zh",
    "name_en",
    "province_zh",
    "province_en",
    "region",
    "size_class",
    "gb2260",
    "watch",
)
_OPTIONAL = (
    "name_zh_full",
    "admin_type",
    "admin_level",
    "is_provincial_capital",
    "is_sub_provincial",
    "parent_zh",
    "size_class_zh",
)


class CitiesError(ValueError):
    """The list of cities cannot be used; the text names file, line and field."""


def load_cities(path: Path = CITIES) -> dict[str, City]:
    """All cities by id, in the order of the file. Raises CitiesError."""
    cities: dict[str, City] = {}
    for row in _rows(path):
        city = _city(row)
        if not city.id or city.id in cities:
            expected = "an id that no other city has"
            problem = Problem(
                file=path.name, line=row.line, field="city_id", value=city.id, expected=expected
            )
            raise CitiesError(str(problem))
        cities[city.id] = city
    return cities


def city_names(cities: Mapping[str, City]) -> dict[str, tuple[str, ...]]:
    """Ids by id, Chinese name (with and without 市) and English name; several where cities share
    a name."""
    ids: dict[str, dict[str, None]] = defaultdict(dict)
    for city in cities.values():
        english = city.name_en, city.name_en.casefold(), city.name_en.upper()
        for name in (city.id, city.name_zh, f"{city.name_zh}市", *english):
            ids[name][city.id] = None
    return {name: tuple(found) for name, found in ids.items()}


def city_called(given: str, among: Collection[str] | None = None) -> str:
    """The id of the city, or of the one `among` others, that is called so: by id, Chinese name
    (with 市 or without) or English one, in any case.

    Raises LookupError: without a text where there is none, with the ids where there are several.
    """
    called, name = city_names(load_cities()), given.strip()
    found = called.get(name) or called.get(name.casefold()) or called.get(name.upper(), ())
    named = [city for city in found if among is None or city in among]
    if len(named) > 1:
        raise LookupError(f"{given!r} is several cities: expected one of {', '.join(named)}")
    if not named:
        raise LookupError
    return named[0]


def cities_like(given: str, among: Collection[str] | None = None) -> list[str]:
    """Ids of cities (`among` some, or all) with a name like this one, the likeliest first."""
    called = city_names(load_cities())
    names = [name for name, ids in called.items() if among is None or set(ids) & set(among)]
    found = [city for name in near(given.strip(), names) for city in called[name]]
    return [city for city in dict.fromkeys(found) if among is None or city in among]


def watched_cities(path: Path = CITIES) -> tuple[str, ...]:
    """Ids of the cities that are watched unless somebody chooses others. Raises CitiesError."""
    return tuple(row.cells["city_id"] for row in _rows(path) if row.cells["watch"])


def _rows(path: Path) -> tuple[TableRow, ...]:
    try:
        table = read_table(path, _REQUIRED, _OPTIONAL)
    except UnreadableTable as error:
        raise CitiesError(str(error)) from error
    if table.problems:
        raise CitiesError(str(table.problems[0]))
    return table.rows


def _city(row: TableRow) -> City:
    cells = row.cells
    return City(
        id=cells["city_id"],
        name_zh=cells["name_zh"],
        name_en=cells["name_en"],
        province_zh=cells["province_zh"],
        province_en=cells["province_en"],
        region=cells["region"],
        size_class=cells["size_class"],
        gb2260=cells["gb2260"],
    )
