"""Collects files of media data: plans their visits, carries them out, keeps what they bring."""

from __future__ import annotations

import hashlib
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event

import httpx

from media.fetching import downloaded
from media.files import MediaFile, file_of, files_between
from media.gkg import GkgRow
from media.json_lines import ListedArticle
from media.places import PlaceRules, load_place_rules
from media.reading import KEEPING, WHOLE, FileContent, next_wait, read_file
from model.network.proxies import proxies_of
from model.period import Period
from operations.runtime import Runtime
from operations.settings import Settings
from store.database import Document
from store.media.collections import ensure_media
from store.media.ending import FileEnd, LeaseLost, end_visit
from store.media.files import (
    LEASE,
    FileLease,
    PlannedFile,
    due_files,
    lease_file,
    plan_files,
    try_again,
)

log = logging.getLogger(__name__)
_PLACES_FINER = ("4", "5")
_Report = Callable[[int, int], None]
"""Is told how many visits have ended, and of how many."""


@dataclass(slots=True)
class Collected:
    """What a run of collecting did."""

    planned: int = 0
    """Files that were not known before."""
    outcomes: Counter[str] = field(default_factory=Counter)
    articles: int = 0
    """New ones."""
    bytes: int = 0
    details: dict[str, str] = field(default_factory=dict)
    """The last trouble, by outcome: file and what was met."""

    @property
    def ended(self) -> int:
        """Visits."""
        return self.outcomes.total()


def span_of(period: Period) -> tuple[datetime, datetime]:
    """Times of a month's files: a day that it only touches begins before it."""
    first = period.start.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return first, period.end


def media_files(settings: Settings, period: Period) -> Iterator[MediaFile]:
    """The files of a month that the settings ask for."""
    media = settings.media
    yield from files_between(period.start, period.end, media.families, media.every)


def plan_media(runtime: Runtime, period: Period) -> int:
    """Plans the visits of a month's files that may be there by now; gives how many are new."""
    ensure_media(runtime.db)
    now = runtime.clock.now()
    return plan_files(
        runtime.db,
        (
            PlannedFile(file.id, file.family.value, file.at, file.expected_at)
            for file in media_files(runtime.settings, period)
            if file.expected_at <= now
        ),
    )


def collect_media(
    runtime: Runtime,
    periods: Iterable[Period],
    stop: Event,
    report: _Report = lambda _, __: None,
    seconds: float | None = None,
) -> Collected:
    """Visits all files of these months that are due, oldest first, for at most `seconds`.

    Several processes may do so at once. A file that fails is due again later.
    """
    found, until = Collected(), None if seconds is None else time.monotonic() + seconds
    rules = load_place_rules()
    with media_client(runtime.settings) as client:
        for period in periods:
            found.planned += plan_media(runtime, period)
            total = found.ended + due_files(runtime.db, runtime.clock.now(), span_of(period))
            while not stop.is_set() and (until is None or time.monotonic() < until):
                if not _visit_next(runtime, period, client, rules, found):
                    break
                report(found.ended, total)
    return found


def _visit_next(
    runtime: Runtime, period: Period, client: httpx.Client, rules: PlaceRules, found: Collected
) -> bool:
    """Visits one file; False if none is due."""
    db, now = runtime.db, runtime.clock.now()
    lease = lease_file(db, now, span_of(period), LEASE.total_seconds())
    if lease is None:
        return False
    file = file_of(lease.file)
    url = f"{runtime.settings.media.base}/{file.path}"
    content = read_file(file, downloaded(client, url), rules.named_in)
    try:
        added = end_visit(db, lease, visit_end(file, content, lease, runtime.clock.now()))
    except LeaseLost as error:
        log.warning("%s", error)
        return True
    found.outcomes[content.outcome.value] += 1
    found.articles += added["media_articles"]
    found.bytes += content.size
    if content.outcome not in WHOLE:
        found.details[content.outcome.value] = f"{file.id}: {content.detail}"
        log.info("%s: %s: %s", file.id, content.outcome.value, content.detail)
    return True


def visit_end(file: MediaFile, content: FileContent, lease: FileLease, now: datetime) -> FileEnd:
    """What a visit's content is kept as."""
    whole = content.outcome in WHOLE
    wait = None if whole else next_wait(lease.attempts + 1)
    keeps = content.outcome in KEEPING
    return FileEnd(
        at=file.at,
        ended_at=now,
        outcome=content.outcome.value,
        detail=content.detail,
        due=None if wait is None else now + wait,
        whole=whole,
        counts=_numbers(content),
        articles=[_article(row, file) for row, _ in content.rows] if keeps else (),
        listed=[_listed(one, file) for one in content.listed] if keeps else (),
        raw={row.sha256: line for row, line in content.rows} if keeps else {},
        hosts={name: sorted(codes) for name, codes in content.hosts.items()},
        urls={name: sorted(codes) for name, codes in content.urls.items()},
    )


def _numbers(content: FileContent) -> Document:
    counts = content.counts
    return {
        "size": content.size,
        "sha256": content.sha256,
        "rows": counts.rows,
        "kept": len(content.rows) + len(content.listed),
        "broken": counts.broken + counts.too_long + counts.cut,
        "not_web": counts.not_web,
        "why": dict(counts.why.most_common(5)),
    }


def _article(row: GkgRow, file: MediaFile) -> Document:
    """Places below countries are kept, and no others: the rules of cities look at no others."""
    return {
        "_id": row.sha256,
        "file": file.id,
        "record": row.id,
        "at": file.at,
        "outlet": row.outlet,
        "url": row.url,
        "places": [
            [place.kind, place.name, place.country, place.adm1, place.offset]
            for place in row.places
            if place.kind in _PLACES_FINER
        ],
        "tone": row.tone,
        "language": row.language,
        "title": row.title,
    }


def _listed(article: ListedArticle, file: MediaFile) -> Document:
    return {
        "_id": hashlib.sha256(article.line).hexdigest(),
        "file": file.id,
        "at": file.at,
        "url": article.url,
        "domain": article.domain,
        "title": article.title,
        "description": article.description,
        "language": article.language,
    }


@contextmanager
def media_client(settings: Settings) -> Iterator[httpx.Client]:
    """By the proxy of the settings; a redirect is followed nowhere."""
    proxy = proxies_of(settings.proxy, settings.no_proxy).to_url(settings.media.base)
    with httpx.Client(
        timeout=settings.media.timeout,
        headers={"User-Agent": settings.user_agent},
        trust_env=False,
        proxy=proxy or None,
    ) as client:
        yield client


def renew_media(runtime: Runtime, period: Period) -> int:
    """Makes a month's files that failed due at once; gives their number."""
    ensure_media(runtime.db)
    return try_again(runtime.db, runtime.clock.now(), span_of(period))
