"""What editors choose of a report: its rankings, and a city for each case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from portal.month import MonthIndex
from portal.report.facts import report_scopes
from scoring.errors import IssueError
from scoring.publish.issues import Issue, with_choice
from scoring.publish.top import scope_node


def chosen_issue(
    index: MonthIndex, issue: Issue, scopes: Sequence[str], cases: Mapping[str, str]
) -> Issue:
    """A draft with these rankings (all where none is named) and cases: a city by scope, "" for no
    case there; the rules choose where no scope is named.

    Raises IssueError for an unknown scope or city, for a city without a rank there, for a case
    whose ranking is left out, and for what is published.
    """
    known = report_scopes(index.method)
    for scope in (*scopes, *cases):
        if scope not in known:
            raise IssueError(f"scope {scope}: expected one of {', '.join(known)}")
    for scope, city in cases.items():
        if scopes and scope not in scopes:
            raise IssueError(f"case of {scope}: its ranking is not among those of the report")
        _check_case(index, scope, city)
    return with_choice(issue, [one for one in known if one in scopes], cases)


def _check_case(index: MonthIndex, scope: str, city: str) -> None:
    if not city:
        return
    if city not in index.result.units:
        raise IssueError(f"case of {scope}: {city} is no city of {index.period.name}'s panel")
    if index.result.rank(city, scope_node(index.result, scope)) is None:
        raise IssueError(f"case of {scope}: {city} has no rank there in {index.period.name}")
