"""From a month to its issue: drafted, ripe or not, found again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from operations.errors import Failed, UsageError

if TYPE_CHECKING:
    from operations.runtime import Runtime
    from portal.desk import IssueKept
    from portal.month import MonthIndex
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


def kept_issue(
    runtime: Runtime,
    period: str,
    method: str | None,
    despite: str | None,
    keep: Callable[..., IssueKept],
    say: Callable[[str], None],
) -> Issue:
    """The issue that `keep` keeps (of `portal.desk`); what speaks against it is said.

    Raises UsageError for an empty reason, and with all that speaks against publishing where there
    is no reason to do it all the same.
    """
    from portal.desk import NotRipe

    month, name = runtime.settings.period(period), method or runtime.settings.method
    try:
        issue, against = keep(
            runtime.db, month, name, runtime.clock.now(), despite=reason_given(despite)
        )
    except NotRipe as error:
        raise UsageError(
            f'{error}\nnothing was kept; --despite "reason" goes on all the same, and the issue '
            "carries the reason"
        ) from error
    for line in against:
        say(f"kept all the same: {line}")
    return issue


def reason_given(despite: str | None) -> str:
    """Raises UsageError for an empty one."""
    if despite is not None and not despite.strip():
        raise UsageError("--despite: expected a reason, for the readers of the issue")
    return (despite or "").strip()


def cases_given(given: Sequence[str]) -> dict[str, str]:
    """`x=rizhao` as a city by scope, `tiktok=` as none; raises UsageError."""
    found = {}
    for one in given:
        scope, equals, city = one.partition("=")
        if not equals or not scope.strip():
            raise UsageError(f"--case {one}: expected SCOPE=CITY, or SCOPE= for no case there")
        found[scope.strip()] = city.strip()
    return found


def draft_index(runtime: Runtime, period: str, method: str | None) -> MonthIndex:
    """Of the draft as it is kept; raises UsageError without one."""
    from portal.published import index_of_draft

    issue = known_issue(runtime, period, method)
    if issue.state != "draft":
        raise UsageError(f"the issue of {period} is published: leave out --draft")
    return index_of_draft(runtime.db, issue)


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
