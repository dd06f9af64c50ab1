"""Wikipedia interest: views of each city's articles in all editions but the Chinese ones."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

from media.errors import MediaError
from media.interest.page_views import page_views
from media.interest.titles import load_titles, titles_of_entity
from media.interest.trends import chained
from model.period import Period
from operations.errors import UsageError
from operations.media.collecting import media_client
from operations.running.clock import SystemClock
from operations.runtime import Runtime
from store.media.collections import ensure_media
from store.media.interest import keep_views, known_views

INTEREST_LEAF = "wikipedia_interest"
_SETTLED = timedelta(days=2)
"""After a month's end: until then, that the API has no data may only mean that it has none yet."""


@dataclass(slots=True)
class MonthInterest:
    """Views by city, and what they rest on."""

    month: str
    titles: str
    asked: int = 0
    answered: int = 0
    """Titles of which the number is known."""
    without_data: int = 0
    views: dict[str, int] = field(default_factory=dict)
    """Of cities all of whose titles were answered."""
    editions: dict[str, int] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """As it stands beside every value."""
        return (
            f"Wikipedia page views by people, {self.month} (UTC), {self.answered} of {self.asked} "
            f"articles, {self.without_data} without data; {self.titles}"
        )


def collect_interest(runtime: Runtime, period: Period, stop: Event) -> dict[str, str]:
    """Asks, one after the other, for what is not known of a month; gives what failed, by article.

    Raises UsageError for a month that is not over in UTC, and where page views are switched off.
    """
    now, month = runtime.clock.now(), period.name
    if f"{now:%Y-%m}" <= month:
        raise UsageError(f"--period {month}: page views are those of whole months; it is not over")
    if not runtime.settings.media.page_views:
        raise UsageError("page views are switched off: CITYREACH_MEDIA__PAGE_VIEWS is empty")
    ensure_media(runtime.db)
    known, failed = known_views(runtime.db, month), {}
    with media_client(runtime.settings) as client:
        for title in load_titles(now.date()).titles:
            if stop.is_set():
                break
            if (title.project, title.title) in known:
                continue
            try:
                found = page_views(client, runtime.settings.media.page_views, title, month)
            except MediaError as error:
                failed[f"{title.project}: {title.title}"] = f"{error}"
                continue
            if found.views is None and now < views_settled(month):
                failed[f"{title.project}: {title.title}"] = "no data yet"
                continue
            answer: dict[str, Any] = {
                "project": title.project,
                "title": title.title,
                "views": found.views,
                "url": found.url,
                "body": found.body,
            }
            keep_views(runtime.db, month, runtime.clock.now(), answer)
    return failed


def views_settled(month: str) -> datetime:
    """From when on a month's numbers, and that there are none, are final."""
    first = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    return (first + timedelta(days=32)).replace(day=1) + _SETTLED


def interest_of(runtime: Runtime, period: Period) -> MonthInterest:
    """What is known of a month. A city has no value while any of its articles was not answered."""
    titles, known = load_titles(runtime.clock.now().date()), known_views(runtime.db, period.name)
    found = MonthInterest(period.name, titles.id)
    of_city: dict[str, list[int | None]] = defaultdict(list)
    open_cities: set[str] = set()
    for title in titles.titles:
        found.asked += 1
        answer = known.get((title.project, title.title))
        if answer is None:
            open_cities.add(title.city)
            continue
        found.answered += 1
        found.without_data += answer["views"] is None
        of_city[title.city].append(answer["views"])
    for city, views in of_city.items():
        shown = [one for one in views if one is not None]
        if shown and city not in open_cities:
            found.views[city], found.editions[city] = sum(shown), len(shown)
    return found


def interest_rows(runtime: Runtime, period: Period) -> tuple[list[dict[str, Any]], str]:
    """One row a city with a value, and the source."""
    found = interest_of(runtime, period)
    rows = [
        {"city": city, "views": views, "editions": found.editions[city]}
        for city, views in sorted(found.views.items(), key=lambda item: (-item[1], item[0]))
    ]
    return rows, found.source


def trend_rows(path: Path, period: str) -> list[dict[str, Any]]:
    """The sheet that `indicators import` reads, from exported batches. Raises RulesError."""
    return [
        {
            "city": one.city,
            "period": period,
            "code": "search_index",
            "value": one.value,
            "source": f"Google Trends, exported, chained; one unit of its batch is {one.step:.3g}",
        }
        for one in chained(path)
    ]


def title_rows(city: str, path: Path) -> list[dict[str, str]]:
    """Rows for the list of titles from a city's item. Raises RulesError and UsageError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error
    return list(titles_of_entity(city, data, SystemClock().now().date()))
