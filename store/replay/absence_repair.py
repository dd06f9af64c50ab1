"""Posts that an answer showed and the mapper of its day did not see.

Their visits called them absent. Mapped again, the answer shows them, so the visit has seen them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from model.messages import VisitKind
from store.database import Document

_Absence = tuple[datetime, datetime]
"""`observed_at` and `slot` of the attempt that is said to have missed a post."""


@dataclass(frozen=True, slots=True)
class ShownPage:
    """The posts of one page and the visits it was had for."""

    visits: tuple[str, ...]
    observed_at: datetime
    posts: tuple[str, ...]


def heal(
    pages: Iterable[ShownPage],
    visits: Mapping[str, Document],
    posts: Mapping[str, Document],
    fresh: frozenset[str],
) -> tuple[dict[str, Document], dict[str, set[_Absence]]]:
    """The visits that have seen more than they say, and the absences that do not hold, by post.

    `posts` are the posts as they will be stored; `fresh` those that were not known before.
    """
    changed: dict[str, Document] = {}
    untrue: dict[str, set[_Absence]] = defaultdict(set)
    for page in pages:
        for key in page.visits:
            visit = changed.get(key, visits.get(key))
            attempt = _attempt_of(visit, page.observed_at)
            if visit is None or attempt is None:
                continue
            missed = [p for p in page.posts if _missed(visit, attempt, posts[p], p in fresh)]
            for post in missed:
                untrue[post].add((attempt["observed_at"], attempt["slot"]))
            if missed:
                changed[key] = _with_seen(visit, attempt, missed)
    return changed, untrue


def _attempt_of(visit: Document | None, observed_at: datetime) -> Document | None:
    """The attempt of a timeline to which a page of that instant belongs, if it proves anything."""
    if visit is None or visit["kind"] != VisitKind.TIMELINE or "window" not in visit:
        return None
    for attempt in visit["attempts"]:
        if attempt["observed_at"] >= observed_at:
            return attempt if attempt["complete"] or "proven_from" in attempt else None
    return None


def _missed(visit: Document, attempt: Document, post: Document, fresh: bool) -> bool:
    """Whether the attempt did not name a post of its account and window, to the post's harm."""
    published, window = post.get("published_at"), visit["window"]
    if post.get("account") != visit["account"] or post["_id"] in attempt["seen"]:
        return False
    if published is None or not window["start"] <= published < window["end"]:
        return False
    said = {(one["observed_at"], one["slot"]) for one in post.get("absences", ())}
    return fresh or (attempt["observed_at"], attempt["slot"]) in said


def _with_seen(visit: Document, attempt: Document, more: Sequence[str]) -> Document:
    changed = {**attempt, "seen": sorted({*attempt["seen"], *more})}
    attempts = [changed if one is attempt else one for one in visit["attempts"]]
    return {**visit, "attempts": attempts}
