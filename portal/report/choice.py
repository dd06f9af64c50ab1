"""What editors choose of a report: its rankings, and a city for each case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from model.platform import PLATFORMS
from portal.month import MonthIndex
from portal.report.facts import TOP_TEN, LostChoice, city_titles, is_ordered, report_scopes
from scoring.errors import IssueError
from scoring.method.tree import Title
from scoring.publish.issues import Issue, with_choice
from scoring.publish.top import scope_node

_REFUSALS: Mapping[str, str] = {
    "panel": "{city} is no city of {period}'s panel",
    "account": "{city} has no account there in {period}",
    "data": "there is no such ranking in {period}: data of elsewhere lack",
    "rank": "{city} has no rank there in {period}",
    "unordered": "{city} is not among the first ten, and an unordered issue names no others",
}


def chosen_issue(
    index: MonthIndex, issue: Issue, scopes: Sequence[str], cases: Mapping[str, str]
) -> Issue:
    """A draft with these rankings (all where none is named) and cases: a city by scope, "" for no
    case there; the rules choose where no scope is named.

    Raises IssueError for an unknown scope or city, for a city that can have no case there, for a
    case whose ranking is left out, and for what is published.
    """
    known = report_scopes(index.method)
    for scope in (*scopes, *cases):
        if scope not in known:
            raise IssueError(f"scope {scope}: expected one of {', '.join(known)}")
    for scope, city in cases.items():
        if scopes and scope not in scopes:
            raise IssueError(f"case of {scope}: its ranking is not among those of the report")
        if city and (why := why_not(index, scope, city)):
            said = _REFUSALS[why].format(city=city, period=index.period.name)
            raise IssueError(f"case of {scope}: {said}")
    return with_choice(issue, [one for one in known if one in scopes], cases)


def why_not(index: MonthIndex, scope: str, city: str) -> str:
    """Why a city can have no case in a ranking of the report; "" if it can.

    `scope`: the method has no such ranking; `panel`: no city of the month's panel; `account`: none
    is watched on the platform; `data`: those of elsewhere lack, so that nobody is ranked; `rank`:
    it has none there; `unordered`: it is beyond the first ten of a list without places.
    """
    if scope not in report_scopes(index.method):
        return "scope"
    if city not in index.result.units:
        return "panel"
    rows = index.inputs.rows
    if scope in PLATFORMS and (city, scope) not in {(row.city, row.platform) for row in rows}:
        return "account"
    if index.lacking(scope):
        return "data"
    rank = index.result.rank(city, scope_node(index.result, scope))
    if rank is None:
        return "rank"
    return "" if is_ordered(index) or rank <= TOP_TEN else "unordered"


def _named(index: MonthIndex, scope: str) -> Title:
    if scope not in report_scopes(index.method):
        return Title(scope, scope)
    return index.method.node(scope_node(index.result, scope)).name


def lost_choices(index: MonthIndex, issue: Issue | None) -> tuple[LostChoice, ...]:
    """What was chosen for an issue and is not there in the month (any more); none without one."""
    if issue is None:
        return ()
    known = report_scopes(index.method)
    rankings = [
        LostChoice(scope, "", Title(scope, scope), Title(scope, scope), "scope")
        for scope in issue.scopes
        if scope not in known
    ]
    titles = city_titles(index.names, list(issue.cases.values()))
    cases = [
        LostChoice(scope, city, titles[city], _named(index, scope), why)
        for scope, city in issue.cases.items()
        if city and (why := why_not(index, scope, city))
    ]
    return (*rankings, *cases)
