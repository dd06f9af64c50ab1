"""What media write about a world's cities, quarter hour by quarter hour; always the same. Pure.

Outlets at home and abroad, several languages, reprints, namesakes, mentions without a province and
villages are among them, each marked with its kind.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from sandbox.world.model import World

QUARTER_HOUR = timedelta(minutes=15)
_BATCHES = 96
_CITIES = Path(__file__).with_name("cities.csv")
_OTHER_PROVINCE = "CH99"
_KINDS = ("plain", "reprint", "passing", "home", "namesake", "ambiguous", "village")
_WEIGHTS = (50, 26, 6, 8, 4, 3, 3)
_SUBJECTS = (
    "a new metro line",
    "its river front",
    "the spring trade fair",
    "a museum of silk",
    "an old city gate",
    "electric buses",
    "a half marathon",
    "its night markets",
    "a harbour extension",
    "the tea season",
)
_VERBS = ("opens", "draws visitors to", "argues over", "celebrates", "repairs", "shows", "closes")


@dataclass(frozen=True, slots=True)
class SandboxOutlet:
    """A medium of the sandbox."""

    domain: str
    country: str
    """FIPS 10-4."""
    language: str
    """ISO 639-2; `eng` writes in the English stream."""
    home: bool = False


_OUTLETS = (
    SandboxOutlet("reuters.com", "UK", "eng"),
    SandboxOutlet("apnews.com", "US", "eng"),
    SandboxOutlet("bbc.co.uk", "UK", "eng"),
    SandboxOutlet("straitstimes.com", "SN", "eng"),
    SandboxOutlet("bangkokpost.com", "TH", "eng"),
    SandboxOutlet("thehindu.com", "IN", "eng"),
    SandboxOutlet("harbour-gazette.example", "AS", "eng"),
    SandboxOutlet("valley-times.example", "US", "eng"),
    SandboxOutlet("north-star.example", "CA", "eng"),
    SandboxOutlet("lemonde.fr", "FR", "fra"),
    SandboxOutlet("elpais.com", "SP", "spa"),
    SandboxOutlet("folha.uol.com.br", "BR", "por"),
    SandboxOutlet("asahi.com", "JA", "jpn"),
    SandboxOutlet("spiegel.de", "GM", "deu"),
    SandboxOutlet("ria.ru", "RS", "rus"),
    SandboxOutlet("aljazeera.net", "QA", "ara"),
    SandboxOutlet("chosun.com", "KS", "kor"),
    SandboxOutlet("corriere.it", "IT", "ita"),
    SandboxOutlet("xinhuanet.com", "CH", "eng", home=True),
    SandboxOutlet("chinadaily.com.cn", "CH", "eng", home=True),
)
_ABROAD = tuple(outlet for outlet in _OUTLETS if not outlet.home)
_HOME = tuple(outlet for outlet in _OUTLETS if outlet.home)


@dataclass(frozen=True, slots=True)
class SandboxCity:
    """How GDELT writes a city."""

    id: str
    name: str
    adm1: str
    province: str
    lat: str
    lon: str


@dataclass(frozen=True, slots=True)
class WrittenArticle:
    """One article and what was planted with it."""

    city: SandboxCity
    kind: str
    outlet: SandboxOutlet
    at: datetime
    """Its quarter hour."""
    number: int
    url: str
    title: str
    tone: float
    adm1: str
    """Of the place that it names."""
    mentions: int


@cache
def sandbox_cities() -> dict[str, SandboxCity]:
    """By id."""
    with _CITIES.open(encoding="utf-8") as file:
        rows = [SandboxCity(*row.values()) for row in csv.DictReader(file)]
    return {row.id: row for row in rows}


def written_cities(world: World) -> list[SandboxCity]:
    """The cities of a world that media know, by id."""
    known = sandbox_cities()
    there = {one.city for accounts in world.accounts.values() for one in accounts.values()}
    return [known[city] for city in sorted(there) if city in known]


def batch_written(
    world: World, cities: Sequence[SandboxCity], at: datetime
) -> list[WrittenArticle]:
    """All articles of one quarter hour, in the order of their numbers."""
    found: list[WrittenArticle] = []
    for city in cities:
        fame, mood = _character(world.name, city.id)
        rng = random.Random(f"{world.name} {city.id} {at:%Y%m%d%H%M}")
        for _ in range(int(fame / _BATCHES + rng.random())):
            found.append(_article(rng, city, mood, at, len(found) + 1))
    return found


@cache
def _character(world: str, city: str) -> tuple[float, float]:
    """Articles a day, and the mean tone of what is written about a city."""
    rng = random.Random(f"{world} {city}")
    return 8 + 120 * rng.random() ** 2, rng.uniform(-1.0, 3.0)


def _article(
    rng: random.Random, city: SandboxCity, mood: float, at: datetime, number: int
) -> WrittenArticle:
    kind = rng.choices(_KINDS, _WEIGHTS)[0]
    outlet = rng.choice(_HOME if kind == "home" else _ABROAD)
    # Reprints are of the few stories that a city has on a day.
    story = rng.randrange(3) if kind == "reprint" else at.hour * 1000 + at.minute * 10 + number
    title = _title(city, f"{at:%Y%m%d}", kind == "reprint", story)
    return WrittenArticle(
        city=city,
        kind=kind,
        outlet=outlet,
        at=at,
        number=number,
        url=f"https://{outlet.domain}/{at:%Y/%m/%d/%H%M}/{city.id}-{number}",
        title=title,
        tone=round(rng.gauss(mood, 2.0), 3),
        adm1={"namesake": _OTHER_PROVINCE, "ambiguous": "CH00"}.get(kind, city.adm1),
        mentions=1 if kind == "passing" else 2,
    )


def _title(city: SandboxCity, day: str, shared: bool, story: int) -> str:
    rng = random.Random(f"{city.id} {day} {story} {shared}")
    subject, verb = rng.choice(_SUBJECTS), rng.choice(_VERBS)
    amount = rng.randrange(2, 900)
    return f"{city.name} {verb} {subject} as {amount} guests arrive for edition {story}"
