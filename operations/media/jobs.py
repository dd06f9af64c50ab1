"""The scheduler's jobs of media data: collect what is due, ask for page views, count once a day."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import time, timedelta
from functools import partial
from threading import Event

from model.period import Period
from operations.media.collecting import collect_media
from operations.media.interest import collect_interest, views_settled
from operations.media.stored import count_media
from operations.runtime import Runtime
from scheduler.service import Job
from store.ingest.seals import sealed

log = logging.getLogger(__name__)
_EVERY = timedelta(minutes=1)
_DAY = timedelta(days=1)
_TOLD = 5
"""Failures that are told one by one."""
_VIEWS_AT, _COUNT_AT = time(3, 40), time(4, 10)


def media_jobs(runtime: Runtime) -> list[Job]:
    """None where media are not collected."""
    if not runtime.settings.media.enabled:
        return []
    return [
        Job("media", _EVERY, partial(run_media, runtime, {})),
        Job("media interest", _DAY, partial(ask_views, runtime), _VIEWS_AT),
        Job("media count", _DAY, partial(count_months, runtime), _COUNT_AT),
    ]


def run_media(runtime: Runtime, told: dict[str, str]) -> None:
    """Collects for a while; what is left is due at the next run, a minute later. `told`: what the
    run before met, by outcome; it is not said again while it lasts."""
    seconds = runtime.settings.media.run_seconds
    found = collect_media(runtime, _open_months(runtime), Event(), seconds=seconds)
    for outcome, detail in sorted(found.details.items()):
        if outcome not in told:
            log.warning("media: %s: %s", outcome, detail)
        told[outcome] = detail
    if found.ended:
        for outcome in told.keys() - found.details.keys():
            del told[outcome]


def ask_views(runtime: Runtime) -> None:
    """Asks for the page views of months that are not sealed, once their numbers are final; what
    failed is asked for the next day."""
    if not runtime.settings.media.page_views:
        return
    for period in _open_months(runtime):
        if runtime.clock.now() >= views_settled(period.name):
            failed = collect_interest(runtime, period, Event())
            for article, trouble in list(failed.items())[:_TOLD]:
                log.warning("page views of %s, %s: %s", period.name, article, trouble)
            if len(failed) > _TOLD:
                log.warning("page views of %s: %d more failed", period.name, len(failed) - _TOLD)


def count_months(runtime: Runtime) -> None:
    """Counts the months that are not sealed, where files were read since."""
    for period in _open_months(runtime):
        count_media(runtime, period)


def _open_months(runtime: Runtime) -> Iterator[Period]:
    """The month before, until it is sealed, and this one."""
    current = runtime.current_month()
    if current.previous().name not in sealed(runtime.db):
        yield current.previous()
    yield current
