"""Answers of another version of an official API than was asked for.

A retired version is answered as the next one is, without an error: fields may mean something else.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from store.database import RAW, Document, Store
from store.keys import instant
from store.quality.flags import DataFlag, FlagKind

_ASKED = re.compile(r"/(v\d+\.\d+)(?:/|$)")
_FIELDS = ("platform", "url", "version", "observed_at", "pages.visits")


@dataclass(slots=True)
class _Answered:
    asked: str
    answers: int = 0
    accounts: set[str] = field(default_factory=set)


def other_versions(db: Store, since: datetime, until: datetime) -> Iterator[DataFlag]:
    """One flag a platform, version and day (UTC)."""
    condition: Document = {
        "version": {"$exists": True},
        "observed_at": {"$gte": instant(since), "$lt": instant(until)},
    }
    found: dict[tuple[datetime, str, str], _Answered] = defaultdict(lambda: _Answered(""))
    for answer in db[RAW].find(condition, dict.fromkeys(_FIELDS, True)):
        at = answer["observed_at"].astimezone(UTC)
        day = at.replace(hour=0, minute=0, second=0, microsecond=0)
        seen = found[day, answer["platform"], answer["version"]]
        asked = _ASKED.match(urlsplit(answer["url"]).path)
        seen.asked = asked[1] if asked else seen.asked
        seen.answers += 1
        seen.accounts |= {
            ":".join(visit.split(":")[:2]) for page in answer["pages"] for visit in page["visits"]
        }
    for (day, platform, version), seen in sorted(found.items()):
        yield DataFlag(
            kind=FlagKind.API_VERSION,
            platform=platform,
            subject=f"{platform}:{version}",
            account=None,
            at=day,
            facts={
                "asked": seen.asked,
                "answered": version,
                "answers": seen.answers,
                "accounts": len(seen.accounts),
            },
        )
