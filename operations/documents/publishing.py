"""From a month to its issue: drafted, ripe or not, found again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from operations.errors import Failed, UsageError

if TYPE_CHECKING:
    from operations.runtime import Runtime
    from portal.month import MonthIndex
    from portal.published import Draft
    from scoring.publish.issues import Issue


def take_evidence(runtime: Runtime, issue: Issue, say: Callable[[str], None]) -> None:
    """Of the best posts of the month's first cities; the issue is frozen with or without it."""
    from operations.evidence import evidence_for_top
    from portal.published import index_of_issue

    try:
        index = index_of_issue(runtime.db, issue)
        say(f"evidence of {evidence_for_top(runtime, index, say)} posts is kept now")
    except Failed as error:
        say(f"no evidence was taken: {error}")


def new_draft(
    runtime: Runtime, period: str, method: str | None, despite: str | None
) -> tuple[Draft, Issue | None]:
    """A new draft of the month as it is known now, and the newest issue there is."""
    from portal.published import drafted

    month, name = runtime.settings.period(period), method or runtime.settings.method
    new = drafted(runtime.db, month, name, runtime.clock.now(), reason_given(despite))
    return new, newest_issue(runtime, period, method)


def reason_given(despite: str | None) -> str:
    """Raises UsageError for an empty one."""
    if despite is not None and not despite.strip():
        raise UsageError("--despite: expected a reason, for the readers of the issue")
    return (despite or "").strip()


def require_ripe(
    index: MonthIndex, runtime: Runtime, despite: str | None, say: Callable[[str], None]
) -> None:
    """Raises UsageError with all that speaks against publishing, unless there is a reason to."""
    from portal.readiness import readiness, refused

    against = refused(readiness(index, runtime.clock.now()))
    if against and not despite:
        listed = "\n".join(f"- {line}" for line in against)
        raise UsageError(
            f"{index.period.name} is not to be published yet:\n{listed}\n"
            'nothing was kept; --despite "reason" goes on all the same, and the issue carries the '
            "reason"
        )
    for line in against:
        say(f"published all the same: {line}")


def newest_issue(
    runtime: Runtime, period: str, method: str | None, revision: int | None = None
) -> Issue | None:
    """A revision of a month's issue, the newest by default."""
    from portal.published import issue_of

    name = runtime.settings.period(period).name
    return issue_of(runtime.db, name, method or runtime.settings.method, revision)


def known_issue(
    runtime: Runtime, period: str, method: str | None, revision: int | None = None
) -> Issue:
    """Raises UsageError where there is no such issue."""
    found = newest_issue(runtime, period, method, revision)
    if found is None:
        which = "" if revision is None else f", revision {revision}"
        raise UsageError(f"there is no issue of {period}{which}: `cityreach issue list`")
    return found
