"""Issues as they were last read: what is published never changes, and is checked and parsed once.

Which issue a reader may see is asked of the store each time; only what it says is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import Any

from scoring.publish.issues import Issue, from_plain
from store.database import Document, Store
from store.records import ISSUES, issue_heads

_KEPT = 40


@dataclass(frozen=True, slots=True)
class KeptIssue:
    """One issue."""

    stored: Document
    """As the store has it."""
    issue: Issue


class KeptIssues:
    """The issues that were asked for lately, for all readers."""

    def __init__(self) -> None:
        self._kept: dict[Any, KeptIssue] = {}
        self._lock = Lock()

    def of(self, db: Store, condition: Document) -> list[KeptIssue]:
        """Those that meet a condition, the newest month and revision first. Raises IssueError."""
        heads = issue_heads(db, condition)
        with self._lock:
            found = {_key(one): self._kept[_key(one)] for one in heads if _key(one) in self._kept}
        lacking = [one["_id"] for one in heads if _key(one) not in found]
        if lacking:
            for stored in db[ISSUES].find({"_id": {"$in": lacking}}):
                found[_key(stored)] = KeptIssue(stored, from_plain(stored))
            self._keep(found)
        # One may have been replaced since the heads were read: then it is not there this time.
        return [found[_key(one)] for one in heads if _key(one) in found]

    def _keep(self, found: dict[Any, KeptIssue]) -> None:
        with self._lock:
            self._kept |= found
            for key in list(self._kept)[: max(0, len(self._kept) - _KEPT)]:
                del self._kept[key]


def _key(stored: Document) -> Any:
    return stored["_id"], stored["digest"], stored["state"]
