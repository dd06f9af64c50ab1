"""A city's counts beside what GDELT's DOC API says: one question, spaced, its answer kept."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from threading import Event
from typing import Any

from media.checking import SPACING, CheckAnswer, check_month, check_question
from media.places import load_place_rules
from model.clock import Clock
from model.period import Period
from operations.errors import UsageError
from operations.media.collecting import media_client
from operations.running.clock import SystemClock
from operations.runtime import Runtime
from store.media.checks import keep_check, last_check
from store.media.collections import ensure_media
from store.media.counts import stored_counts

_HOME = "not_counted_home_media"


def check_city(
    runtime: Runtime, city: str, period: Period, stop: Event, host: Clock | None = None
) -> dict[str, Any]:
    """One row: what the API found and what was counted. Waits out the rest of the spacing since the
    last question of anybody to the same store; `host`: the clock by which the API spaces them.

    Raises UsageError for a city without rules, and for a month that has not begun.
    """
    host = host or SystemClock()
    rule = load_place_rules().cities.get(city)
    if rule is None:
        raise UsageError(f"city {city!r}: the rules of places know no such id")
    if (now := runtime.clock.now()) <= period.start:
        raise UsageError(f"--period {period.name}: the month has not begun")
    ensure_media(runtime.db)
    _wait(runtime, host, stop)
    asked = host.now()
    with media_client(runtime.settings) as client:
        address, end = runtime.settings.media.check, min(period.end, now)
        found = check_month(client, address, rule, period.start, end)
    keep_check(runtime.db, period.name, city, asked, _kept(found))
    row: dict[str, Any] = {"city": city, "question": check_question(rule)}
    row |= {
        "outcome": found.outcome.value,
        "articles": found.articles,
        "of": found.of,
        **_counted(runtime, city, period),
    }
    return {**row, "detail": found.detail, "url": found.url}


def _wait(runtime: Runtime, host: Clock, stop: Event) -> None:
    last = last_check(runtime.db)
    if last is not None:
        rest = last + timedelta(seconds=SPACING) - host.now()
        stop.wait(min(max(rest.total_seconds(), 0.0), SPACING))


def _kept(found: CheckAnswer) -> dict[str, Any]:
    return {
        "outcome": found.outcome.value,
        "articles": found.articles,
        "of": found.of,
        "detail": found.detail,
        "url": found.url,
        "body": found.body,
    }


def _counted(runtime: Runtime, city: str, period: Period) -> dict[str, Any]:
    """Of the files: articles abroad, those of home media, and how many files were read."""
    articles = (stored_counts(runtime.db, period.name) or {}).get("articles") or {}
    beside = articles.get("beside", {}).get(city, {})
    return {
        "counted": articles.get("cities", {}).get(city, {}).get("media_articles"),
        "home": Counter(beside)[_HOME] if beside else None,
        "files": f"{articles['seen']} of {articles['expected']}" if articles else None,
    }
