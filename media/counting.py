"""A month's rows to what media abroad wrote about each city, article by article. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from media.gkg import GkgRow
from media.outlets import CONFLICTING, UNKNOWN, Origin, OutletList
from media.places import CityMatch, Match, PlaceRules
from media.reprints import canonical, story_numbers

POSITIVE = 1.0
"""GDELT's tone over which an article is positive; see `docs/media.md` on what hangs on it."""
BESIDE = (0.0, 2.0)
"""Thresholds whose counts are printed beside."""
COUNTED = "counted"


@dataclass(slots=True)
class Geography:
    """Countries of outlets as GDELT's geographic graph gave them, FIPS 10-4."""

    by_url: dict[str, set[str]] = field(default_factory=dict)
    """By canonical address."""
    by_host: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    """By day (YYYY-MM-DD, UTC) and registrable domain."""

    def add(self, day: str, url: str, domain: str, country: str) -> None:
        """One row of the graph; rows without a country tell nothing."""
        if country:
            self.by_url.setdefault(canonical(url), set()).add(country)
            self.by_host.setdefault((day, domain), set()).add(country)


@dataclass(frozen=True, slots=True)
class CountedArticle:
    """One article that names a city: whether it counts, and why."""

    city: str
    url: str
    at: datetime
    title: str | None
    language: str
    tone: float | None
    match: CityMatch
    origin: Origin
    verdict: str
    """`counted`, or the rule by which it does not."""
    sha256: str
    """Of the raw row."""
    story: int = -1
    """Articles of a city with one number print one story."""
    first: bool = True

    @property
    def counts(self) -> bool:
        """Whether it is among the city's articles."""
        return self.verdict == COUNTED

    def positive(self, over: float = POSITIVE) -> bool:
        """An article without a tone is not positive, and `unscored` counts it."""
        return self.tone is not None and self.tone > over


def articles(
    rows: Iterable[GkgRow], rules: PlaceRules, outlets: OutletList, geography: Geography
) -> list[CountedArticle]:
    """One line for each city that an article names, oldest article first.

    Of several rows with one canonical address the first counts, the others are `same address`.
    """
    seen: set[tuple[str, str]] = set()
    found = []
    for row in sorted(rows, key=lambda row: (row.at, row.id)):
        address = canonical(row.url)
        origin = _origin(row, address, outlets, geography)
        for match in rules.matches(row.places, row.title):
            verdict = _verdict(match, origin, salience=rules.salience)
            if verdict == COUNTED and (match.city, address) in seen:
                verdict = "same address"
            elif verdict == COUNTED:
                seen.add((match.city, address))
            found.append(_line(row, match, origin, verdict))
    return _with_stories(found)


def _origin(row: GkgRow, address: str, outlets: OutletList, geography: Geography) -> Origin:
    host = row.outlet or address.partition("/")[0]
    day = f"{row.at:%Y-%m-%d}"
    domain = outlets.origin(host, row.at, (), ()).domain
    return outlets.origin(
        host,
        row.at,
        geography.by_url.get(address, ()),
        geography.by_host.get((day, domain), ()),
    )


def _verdict(match: CityMatch, origin: Origin, *, salience: bool) -> str:
    if match.match is Match.PASSING:
        if salience:
            return "passing mention"
    elif match.match is not Match.CITY:
        return str(match.match.value)
    return "home media" if origin.home else COUNTED


def _line(row: GkgRow, match: CityMatch, origin: Origin, verdict: str) -> CountedArticle:
    return CountedArticle(
        match.city,
        row.url,
        row.at,
        row.title,
        row.language,
        row.tone,
        match,
        origin,
        verdict,
        row.sha256,
    )


def _with_stories(found: Sequence[CountedArticle]) -> list[CountedArticle]:
    """Numbers the stories of each city's counted articles; the oldest of each is the first."""
    of_city: dict[str, list[int]] = defaultdict(list)
    for at, line in enumerate(found):
        if line.counts:
            of_city[line.city].append(at)
    result = list(found)
    for places in of_city.values():
        numbers = story_numbers(
            [(found[at].title, found[at].language, found[at].at) for at in places]
        )
        for within, (at, story) in enumerate(zip(places, numbers, strict=True)):
            result[at] = replace(found[at], story=places[story], first=story == within)
    return result


def leaves(lines: Iterable[CountedArticle]) -> dict[str, float | None]:
    """The indicators of one city's lines, by their codes in `comm-power-100`.

    `positive_share` is of the articles with a tone, and None without any.
    """
    own = [line for line in lines if line.counts]
    scored = [line for line in own if line.tone is not None]
    positive = [line for line in own if line.positive()]
    reprints = _reprints(positive)
    countries = {line.origin.country for line in own} - {UNKNOWN, CONFLICTING}
    return {
        "media_articles": len(own),
        "media_countries": len(countries),
        "media_languages": len({line.language for line in own}),
        "media_outlets": len({line.origin.domain for line in own}),
        "mainstream_articles": sum(line.origin.mainstream for line in own),
        "positive_articles": len(positive),
        "positive_share": len(positive) / len(scored) if scored else None,
        "positive_reprinted": len(reprints),
        "positive_reprinted_mainstream": sum(line.origin.mainstream for line in reprints),
    }


def reprinted(lines: Iterable[CountedArticle]) -> set[int]:
    """Places, among a city's lines, of its positive reprints."""
    own = [(at, line) for at, line in enumerate(lines) if line.counts and line.positive()]
    again = {id(line) for line in _reprints([line for _, line in own])}
    return {at for at, line in own if id(line) in again}


def _reprints(positive: Sequence[CountedArticle]) -> list[CountedArticle]:
    """Positive articles but the oldest positive one of each story."""
    seen: set[int] = set()
    again = []
    for line in positive:
        if line.story in seen:
            again.append(line)
        seen.add(line.story)
    return again


def beside(lines: Sequence[CountedArticle]) -> dict[str, int]:
    """What is printed beside a city's indicators: other thresholds, stories, what did not count."""
    own = [line for line in lines if line.counts]
    why: Mapping[str, int] = Counter(line.verdict for line in lines if not line.counts)
    return {
        "stories": len({line.story for line in own}),
        "without_phrases": sum(not line.match.phrase for line in own),
        "salient": sum(line.match.match is Match.CITY for line in own),
        "unscored": sum(line.tone is None for line in own),
        "country_unknown": sum(line.origin.country == UNKNOWN for line in own),
        "country_conflicting": sum(line.origin.country == CONFLICTING for line in own),
        **{f"positive_over_{over:g}": sum(a.positive(over) for a in own) for over in BESIDE},
        **{f"not_counted_{verdict.replace(' ', '_')}": n for verdict, n in sorted(why.items())},
    }
