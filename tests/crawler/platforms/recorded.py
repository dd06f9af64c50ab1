"""The recorded answers beside the project, where there are any, and what each must give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from crawler.contract import Platform
from model.items import AccountItem, PostItem
from tests.shared import PAYLOADS

JUDGED = {"likes", "comments", "shares", "views", "plays", "saves", "followers", "posts"}


@dataclass(frozen=True)
class Expected:
    """One recorded answer: its bodies and the rows they must give."""

    file: str
    rows: tuple[dict[str, Any], ...]
    never: frozenset[str]

    def bodies(self, form: str) -> Iterator[bytes]:
        """The answer itself, or the body of every call of a recording."""
        content = (PAYLOADS / self.file).read_bytes()
        if form != "calls":
            yield content
        else:
            yield from (msgspec.json.encode(call["body"]) for call in msgspec.json.decode(content))


def entries(name: str) -> list[tuple[str, Expected]]:
    """(form, expected) for every recorded answer of a platform; [] where none are at hand."""
    listing = PAYLOADS / "expected.json"
    if not listing.exists():
        return []
    return [
        (
            entry["form"],
            Expected(entry["file"], tuple(entry["rows"]), frozenset(entry.get("not_row_ids", []))),
        )
        for entry in msgspec.json.decode(listing.read_bytes())
        if entry["platform"] == name
    ]


def differences(platform: Platform, form: str, entry: Expected) -> list[str]:
    """What the mapper gives otherwise than expected, in words; [] if all is well."""
    found: dict[tuple[str, str], AccountItem | PostItem] = {}
    for body in entry.bodies(form):
        mapped = platform.map(body, datetime.now(UTC))
        found.update({("account", item.id): item for item in mapped.accounts})
        found.update({("post", item.id): item for item in mapped.posts})
    wrong = [f"{kind}:{id_}" for kind, id_ in found if f"{kind}:{id_}" in entry.never]
    for row in entry.rows:
        named = (found.get((row["kind"], key)) for key in (row["id"], *row.get("alias", ())))
        item = next((one for one in named if one is not None), None)
        if item is not None:
            wrong.extend(_row_differences(row, item))
        elif not row.get("optional"):
            wrong.append(f"{row['kind']} {row['id']}: no such row")
    return wrong


def _row_differences(row: dict[str, Any], item: AccountItem | PostItem) -> Iterator[str]:
    named = f"{row['kind']} {row['id']}"
    counts = {name: count for name, count in item.counts.items() if count.value is not None}
    may, steps = row.get("may", {}), row.get("granularity", {})
    for name, value in row["counts"].items():
        given = counts.pop(name, None)
        if given is None or given.value != value:
            yield f"{named} {name}: {given} instead of {value}"
        elif given.step != steps.get(name, 1):
            yield f"{named} {name}: step {given.step} instead of {steps.get(name, 1)}"
    for name, given in counts.items():
        if name in may and given.value != may[name]:
            yield f"{named} {name}: {given} instead of {may[name]}"
        elif name in JUDGED and name not in may:
            yield f"{named} {name}: {given} is invented"
    at = datetime.fromisoformat(row["published_at"]) if row["published_at"] else None
    if isinstance(item, PostItem) and at is not None and item.published_at != at:
        yield f"{named}: published at {item.published_at} instead of {at}"
