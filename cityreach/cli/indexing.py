"""Which index of a month a command answers from, and what it says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cityreach.cli.forms import spoken
from cityreach.cli.output import say
from model.period import Period
from operations.errors import UsageError

if TYPE_CHECKING:
    from operations.runtime import Runtime
    from portal.month import MonthIndex


def index_of(
    runtime: Runtime,
    period: str,
    method: str | None = None,
    preset: str | None = None,
    *,
    live: bool = False,
) -> MonthIndex:
    """A month's frozen issue, or what is known of it now; says which, on standard error.

    Raises UsageError.
    """
    from portal.published import shown_index

    month = runtime.settings.period(period)
    name = method or runtime.settings.method
    index = shown_index(runtime.db, month, name, preset, live=live)
    title = index.method.title.in_language(spoken())
    say(f"{title} ({index.method.id}), {state_line(runtime, index)}")
    if index.issue is not None:
        _say_drift(runtime, index, name)
    elif preset is not None and not live:
        say("with other weights than the method's: today's knowledge, whatever was published")
    elif not live:
        _say_draft(runtime, index, name)
    return index


def state_line(runtime: Runtime, index: MonthIndex) -> str:
    """`2025-05: frozen, revision 0 of 2025-06-05, counts as of …`, or provisional."""
    from portal.wording import word_as_of, word_frozen

    zone, lang = runtime.settings.zone, spoken()
    frozen = "" if index.issue is None else word_frozen(index.issue, zone, lang) + ", "
    return f"{index.period.name}: {frozen}{word_as_of(index.period, runtime.clock.now(), lang)}"


def _say_draft(runtime: Runtime, index: MonthIndex, method: str) -> None:
    """That the draft which waits to be published says otherwise."""
    from portal.drift import drift_between
    from portal.published import index_of_draft, issue_of
    from portal.wording import word_drift
    from scoring.errors import IssueError

    issue = issue_of(runtime.db, index.period.name, method)
    if issue is None or issue.state != "draft":
        return
    try:
        drift = drift_between(index_of_draft(runtime.db, issue), index)
    except IssueError as error:
        say(str(error))
        return
    if drift is not None:
        say(word_drift(drift, spoken(), of_draft=True))


def _say_drift(runtime: Runtime, index: MonthIndex, method: str) -> None:
    """What today's knowledge says otherwise, in one line; nothing where it is the same."""
    from portal.drift import drift_between
    from portal.month import month_index
    from portal.published import differs
    from portal.wording import word_despite, word_drift
    from scoring.errors import ScoringError

    if index.issue is not None and (despite := word_despite(index.issue, spoken())):
        say(despite)
    if differs(index):
        say("this version of the program computes otherwise than the one that published")
    try:
        live = month_index(runtime.db, index.period, method)
    except ScoringError as error:
        say(f"today's knowledge cannot be computed: {error}")
        return
    if (drift := drift_between(index, live)) is not None:
        say(word_drift(drift, spoken()))


def heading(period: Period, state: str) -> str:
    """`2025-05 (Asia/Shanghai), counts as of …`."""
    return f"{period.name} ({period.tz}), {state}"


def require_data(index: MonthIndex, scope: str = "composite") -> None:
    """Raises UsageError, naming what is missing, where a method lacks data of elsewhere."""
    lacking = index.lacking(scope)
    if lacking:
        named = ", ".join(f"{leaf.name.zh} {leaf.name.en} ({leaf.measure})" for leaf in lacking)
        raise UsageError(
            f"{index.method.id} gives no ranking of {scope} for {index.period.name}: no city has a "
            f"value of {named}; `cityreach indicators import` takes them"
        )


def scope_of(index: MonthIndex, given: str) -> str:
    """The scope that is called so. Raises UsageError with those that there are."""
    from scoring.errors import UnknownName
    from scoring.publish.top import named_scope

    try:
        return named_scope(index.method, given)
    except UnknownName as error:
        known = ", ".join(error.known)
        raise UsageError(f"--scope {given}: expected one of {known}") from None


def frozen_rows(runtime: Runtime, month: Period, *, live: bool) -> MonthIndex | None:
    """The frozen issue whose rows `measures` shows; None for today's knowledge."""
    from portal.published import frozen_issue, index_of_issue
    from scoring.errors import IssueError

    issue = None if live else frozen_issue(runtime.db, month.name, runtime.settings.method)
    if issue is None:
        return None
    try:
        return index_of_issue(runtime.db, issue)
    except IssueError as error:
        say(str(error))
        return None
