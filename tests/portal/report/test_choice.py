"""What editors choose of a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from portal.month import MonthIndex
from portal.report.choice import chosen_issue
from scoring.errors import IssueError
from scoring.publish.issues import Issue, draft, freeze
from tests.portal.report.scenes import CITIES, MAY, index_of_rows, rows_of

pytestmark = pytest.mark.slow


def kept(index: MonthIndex) -> Issue:
    """A draft of the month."""
    at = MAY.cutoff.isoformat()
    return draft(index.result, MAY, panel="p", code_version="1", created_at=at)


def test_a_choice_is_kept_in_the_reports_order() -> None:
    index = index_of_rows(rows_of())
    issue = chosen_issue(index, kept(index), ["x", "composite"], {"x": "rizhao", "composite": ""})
    assert issue.scopes == ("composite", "x")
    assert issue.cases == {"x": "rizhao", "composite": ""}
    assert chosen_issue(index, issue, [], {}).scopes == ()


@pytest.mark.parametrize(
    ("scopes", "cases", "said"),
    [
        (["moon"], {}, "scope moon: expected one of composite, facebook"),
        ([], {"moon": "rizhao"}, "scope moon"),
        ([], {"x": "atlantis"}, "case of x: atlantis is no city of 2025-05's panel"),
        ([], {"tiktok": "rizhao"}, "case of tiktok: rizhao has no rank there in 2025-05"),
        (["composite"], {"x": "beijing"}, "case of x: its ranking is not among those"),
    ],
)
def test_a_choice_that_cannot_be_is_named(
    scopes: Sequence[str], cases: Mapping[str, str], said: str
) -> None:
    rows = [one for one in rows_of() if (one.city, one.platform) != ("rizhao", "tiktok")]
    index = index_of_rows(rows)
    with pytest.raises(IssueError, match=said):
        chosen_issue(index, kept(index), scopes, cases)


def test_what_is_published_has_its_choice_for_good() -> None:
    index = index_of_rows(rows_of(CITIES[:3]))
    with pytest.raises(IssueError, match="changes by a revision"):
        chosen_issue(index, freeze(kept(index)), [], {})
