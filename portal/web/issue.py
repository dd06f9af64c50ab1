"""The issue of a month on its way: what speaks against it, its draft, its report, its log."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from model.period import Period
from portal import desk
from portal.asking.asked import Asked, adds, asked_of, to_page
from portal.asking.choices import check_choice
from portal.exports.bundle import issue_file_name
from portal.figures.state import month_state
from portal.month import MonthIndex
from portal.published import index_of_draft, issue_of
from portal.readiness import readiness
from portal.report.choice import lost_choices, why_not
from portal.report.facts import report_scopes
from portal.report.files import documents_of
from portal.report.page import html_report
from portal.report.sentences import word_lost
from portal.rights.viewer import NotThere, Right
from portal.users.audit import note_change
from portal.users.errors import AccessError
from portal.web.drawing import draw
from scoring.publish.issues import Issue
from store.database import Store
from store.records import issue_log

router = APIRouter()
Ask = Annotated[Asked, Depends(asked_of)]
_LONGEST_REASON = 2000
_RULES, _NO_CASE = "rules", "none"
PREVIEW_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; sandbox; "
    "frame-ancestors 'none'"
)
"""Of a report shown as a page: it has styles of its own, and no script."""


@adds(router, "GET", "/months/{month}/issue", Right.DRAFTS)
def issue_page(asked: Ask, month: str) -> Response:
    """Where the month's issue stands, and what can be done with it."""
    return _page(asked, month)


def _page(asked: Asked, month: str, status: int = 200, **values: Any) -> Response:
    figures, now = asked.portal.shelf.figures(month), asked.portal.clock.now()
    issue = issue_of(asked.portal.db, month, asked.portal.method)
    index = _shown(asked, figures.index, issue)
    return draw(
        asked,
        "issue.html",
        status,
        month=month,
        months=asked.portal.shelf.known(),
        state=month_state(figures.period, issue, now),
        issue=issue,
        questions=readiness(index, now, asked.language, issue, _live(figures.index, issue)),
        scopes=report_scopes(index.method),
        ranked=_ranked(index),
        lost={one.scope: word_lost(one, asked.language) for one in lost_choices(index, issue)},
        titles={one.code: one.name for one in index.method.nodes},
        log=issue_log(asked.portal.db, month, index.method.id),
        files=asked.portal.issue_file is not None,
        **{"against": (), "reason": "", **values},
    )


def _live(index: MonthIndex, issue: Issue | None) -> MonthIndex | None:
    """What a draft is compared with; None where there is none. The month of one is shown as it is
    known now."""
    return index if issue is not None and issue.state == "draft" else None


def _ranked(index: MonthIndex) -> dict[str, list[dict[str, Any]]]:
    """By ranking of the report, the cities that may be its case."""
    return {
        scope: [row for row in index.top(scope, 500) if not why_not(index, scope, row["city"])]
        for scope in report_scopes(index.method)
    }


def _shown(asked: Asked, index: MonthIndex, issue: Issue | None) -> MonthIndex:
    """Of the draft as it is kept, else of the month as it is shown everywhere."""
    if issue is None or issue.state != "draft":
        return index
    return index_of_draft(asked.portal.db, issue)


@adds(router, "GET", "/months/{month}/issue/preview", Right.DRAFTS)
def preview_page(asked: Ask, month: str, lang: Literal["zh", "en"] = "zh") -> Response:
    """The report as it would be published, or is."""
    figures = asked.portal.shelf.figures(month)
    issue = issue_of(asked.portal.db, month, asked.portal.method)
    index = _shown(asked, figures.index, issue)
    found = documents_of(asked.portal.db, index, asked.portal.clock.now())
    return Response(
        html_report(found[lang]),
        media_type="text/html; charset=utf-8",
        headers={"content-security-policy": PREVIEW_POLICY},
    )


@adds(router, "GET", "/months/{month}/issue/file", Right.DRAFTS)
def issue_download(
    asked: Ask, month: str, revision: Annotated[int | None, Query(ge=0, le=10_000)] = None
) -> Response:
    """A published issue as a zip file: the same bytes each time."""
    issue = issue_of(asked.portal.db, asked.portal.shelf.named(month).name, asked.portal.method)
    if revision is not None:
        issue = issue_of(asked.portal.db, month, asked.portal.method, revision)
    if issue is None or issue.state == "draft" or asked.portal.issue_file is None:
        raise NotThere("issue", month)
    return Response(
        asked.portal.issue_file(issue),
        media_type="application/zip",
        headers={"content-disposition": f'attachment; filename="{issue_file_name(issue)}"'},
    )


@adds(router, "POST", "/months/{month}/issue", Right.PUBLISH)
def change_issue(asked: Ask, month: str) -> Response:
    """Drafts, chooses, freezes, revises or withdraws; the log of changes says who did."""
    asked.portal.shelf.figures(month)
    what = str(asked.form.get("action", ""))
    check_choice("action", what, _CHANGES)
    try:
        issue = _CHANGES[what](asked, month)
    except desk.NotRipe as error:
        against = error.against(asked.language)
        return _page(asked, month, 422, against=against, reason=_given(asked, "reason"))
    asked.portal.shelf.changed()
    told = {"state": issue.state, "revision": issue.revision, "digest": issue.digest}
    now = asked.portal.clock.now()
    note_change(asked.portal.db, now, asked.known.name, f"issue.{what}", month, told)
    return to_page(f"/months/{month}/issue")


def _given(asked: Asked, name: str) -> str:
    return str(asked.form.get(name, "")).strip()[:_LONGEST_REASON]


def _where(asked: Asked, month: str) -> tuple[Store, Period, str]:
    return asked.portal.db, asked.portal.shelf.named(month), asked.portal.method


def _draft(asked: Asked, month: str) -> Issue:
    now, despite = asked.portal.clock.now(), _given(asked, "despite")
    return desk.draft_month(*_where(asked, month), now, despite)[0]


def _freeze(asked: Asked, month: str) -> Issue:
    now, despite = asked.portal.clock.now(), _given(asked, "despite")
    return desk.freeze_month(*_where(asked, month), now, despite)[0]


def _revise(asked: Asked, month: str) -> Issue:
    """Fields `case-SCOPE` as for a draft; without any, the cases of the last one."""
    now, reason = asked.portal.clock.now(), _given(asked, "reason")
    given = any(name.startswith("case-") for name in asked.form)
    cases = _cases(asked) if given else None
    despite = _given(asked, "despite")
    return desk.revise_month(*_where(asked, month), now, reason, despite, cases)[0]


def _withdraw(asked: Asked, month: str) -> Issue:
    return desk.withdraw_month(*_where(asked, month))


def _cases(asked: Asked) -> dict[str, str]:
    return {
        name.removeprefix("case-"): "" if value == _NO_CASE else str(value)
        for name, value in asked.form.items()
        if name.startswith("case-") and value != _RULES
    }


def _choose(asked: Asked, month: str) -> Issue:
    """Fields `chart-SCOPE` (yes) and `case-SCOPE` (rules, none, or a city)."""
    charts = [name.removeprefix("chart-") for name in asked.form if name.startswith("chart-")]
    # What is chosen for a ranking that is left out says nothing.
    cases = {scope: city for scope, city in _cases(asked).items() if scope in charts}
    if not charts:
        raise AccessError("chart", "expected at least one ranking")
    known = report_scopes(asked.portal.shelf.figures(month).index.method)
    every = set(charts) == set(known)
    return desk.choose_report(*_where(asked, month), () if every else charts, cases)


_CHANGES = {
    "draft": _draft,
    "choose": _choose,
    "freeze": _freeze,
    "revise": _revise,
    "withdraw": _withdraw,
}
