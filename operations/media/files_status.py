"""Which files of a month were expected and seen, and how the visits went."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from model.period import Period
from operations.media.collecting import media_files, span_of
from operations.runtime import Runtime
from store.database import Store
from store.media.collections import MEDIA_FILES
from store.media.files import DONE, file_states, visited_since

_RECENT = timedelta(days=1)


def file_rows(runtime: Runtime, period: Period) -> list[dict[str, Any]]:
    """One row a kind of files: expected, whole, given up, still to be had, and by outcome.

    A file of the future is expected and not yet to be had.
    """
    known = file_states(runtime.db, *span_of(period))
    rows: dict[str, dict[str, Any]] = {}
    for file in media_files(runtime.settings, period):
        row = rows.setdefault(
            file.family.value,
            {
                "family": file.family.value,
                "expected": 0,
                "whole": 0,
                "given_up": 0,
                "planned": 0,
                "rows": 0,
                "broken": 0,
                "mb": 0.0,
                "outcomes": Counter(),
            },
        )
        row["expected"] += 1
        if (state := known.get(file.id)) is not None:
            row["whole" if state["state"] == DONE else state["state"]] += 1
            if "outcome" in state:
                row["outcomes"][state["outcome"]] += 1
                row["rows"] += state["rows"]
                row["broken"] += state["broken"]
                row["mb"] += state["size"] / 1e6
    for row in rows.values():
        row["mb"] = round(row["mb"], 1)
        row["outcomes"] = ", ".join(f"{name} {n}" for name, n in sorted(row["outcomes"].items()))
    return list(rows.values())


def media_state(runtime: Runtime, db: Store) -> dict[str, Any] | None:
    """What `status` shows of media: files of this month, and the last day's outcomes; None where
    nothing is collected."""
    if not runtime.settings.media.enabled and not db[MEDIA_FILES].find_one():
        return None
    now = runtime.clock.now()
    month = runtime.current_month()
    recent = [
        {
            "family": one["_id"]["family"],
            "outcome": one["_id"]["outcome"],
            "files": one["files"],
            "mb": round(one["bytes"] / 1e6, 1),
            "latest": one["latest"].isoformat(),
            "detail": one["detail"],
        }
        for one in visited_since(db, now - _RECENT)
    ]
    return {"period": month.name, "files": file_rows(runtime, month), "recent": recent}
