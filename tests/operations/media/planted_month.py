"""A month of GDELT's files for 100 cities with planted truth, made without the product's code.

Planted: articles abroad in both streams, reprints within a week under another outlet's tail, home
media by list, ending and graph, namesakes of another province, names without a province, villages
and provinces, mentions in passing, divisions of the four municipalities, articles about two cities,
beers and dishes, one address twice, broken rows, batches that are missing.
"""

from __future__ import annotations

import csv
import gzip
import json
import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.media.made import block, row, zipped
from tests.shared import ROOT

START = datetime(2026, 9, 30, 16, tzinfo=UTC)
"""October 2026 in Shanghai."""
DAYS = 31
_QUARTER = timedelta(minutes=15)
_MUNICIPALITIES = ("beijing", "shanghai", "tianjin", "chongqing")
_LANGUAGES = ("", "", "fra", "jpn", "spa", "ara", "rus")
_KINDS = {
    "plain": 50,
    "reprint": 14,
    "home": 6,
    "namesake": 6,
    "ambiguous": 4,
    "village": 5,
    "passing": 5,
    "division": 2,
    "two": 4,
    "doubled": 3,
    "dish": 1,
}
_ABROAD = {"": "US", "gazette-1.example": "UK", "gazette-2.example": "FR", "gazette-3.example": ""}
_HOME = ("xinhuanet.com", "paper-of-home.cn", "quiet-home.example")


@dataclass
class PlantedTruth:
    """What must be counted, by city."""

    articles: Counter[str] = field(default_factory=Counter)
    countries: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    languages: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    outlets: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    mainstream: Counter[str] = field(default_factory=Counter)
    positive: Counter[str] = field(default_factory=Counter)
    reprinted: Counter[str] = field(default_factory=Counter)
    reprinted_mainstream: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def leaves(self, city: str) -> dict[str, float | None]:
        """As the product's indicators are named."""
        articles = self.articles[city]
        return {
            "media_articles": articles,
            "media_countries": len(self.countries[city]),
            "media_languages": len(self.languages[city]),
            "media_outlets": len(self.outlets[city]),
            "mainstream_articles": self.mainstream[city],
            "positive_articles": self.positive[city],
            "positive_share": self.positive[city] / articles if articles else None,
            "positive_reprinted": self.reprinted[city],
            "positive_reprinted_mainstream": self.reprinted_mainstream[city],
        }


@dataclass
class PlantedMonth:
    """Files by their path below the host, and the truth of those that are there."""

    files: dict[str, bytes]
    truth: PlantedTruth
    cities: list[str]
    rows: int
    missing: int
    broken: int


class _Planting:
    def __init__(self, seed: int, rows: int, days: int) -> None:
        self.rng = random.Random(seed)
        self.goal = rows
        self.truth = PlantedTruth()
        self.batches: dict[tuple[datetime, bool], list[bytes]] = defaultdict(list)
        self.countries: dict[str, str] = {}
        with (ROOT / "sandbox" / "gdelt" / "cities.csv").open(encoding="utf-8") as file:
            self.cities = list(csv.DictReader(file))[:100]
        with (ROOT / "media" / "rules" / "outlets.csv").open(encoding="utf-8") as file:
            listed = [one for one in csv.DictReader(file) if one["state"] == "0"]
        self.listed = {one["domain"]: one for one in listed if one["domain"].count(".") == 1}
        self.number = 0
        quarters = [START + n * _QUARTER for n in range(days * 96)]
        self.missing = {(at, bool(self.rng.randrange(2))) for at in self.rng.sample(quarters, 12)}
        self.quarters = quarters

    def plant(self) -> None:
        planted = 0
        while planted < self.goal:
            kind = self.rng.choices(list(_KINDS), list(_KINDS.values()))[0]
            planted += self._story(kind)

    def _story(self, kind: str) -> int:
        """One story in all its copies; gives the rows."""
        rng, city = self.rng, self.rng.choice(self.cities)
        language, at = rng.choice(_LANGUAGES), rng.choice(self.quarters[: -96 * 7])
        title = f"Report {self.number} tells how {city['name']} met matter {rng.randrange(10**6)}"
        copies = rng.randrange(2, 6) if kind == "reprint" else 1
        positive_seen, rows = False, 0
        for copy in range(copies):
            outlet = rng.choice(_HOME) if kind == "home" else self._outlet()
            own = f"{title} - {outlet.split('.')[0].title()}" if copy else title
            tone = rng.choice((-3.5, 0.0, 1.0, 1.001, 4.25))
            there, more = self._article(kind, city, outlet, at, language, own, tone)
            at += rng.randrange(1, 90) * _QUARTER
            rows += more
            if there and tone > 1:
                listed = outlet in self.listed and self.listed[outlet]["mainstream"] == "1"
                self.truth.reprinted[city["city"]] += positive_seen
                self.truth.reprinted_mainstream[city["city"]] += positive_seen and listed
                positive_seen = True
        return rows

    def _outlet(self) -> str:
        if self.rng.random() < 0.6:
            return self.rng.choice(sorted(self.listed))
        return self.rng.choice([name for name in _ABROAD if name])

    def _article(
        self,
        kind: str,
        city: dict[str, str],
        outlet: str,
        at: datetime,
        language: str,
        title: str,
        tone: float,
    ) -> tuple[bool, int]:
        """Whether it is in a file that is there and counts for its city, and its rows."""
        self.number += 1
        number, name, adm1 = self.number, city["name"], city["adm1"]
        there = (at, bool(language)) not in self.missing
        url = f"https://{outlet}/{number}"
        if kind == "dish":
            city = next(one for one in self.cities if one["city"] == "beijing")
            name, adm1, title = "Beijing", "CH22", f"Peking duck is eaten in {number} houses"
        places = self._places(kind, name, adm1, city)
        told: dict[str, Any] = {"outlet": outlet, "tone": f"{tone},1,1,1,1,1,9"}
        told |= {"language": language, "title": title}
        self._add(at, language, row(number, at, url, places, **told))
        if not there:
            return False, 1
        verdict = {"home": "home media", "dish": "neighbour"}.get(kind, kind)
        if kind in ("home", "namesake", "ambiguous", "dish"):
            self.truth.verdicts[city["city"], verdict] += 1
            return False, 1
        if kind == "village":
            return False, 1
        self._count(city["city"], outlet, language, tone)
        if kind == "two":
            other = self._other(city)
            self._count(other["city"], outlet, language, tone)
        if kind == "doubled":
            again = f"http://www.{outlet}:80/{number}/?utm_source=feed"
            self._add(at, language, row(number + 10**7, at, again, places, **told))
            self.truth.verdicts[city["city"], "same address"] += 1
            return True, 2
        return True, 1

    def _other(self, city: dict[str, str]) -> dict[str, str]:
        place = self.cities.index(city)
        return self.cities[(place + 1) % len(self.cities)]

    def _places(self, kind: str, name: str, adm1: str, city: dict[str, str]) -> list[str]:
        if kind == "namesake":
            return [block(name, "CH99"), block(name, "CH99", 700)]
        if kind == "ambiguous":
            return [block(name, "CH00")]
        if kind == "village":
            return [block("Maoyan", adm1), block("China", "CH00", kind="1")]
        if kind == "passing":
            return [block(name, adm1, 2_000)]
        if kind == "division" and city["city"] in _MUNICIPALITIES:
            return [block(name, adm1, kind="5")]
        if kind == "two":
            other = self._other(city)
            return [block(name, adm1), block(other["name"], other["adm1"], 90)]
        return [block(name, adm1), block(name, "CH99", 3_000)]

    def _count(self, city: str, outlet: str, language: str, tone: float) -> None:
        truth, listed = self.truth, self.listed.get(outlet)
        truth.articles[city] += 1
        truth.outlets[city].add(outlet)
        truth.languages[city].add(language or "eng")
        country = listed["country"] if listed else _ABROAD[outlet]
        truth.countries[city] |= {country} - {""}
        truth.mainstream[city] += listed is not None and listed["mainstream"] == "1"
        truth.positive[city] += tone > 1

    def _add(self, at: datetime, language: str, line: bytes) -> None:
        self.batches[at, bool(language)].append(line)


def plant_month(
    seed: int, rows: int, broken: int = 40, days: int = DAYS, filler: int = 45
) -> PlantedMonth:
    """About so many rows; each batch of the days is there but for twelve. `filler`: rows of every
    batch that name no Chinese place."""
    planting = _Planting(seed, rows, days)
    planting.plant()
    spare = [key for key in planting.batches if key not in planting.missing]
    for _ in range(broken):
        planting.batches[planting.rng.choice(spare)].append(b"a\trow\tof\tfour")
    files = {}
    for at in planting.quarters:
        for translated in (False, True):
            if (at, translated) not in planting.missing:
                stream = ".translation" if translated else ""
                other = row(0, at, "https://a.example/x", [block("Lyon", "FRB9", country="FR")])
                lines = [*planting.batches[at, translated], *[other] * filler]
                files[f"gdeltv2/{at:%Y%m%d%H%M%S}{stream}.gkg.csv.zip"] = zipped(lines)
    for day in range(-1, days):
        at = START.replace(hour=0) + timedelta(days=day + 1)
        files[f"gdeltv3/ggg/{at:%Y%m%d}.ggg.v1.english.json.gz"] = _graph()
    total = sum(len(lines) for lines in planting.batches.values())
    cities = [one["city"] for one in planting.cities]
    return PlantedMonth(files, planting.truth, cities, total, len(planting.missing), broken)


def _graph() -> bytes:
    known = {**_ABROAD, "quiet-home.example": "CH"}
    lines = [
        json.dumps({"URL": f"https://{name}/any", "DomainCountryCode": country})
        for name, country in known.items()
        if name and country
    ]
    return gzip.compress("\n".join(lines).encode(), 1)
