"""Raw answers, one or all stored, through today's mappers: rows, differences, writing them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from crawler.contract import Completing
from crawler.engine.sinks import row
from crawler.errors import CrawlError
from crawler.platforms import platform
from model.items import Mapped
from model.messages import Outcome
from model.platform import PlatformName
from model.platforms import FACTS
from model.route import Route
from operations.runtime import Runtime
from store.ingest.seals import sealed
from store.replay.rewriting import Rewriter
from store.replay.run import Batch, Replay, Scope

MAPPER_VERSIONS: Mapping[PlatformName, int] = {
    name: facts.mapper_version for name, facts in FACTS.items()
}
_KEPT = 1000
"""Most single changes that a summary lists."""


def remap(name: PlatformName, body: bytes, observed_at: datetime) -> Mapped:
    """Today's mapper, and what visits derive from its rows; what is no answer with rows says why
    in `unmapped`.
    """
    found = platform(name)
    try:
        mapped = found.map(body, observed_at)
    except CrawlError as error:
        return Mapped(shape=error.outcome.value, unmapped=(str(error),))
    return found.complete(mapped) if isinstance(found, Completing) else mapped


def mapped_answer(
    name: PlatformName, body: bytes, observed_at: datetime, route: Route | None = None
) -> dict[str, Any]:
    """`rows` as the crawler would harvest them, and the outcome a visit would have ended in."""
    try:
        mapped = platform(name).map(body, observed_at, route=route)
    except CrawlError as error:
        recognised = error.outcome is not Outcome.CHANGED_SHAPE
        return {
            "rows": [],
            "shape": "error",
            "outcome": error.outcome.value,
            "detail": error.detail,
            "unmapped": [],
            "gone": [],
            "recognised": recognised,
        }
    rows = [*map(row, mapped.accounts), *map(row, mapped.posts)]
    return {
        "rows": rows,
        "shape": mapped.shape,
        "outcome": Outcome.OK.value,
        "detail": "",
        "unmapped": list(mapped.unmapped),
        "gone": list(mapped.gone),
        "recognised": True,
    }


@dataclass(slots=True)
class ReplaySummary:
    """All batches together."""

    written: bool
    answers: int = 0
    readings: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    """How many changes, by collection and field."""
    before: Counter[str] = field(default_factory=Counter)
    """Of fields that are numbers before and after, their sums."""
    after: Counter[str] = field(default_factory=Counter)
    changes: list[dict[str, Any]] = field(default_factory=list)
    """The first thousand, one by one."""
    unmapped: Counter[str] = field(default_factory=Counter)
    sealed: tuple[str, ...] = ()
    """Sealed months: their posts stay as they are unless reopened."""

    def add(self, batch: Batch) -> None:
        """One more batch."""
        self.answers += batch.answers
        self.readings += batch.readings
        self.unmapped.update(path for _, path in batch.unmapped)
        for change in batch.changes:
            name = f"{change.collection}.{change.field}"
            self.fields[name] += 1
            if isinstance(change.before, int) and isinstance(change.after, int):
                self.before[name] += change.before
                self.after[name] += change.after
            if len(self.changes) < _KEPT:
                self.changes.append({k: _plain(v) for k, v in asdict(change).items()})

    def rows(self) -> list[dict[str, Any]]:
        """One row a field: how many changed, and what they add up to before and after."""
        return [
            {
                "field": name,
                "changed": changed,
                "before": self.before.get(name),
                "after": self.after.get(name),
            }
            for name, changed in sorted(self.fields.items())
        ]

    def as_json(self) -> dict[str, Any]:
        """What `replay --json` prints."""
        return {
            "written": self.written,
            "answers": self.answers,
            "readings": self.readings,
            "fields": self.rows(),
            "changes": self.changes,
            "unmapped": dict(self.unmapped.most_common(50)),
            "sealed": list(self.sealed),
            "mappers": dict(MAPPER_VERSIONS),
        }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def compared(runtime: Runtime, scope: Scope) -> ReplaySummary:
    """What writing would change. Nothing is written."""
    batches = Replay(runtime.db, remap, MAPPER_VERSIONS).compared(scope)
    return _summed(runtime, batches, written=False)


def written(runtime: Runtime, scope: Scope, *, reopen: bool = False) -> ReplaySummary:
    """Brings stored readings up to today's mappers."""
    rewriter = Rewriter(runtime.db, runtime.months, runtime.clock.now(), reopen=reopen)
    batches = Replay(runtime.db, remap, MAPPER_VERSIONS).written(scope, rewriter)
    summary = _summed(runtime, batches, written=True)
    _note(runtime, scope, summary)
    return summary


def _summed(runtime: Runtime, batches: Iterable[Batch], *, written: bool) -> ReplaySummary:
    summary = ReplaySummary(written=written, sealed=tuple(sorted(sealed(runtime.db))))
    for batch in batches:
        summary.add(batch)
    return summary


def _note(runtime: Runtime, scope: Scope, summary: ReplaySummary) -> None:
    """Every replay that was written is on record."""
    runtime.db["replays"].insert_one(
        {
            "at": runtime.clock.now(),
            "since": scope.since,
            "platform": scope.platform,
            "mappers": dict(MAPPER_VERSIONS),
            "answers": summary.answers,
            "fields": {name.replace(".", "/"): n for name, n in summary.fields.items()},
        }
    )
