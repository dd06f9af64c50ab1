"""The issue of a month on its way: drafted, its report chosen, frozen, revised, withdrawn.

Whoever publishes, on the command line or in the portal, does it here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from model.period import Period
from portal.drift import drift_between
from portal.month import MonthIndex, month_index
from portal.published import drafted, index_of_issue, issue_of, keep_issue
from portal.readiness import readiness, refused
from portal.report.choice import chosen_issue, lost_choices
from portal.report.sentences import word_lost
from scoring.errors import IssueError
from scoring.publish.issues import Issue, freeze, redraft, revise
from scoring.publish.wording import Lang
from store.database import Store
from store.records import withdraw_draft

IssueKept = tuple[Issue, list[str]]
"""The issue, and what spoke against it."""


class NotRipe(IssueError):
    """Something speaks against publishing a month, and no reason to do it all the same was given.
    Nothing was kept."""

    def __init__(
        self,
        index: MonthIndex,
        now: datetime,
        issue: Issue | None = None,
        live: MonthIndex | None = None,
    ) -> None:
        self._index, self._now, self._issue, self._live = index, now, issue, live
        listed = "\n".join(f"- {line}" for line in self.against("en"))
        super().__init__(f"{index.period.name} is not to be published yet:\n{listed}")

    def against(self, lang: Lang) -> list[str]:
        """What speaks against it, one line each."""
        return refused(readiness(self._index, self._now, lang, self._issue, self._live))


def draft_month(db: Store, period: Period, method: str, now: datetime, despite: str) -> IssueKept:
    """Keeps a draft of the month as it is known now; a draft replaces a draft. What was chosen for
    it and is not there any more is told and does not hinder: it can be chosen again in the draft.

    Raises IssueError where the month is published, NotRipe.
    """
    new = drafted(db, period, method, now, despite)
    redraft(issue_of(db, period.name, method), new.issue)
    against = _objections(new.index, now, despite)
    against += [word_lost(one, "en") for one in lost_choices(new.index, new.issue)]
    keep_issue(db, new.issue, new.basis)
    return new.issue, against


def choose_report(
    db: Store, period: Period, method: str, scopes: Sequence[str], cases: Mapping[str, str]
) -> Issue:
    """Keeps which rankings and cases the report of the draft has; raises IssueError as
    `chosen_issue`, and without a draft."""
    before = _draft_of(db, period, method)
    issue = chosen_issue(index_of_issue(db, before), before, scopes, cases)
    keep_issue(db, issue)
    return issue


def freeze_month(db: Store, period: Period, method: str, now: datetime, despite: str) -> IssueKept:
    """Publishes the draft, which never changes from then on; raises IssueError without a draft,
    NotRipe, also where the draft is not what is known today."""
    before = _draft_of(db, period, method)
    reason = despite or before.despite
    index, live = index_of_issue(db, before), month_index(db, period, method)
    # Why it was drafted all the same is no reason to publish what is outdated since.
    outdated = drift_between(index, live) is not None
    against = _objections(index, now, despite if outdated else reason, live=live)
    issue = replace(freeze(before, now.isoformat()), despite=reason)
    keep_issue(db, issue)
    return issue, against


def revise_month(
    db: Store,
    period: Period,
    method: str,
    now: datetime,
    reason: str,
    despite: str,
    cases: Mapping[str, str] | None = None,
) -> IssueKept:
    """Publishes a correction by today's knowledge beside the issue, with other cases where these
    are given; raises IssueError where nothing is published or would change, without a reason, and
    NotRipe."""
    before = issue_of(db, period.name, method)
    if before is None:
        raise IssueError(f"nothing was published of {period.name} yet")
    new = drafted(db, period, method, now, despite)
    wanted = new.issue
    if cases is not None:
        wanted = chosen_issue(new.index, wanted, wanted.scopes, cases)
    issue = revise(before, wanted, reason, now.isoformat())
    against = _objections(new.index, now, despite, issue)
    keep_issue(db, issue, new.basis)
    return issue, against


def withdraw_month(db: Store, period: Period, method: str) -> Issue:
    """Takes the draft away; raises IssueError without one."""
    issue = _draft_of(db, period, method)
    withdraw_draft(db, period.name, issue.method)
    return issue


def _draft_of(db: Store, period: Period, method: str) -> Issue:
    issue = issue_of(db, period.name, method)
    if issue is None:
        raise IssueError(f"there is no draft of {period.name}: `cityreach issue draft` makes one")
    if issue.state != "draft":
        raise IssueError(
            f"the issue of {period.name} is frozen already (revision {issue.revision}) and stays; "
            "a correction is a revision, `cityreach issue revise`, with a reason"
        )
    return issue


def _objections(
    index: MonthIndex,
    now: datetime,
    despite: str,
    issue: Issue | None = None,
    live: MonthIndex | None = None,
) -> list[str]:
    against = refused(readiness(index, now, issue=issue, live=live))
    if against and not despite:
        raise NotRipe(index, now, issue, live)
    return against
