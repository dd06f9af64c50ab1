"""Counts a month from the rows that were collected, and keeps the counts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from media.counting import Geography, articles, beside, leaves
from media.files import ARTICLE_FAMILIES, Family
from media.gkg import GkgRow, NamedPlace
from media.listed import ListedText, listed_beside
from media.outlets import HOME, load_outlets
from media.places import PlaceRules, folded_name, load_place_rules
from media.reprints import canonical
from model.count import MEDIA_LEAVES
from model.period import Period
from operations.media.collecting import media_files, span_of
from operations.media.interest import INTEREST_LEAF, MonthInterest, interest_of
from operations.media.month import MediaMonth, article_rows
from operations.media.post_tones import MonthTone, tone_of_month
from operations.runtime import Runtime
from operations.settings import Settings
from portal.counted import ARTICLE_LEAVES, POST_LEAVES
from scoring import load_method
from store.database import Document, Store
from store.media.collections import ensure_media
from store.media.counts import amend_counts, put_counts, stored_counts
from store.media.files import DONE, file_states
from store.media.rows import listed_texts, stored_articles, stored_countries

_OF_POSTS = ("positive_posts", "positive_post_share", "mean_post_tone")
_REGIONS = frozenset({"HK", "MC", "TW"})


def stored_month(runtime: Runtime, period: Period) -> MediaMonth:
    """A month's articles as they are known now. Files that were not read to their end are missing,
    whatever rows of them were taken."""
    ensure_media(runtime.db)
    month = _empty(runtime.settings, period)
    _note_files(runtime, month)
    geography = _geography(runtime.db, period)
    rows = _rows(runtime.db, period, month.rules)
    month.lines = articles(rows, month.rules, month.outlets, geography)
    if runtime.settings.media.article_list:
        month.listed = _listed(runtime.db, month)
    return month


def _listed(db: Store, month: MediaMonth) -> dict[str, dict[str, int]]:
    """What lists of articles say beside, by city."""
    counted = {
        city: {canonical(line.url) for line in own if line.counts}
        for city, own in month.by_city.items()
    }
    rows = (
        ListedText(one["url"], one["domain"], one["at"], f"{one['title']}\n{one['description']}")
        for one in listed_texts(db, month.period.start, month.period.end)
    )
    return listed_beside(rows, month.rules, month.outlets, counted)


def _empty(settings: Settings, period: Period) -> MediaMonth:
    home = HOME if settings.media.overseas_regions else HOME | _REGIONS
    outlets = load_outlets(home=home)
    return MediaMonth(period, load_place_rules(), outlets, settings.media.every)


def _note_files(runtime: Runtime, month: MediaMonth) -> None:
    known = file_states(runtime.db, *span_of(month.period))
    for file in media_files(runtime.settings, month.period):
        state: Document = known.get(file.id, {})
        if file.family is Family.GGG:
            read, of = month.days or (0, 0)
            month.days = read + (state.get("state") == DONE), of + 1
        if file.family is Family.GAL:
            month.lists += state.get("state") == DONE
        if file.family not in ARTICLE_FAMILIES:
            continue
        month.expected += 1
        month.seen += state.get("state") == DONE
        if "rows" in state:
            month.rows.rows += state["rows"]
            month.rows.broken += state["broken"]
        if state.get("outcome") and state["state"] != DONE:
            month.faults.append(f"{file.id}: {state['outcome']}: {state['detail']}".rstrip(": "))


def _geography(db: Store, period: Period) -> Geography:
    found = Geography()
    for part in stored_countries(db, period.start, period.end):
        day = f"{part['at']:%Y-%m-%d}"
        for domain, countries in part["hosts"]:
            found.by_host.setdefault((day, domain), set()).update(countries)
        for address, countries in part["urls"]:
            found.by_url.setdefault(address, set()).update(countries)
    return found


def _rows(db: Store, period: Period, rules: PlaceRules) -> Iterator[GkgRow]:
    """Articles that have a listed name among their places; other places are left out."""
    for stored in stored_articles(db, period.start, period.end):
        places = tuple(
            NamedPlace(*place)
            for place in stored["places"]
            if folded_name(place[1].split(",")[0]) in rules.by_name
        )
        if places:
            yield GkgRow(
                id=stored["record"],
                at=stored["at"],
                outlet=stored["outlet"],
                url=stored["url"],
                places=places,
                tone=stored["tone"],
                language=stored["language"],
                title=stored["title"],
                sha256=stored["_id"],
            )


def asks_for_media(method: str) -> bool:
    """Whether a method has a leaf that stands on what is counted here."""
    counted = {*ARTICLE_LEAVES, *POST_LEAVES}
    return any(leaf.measure in counted for leaf in load_method(method).leaves)


def count_media(runtime: Runtime, period: Period) -> MediaMonth | None:
    """Counts a month's articles anew, unless no file was read since, and its posts; keeps both.
    A count whose files are known no more stays.

    The articles of the month, or None where no file of it was read.
    """
    ensure_media(runtime.db)
    before = stored_counts(runtime.db, period.name) or {}
    month, tone = _empty(runtime.settings, period), tone_of_month(runtime, period)
    interest = interest_of(runtime, period)
    _note_files(runtime, month)
    kept: dict[str, Any] = before.get("articles") or {}
    if kept and (not month.seen or kept["source"] == month.source):
        counts = joined(kept, tone, interest)
        amend_counts(runtime.db, period.name, runtime.clock.now(), counts)
        return month if month.seen else None
    if month.seen:
        month = stored_month(runtime, period)
    lines = ({**line, "period": period.name} for line in _lines(month))
    counts = joined(_articles(month) if month.seen else {}, tone, interest)
    put_counts(runtime.db, period.name, runtime.clock.now(), counts, lines)
    return month if month.seen else None


def joined(counted: dict[str, Any], tone: MonthTone, interest: MonthInterest) -> dict[str, Any]:
    """What is kept of a month: each city's values by code, and by code where they come from."""
    cities = {city: dict(values) for city, values in counted.get("cities", {}).items()}
    sources = dict.fromkeys(MEDIA_LEAVES, counted["source"]) if counted else {}
    for city, own in tone.cities.items():
        cities.setdefault(city, {}).update(own.leaves())
    for city, views in interest.views.items():
        cities.setdefault(city, {})[INTEREST_LEAF] = views
    sources |= dict.fromkeys(_OF_POSTS, tone.source)
    sources[INTEREST_LEAF] = interest.source
    return {
        "articles": counted,
        "cities": cities,
        "sources": sources,
        "posts": {"classifier": tone.classifier, "lacking": tone.lacking, "beside": tone.beside()},
    }


def _articles(month: MediaMonth) -> dict[str, Any]:
    return {
        "source": month.source,
        "expected": month.expected,
        "seen": month.seen,
        "rules": month.rules.id,
        "outlets": month.outlets.id,
        "cities": {city: leaves(own) for city, own in month.by_city.items()},
        "beside": {
            city: {**beside(own), **month.listed.get(city, {})}
            for city, own in month.by_city.items()
        },
    }


def _lines(month: MediaMonth) -> Iterator[dict[str, Any]]:
    for city, own in month.by_city.items():
        for line in article_rows(own):
            yield {"city": city, **line}
