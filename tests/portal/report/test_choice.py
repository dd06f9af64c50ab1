"""What editors choose of a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from portal.month import MonthIndex
from portal.readiness import readiness
from portal.report.blocks import Paragraph
from portal.report.cases import CaseRule, CaseSources, cases_from
from portal.report.choice import chosen_issue, lost_choices
from portal.report.facts import facts_of
from portal.report.story import report_document
from scoring.cities.city_table import city_measures
from scoring.errors import IssueError
from scoring.publish.issues import Issue, draft, freeze, with_choice
from scoring.publish.wording import Lang
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
        ([], {"tiktok": "rizhao"}, "case of tiktok: rizhao has no account there in 2025-05"),
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


def test_an_unordered_issue_has_cases_of_its_first_ten_alone() -> None:
    index = index_of_rows(rows_of(), ordered=False)
    assert chosen_issue(index, kept(index), [], {"x": "beijing"}).cases == {"x": "beijing"}
    with pytest.raises(IssueError, match="rizhao is not among the first ten"):
        chosen_issue(index, kept(index), [], {"x": "rizhao"})


WITHOUT = [
    replace(one, collected=False) if (one.city, one.platform) == ("xian", "x") else one
    for one in rows_of()
    if one.city != "luoyang" and (one.city, one.platform) != ("rizhao", "tiktok")
]
"""The month known again: a city, an account and a rank less."""
LOST = {
    "composite": ("luoyang", "panel", "the city is not in this period's panel"),
    "tiktok": ("rizhao", "account", "no account of the city there was watched"),
    "x": ("xian", "rank", "the city has no place there"),
}


def stale() -> tuple[MonthIndex, Issue]:
    """The month with fewer cities, and its draft with what was chosen before."""
    index = index_of_rows(WITHOUT)
    cases = {scope: city for scope, (city, _, _) in LOST.items()}
    return index, with_choice(kept(index), [], cases | {"facebook": "beijing", "youtube": ""})


def test_what_is_chosen_and_lost_is_named_with_its_reason() -> None:
    found = {one.scope: (one.city, one.why) for one in lost_choices(*stale())}
    assert found == {scope: (city, why) for scope, (city, why, _) in LOST.items()}
    index, issue = stale()
    other = with_choice(issue, ["composite", "weibo"], {"weibo": "beijing"})
    said = [(one.scope, one.city, one.why) for one in lost_choices(index, other)]
    assert said == [("weibo", "", "scope"), ("weibo", "beijing", "scope")]
    assert lost_choices(index, None) == ()


def test_a_lost_choice_speaks_against_publishing() -> None:
    index, issue = stale()
    for lang, sign in (("zh", "未能采用"), ("en", "could not be kept")):
        (asked,) = (
            one
            for one in readiness(index, MAY.cutoff, "zh" if lang == "zh" else "en", issue)
            if one.name in ("choice", "选定内容")
        )
        assert (asked.ok, asked.text.count(sign)) == (False, 3)
        assert "issue choose" in asked.remedy
    fine = with_choice(issue, ["x"], {"x": "beijing"})
    assert [one.ok for one in readiness(index, MAY.cutoff, issue=fine)][-1]
    bare = with_choice(issue, [], {})
    assert "choice" not in [one.name for one in readiness(index, MAY.cutoff, issue=bare)]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_report_says_what_was_chosen_in_vain(lang: Lang) -> None:
    index, issue = stale()
    issue = replace(issue, scopes=("composite", "x", "tiktok", "weibo"))
    facts = replace(
        facts_of(index, MAY.cutoff, issue), lost=lost_choices(index, issue), shown=issue.scopes
    )
    measures = city_measures(index.inputs.rows, index.inputs.cities)
    sources = CaseSources(measures, {}, lambda *_: (), lambda _: (None, ""))
    cases = {one.scope: one for one in cases_from(facts, sources, issue.cases)}
    assert cases["x"].rule is CaseRule.FIRST
    document = report_document(facts, tuple(cases.values()), lang)

    def warnings(section: str) -> str:
        blocks = document.sections[section]
        return " ".join(one.text for one in blocks if isinstance(one, Paragraph) and one.warns)

    assert "weibo" in warnings("opening")
    names = {"zh": {"x": "西安", "composite": "洛阳", "tiktok": "日照"}}.get(
        lang, {"x": "Xi'an", "composite": "Luoyang", "tiktok": "Rizhao"}
    )
    for scope, (_, _, why) in LOST.items():
        assert names[scope] in warnings(scope)
        assert lang == "zh" or why in warnings(scope)
