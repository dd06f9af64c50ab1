"""Which cities an article is about, by the rules file; what stays ambiguous is said. Pure."""

from __future__ import annotations

import hashlib
import re
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from media.errors import RulesError
from media.gkg import NamedPlace

PLACE_RULES = Path(__file__).with_name("rules") / "places.toml"
_CITY, _DIVISION, _CHINA = "4", "5", "CH"
_ADM1 = re.compile(r"CH\d\d")
_WITHOUT_PROVINCE = frozenset({"", "CH", "CH00"})
_NEAR_THE_START = 500
"""Characters: a mention so early makes an article one about the city."""
_MENTIONS = 2
_FIELDS = {"id", "names", "zh", "adm1", "not_with", "phrases", "same_province"}


class Match(StrEnum):
    """What a city's name in an article turned out to be."""

    CITY = "city"
    AMBIGUOUS = "ambiguous"
    """The name, without a province."""
    NAMESAKE = "namesake"
    """The name with another province or country."""
    NEIGHBOUR = "neighbour"
    """Only within a phrase that is not about the city, such as a beer's name."""
    PASSING = "passing"
    """The city, but neither twice nor early; counts unless the rules ask for salience."""


@dataclass(frozen=True, slots=True)
class CityRule:
    """How one city is recognised."""

    id: str
    names: tuple[str, ...]
    """Folded."""
    adm1: str
    not_with: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    same_province: bool = False
    zh: str = ""
    spelling: str = ""
    """The usual one of `names`, as it is written."""


@dataclass(frozen=True, slots=True)
class CityMatch:
    """One city's name in one article."""

    city: str
    match: Match
    mentions: int
    why: str
    """For people: the place as GDELT has it, or the phrase."""
    phrase: bool = False
    """The title names the city in a phrase of the rules only."""


@dataclass(frozen=True)
class PlaceRules:
    """All cities' rules of one version."""

    version: str
    sha256: str
    salience: bool
    divisions: frozenset[str]
    """Ids of the cities that are provinces of their own."""
    cities: Mapping[str, CityRule]

    @property
    def id(self) -> str:
        """Version and hash, as results name it."""
        return f"places {self.version} {self.sha256[:12]}"

    @cached_property
    def by_name(self) -> dict[str, tuple[CityRule, ...]]:
        """The cities that a folded name may mean."""
        found: dict[str, list[CityRule]] = defaultdict(list)
        for rule in self.cities.values():
            for name in rule.names:
                found[name].append(rule)
        return {name: tuple(rules) for name, rules in found.items()}

    @cached_property
    def _in_texts(self) -> re.Pattern[str]:
        """Any city's name: Latin ones as words, Chinese ones anywhere. Names of under four letters
        are too short to stand for a city without a place beside them."""
        latin = {name for rule in self.cities.values() for name in rule.names if len(name) > 3}
        zh = {re.escape(rule.zh) for rule in self.cities.values() if rule.zh}
        return re.compile("|".join([*(f" {name} " for name in sorted(latin)), *sorted(zh)]))

    def named_in(self, text: str) -> bool:
        """Whether a text in its own language names any listed city, whichever of that name."""
        return bool(self._in_texts.search(text) or self._in_texts.search(_words(text)))

    def cities_named_in(self, text: str) -> set[str]:
        """Ids of the listed cities whose names stand in a text and can mean no other of them."""
        words = _words(text)
        latin = [found.strip() for found in _overlapping(self._in_texts, words)]
        by_zh = {rule.zh: rule.id for rule in self.cities.values() if rule.zh}
        rules = [self.by_name.get(name, ()) for name in latin]
        names = {found[0].id for found in rules if len(found) == 1}
        return names | {by_zh[zh] for zh in self._in_texts.findall(text) if zh in by_zh}

    def matches(self, places: Collection[NamedPlace], title: str | None) -> list[CityMatch]:
        """Every listed city whose name stands among the places, with what it turned out to be."""
        named: dict[str, list[tuple[NamedPlace, Match]]] = defaultdict(list)
        for place in places:
            for rule in self.by_name.get(folded_name(place.name.split(",")[0]), ()):
                if (match := self._match(rule, place)) is not None:
                    named[rule.id].append((place, match))
        return [self._verdict(self.cities[city], found, title) for city, found in named.items()]

    def _match(self, rule: CityRule, place: NamedPlace) -> Match | None:
        """None for a province or a country of the same name: those are other things."""
        division = place.kind == _DIVISION and rule.id in self.divisions
        if place.kind != _CITY and not division:
            return None
        if place.country != _CHINA:
            return Match.NAMESAKE
        if place.adm1 == rule.adm1:
            return Match.CITY
        return Match.AMBIGUOUS if place.adm1 in _WITHOUT_PROVINCE else Match.NAMESAKE

    def _verdict(
        self, rule: CityRule, found: Sequence[tuple[NamedPlace, Match]], title: str | None
    ) -> CityMatch:
        for wanted in (Match.CITY, Match.AMBIGUOUS, Match.NAMESAKE):
            places = [place for place, match in found if match is wanted]
            if places:
                break
        mentions = len({place.offset for place in places if place.offset is not None}) or 1
        if wanted is not Match.CITY:
            return CityMatch(rule.id, wanted, mentions, places[0].name)
        if phrase := only_within(title, rule.names, rule.not_with):
            return CityMatch(rule.id, Match.NEIGHBOUR, mentions, phrase)
        early = any(p.offset is not None and p.offset < _NEAR_THE_START for p in places)
        verdict = Match.CITY if mentions >= _MENTIONS or early else Match.PASSING
        phrase = only_within(title, rule.names, rule.phrases)
        return CityMatch(rule.id, verdict, mentions, phrase or places[0].name, bool(phrase))


def _overlapping(pattern: re.Pattern[str], words: str) -> Iterator[str]:
    """All matches; those that stand side by side share the blank between them."""
    at = 0
    while found := pattern.search(words, at):
        yield found[0]
        at = found.end() - 1 if found[0].endswith(" ") else found.end()


def folded_name(name: str) -> str:
    """Letters and digits alone, without case and accents: `Xi'an` and `Xian` are one."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    return "".join(sign for sign in plain if sign.isalnum())


def only_within(title: str | None, names: Collection[str], phrases: Sequence[str]) -> str:
    """The phrase that holds every mention of a city in a title; empty if one stands alone, or if
    the title does not name the city at all."""
    if not title or not phrases:
        return ""
    left, first = _words(title), ""
    for phrase in phrases:
        words = _words(phrase)
        if words in left:
            first, left = first or phrase, left.replace(words, " ")
    alone = any(f" {name} " in left for name in names)
    return "" if alone else first


def _words(text: str) -> str:
    """Folded words, each between blanks; apostrophes join."""
    joined = text.replace("'", "").replace("’", "")
    return " " + " ".join(folded_name(word) for word in re.findall(r"\w+", joined)) + " "


def load_place_rules(path: Path = PLACE_RULES) -> PlaceRules:
    """Raises RulesError naming the file and what is wrong with it."""
    try:
        data = path.read_bytes()
        value = tomllib.loads(data.decode("utf-8-sig"))
    except (OSError, ValueError) as error:
        raise RulesError(f"{path}: cannot be read: {error}") from None
    try:
        return PlaceRules(
            version=value["version"],
            sha256=hashlib.sha256(data).hexdigest(),
            salience=bool(value["salience"]),
            divisions=frozenset(value["division_cities"]),
            cities=_cities(value["city"], path),
        )
    except KeyError as error:
        raise RulesError(f"{path}: {error} is missing") from None


def _cities(tables: Sequence[Mapping[str, Any]], path: Path) -> dict[str, CityRule]:
    cities: dict[str, CityRule] = {}
    places: dict[tuple[str, str], str] = {}
    for number, table in enumerate(tables, 1):
        where = f"{path}: city {number} ({table.get('id', 'without id')})"
        if unknown := table.keys() - _FIELDS:
            raise RulesError(f"{where}: unknown field {', '.join(sorted(unknown))}")
        rule = CityRule(
            table["id"],
            tuple(dict.fromkeys(folded_name(name) for name in table["names"])),
            table["adm1"],
            tuple(table.get("not_with", ())),
            tuple(table.get("phrases", ())),
            bool(table.get("same_province", False)),
            table.get("zh", ""),
            table["names"][0] if table["names"] else "",
        )
        if rule.id in cities or not _ADM1.fullmatch(rule.adm1) or not all(rule.names):
            raise RulesError(f"{where}: expected a new id, names, and adm1 such as CH04")
        for name in rule.names:
            other = places.setdefault((name, rule.adm1), rule.id)
            if other != rule.id:
                raise RulesError(f"{where}: {other} has name and province too")
        cities[rule.id] = rule
    return cities
