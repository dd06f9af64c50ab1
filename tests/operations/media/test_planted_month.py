"""The counts of a month with planted truth are the truth, by way of the store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import httpx
import pytest

from media.counting import CountedArticle, Geography, articles, leaves
from media.errors import FileAbsent
from media.files import Family, file_of
from media.gkg import GkgRow
from media.outlets import load_outlets
from media.places import load_place_rules
from media.reading import read_file
from model.period import Period
from operations.media import collecting
from operations.media.collecting import collect_media
from operations.media.stored import count_media
from operations.running.clock import set_file_clock
from operations.runtime import Runtime
from store.database import Store
from store.media.counts import stored_counts
from tests.operations.media.collected import media_runtime
from tests.operations.media.planted_month import PlantedMonth, plant_month
from tests.store.mongod import Mongod

OCTOBER = Period.month("2026-10", "Asia/Shanghai")
AFTER = datetime(2026, 11, 3, 16, tzinfo=UTC)


@pytest.mark.slow
def test_nine_days_for_100_cities() -> None:
    """The rules alone, on a small share of the rows; the store's part has tests of its own."""
    month, geography = plant_month(3, 2_500, days=9, filler=1), Geography()
    rows: list[GkgRow] = []
    rules, broken = load_place_rules(), 0
    for path, data in month.files.items():
        name = Path(path).name
        day = ".ggg." in name
        kind = Family.GGG if day else Family.GKG
        file = file_of(f"{kind.value}:{name[:8]}T{'000000' if day else name[8:14]}")
        content = read_file(file, [data], rules.named_in)
        broken += content.counts.broken
        rows += [row for row, _ in content.rows]
        for domain, countries in content.hosts.items():
            geography.by_host.setdefault((f"{file.at:%Y-%m-%d}", domain), set()).update(countries)
    lines: dict[str, list[CountedArticle]] = defaultdict(list)
    for line in articles(rows, rules, load_outlets(), geography):
        lines[line.city].append(line)
    assert broken == month.broken
    assert sum(month.truth.articles.values()) > 1_500
    assert {city: leaves(lines[city]) for city in month.cities} == {
        city: month.truth.leaves(city) for city in month.cities
    }


def served(month: PlantedMonth, monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of the network."""

    def downloaded(client: httpx.Client, url: str) -> Iterator[bytes]:
        data = month.files.get(url.removeprefix("http://planted.example/gdelt/"))
        if data is None:
            raise FileAbsent("status 404")
        for at in range(0, len(data), 100_000):
            yield data[at : at + 100_000]

    monkeypatch.setattr(collecting, "downloaded", downloaded)


def compare(runtime: Runtime, month: PlantedMonth, every: int = 1) -> None:
    """Every leaf of every city, and every rule by which something did not count."""
    set_file_clock(runtime.settings.data_dir / "clock", AFTER)
    found = collect_media(runtime, [OCTOBER], Event())
    assert found.outcomes["missing"] == month.missing
    assert set(found.outcomes) <= {"ok", "ok_nothing", "missing"}
    counted = count_media(runtime, OCTOBER)
    assert counted is not None
    assert counted.expected - counted.seen == month.missing
    assert counted.rows.broken == month.broken
    counts = stored_counts(runtime.db, OCTOBER.name)
    assert counts is not None
    truth = month.truth
    assert {city: counts["articles"]["cities"][city] for city in month.cities} == {
        city: truth.leaves(city) for city in month.cities
    }
    for city in month.cities:
        beside = counts["articles"]["beside"][city]
        for verdict in ("home media", "namesake", "ambiguous", "neighbour", "same address"):
            key = f"not_counted_{verdict.replace(' ', '_')}"
            assert beside.get(key, 0) == truth.verdicts[city, verdict], (city, verdict)


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2])
def test_a_month_of_200_000_rows_for_100_cities(
    seed: int, mongod: Mongod, db: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    month = plant_month(seed, 200_000)
    assert len(month.cities) == 100
    assert sum(month.truth.articles.values()) > 100_000
    served(month, monkeypatch)
    with media_runtime(mongod, db, tmp_path, "http://planted.example") as runtime:
        compare(runtime, month)
