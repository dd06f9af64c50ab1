"""What is published: drafts, frozen issues, revisions, and that storage keeps them whole."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest

import scoring
from model.period import Period
from scoring.publish.issues import (
    Issue,
    draft,
    freeze,
    from_plain,
    redraft,
    revise,
    to_plain,
    with_choice,
)
from scoring.publish.top import ranks_by_node
from tests.scoring.cities.test_city_table import JUNE, computed, month
from tests.scoring.support import MAY


def drafted(result: scoring.Result | None = None, period: Period = MAY) -> Issue:
    return draft(
        result or computed(),
        period,
        panel="0123456789ab",
        code_version="0.1.0",
        created_at="2025-06-04T00:00:00+00:00",
    )


def failed() -> scoring.Result:
    return computed([replace(row, collected=row.city != "bb") for row in month()])


def test_a_draft_carries_what_defends_it() -> None:
    result = failed()
    issue = drafted(result)
    assert (issue.method, issue.method_hash) == ("giu", result.method.hash)
    assert issue.input_hash == result.table.hash
    assert (issue.state, issue.revision) == ("draft", 0)
    assert [e.unit for e in issue.entries] == list(result.units)
    first = issue.entries[0]
    assert first.scores["index"] == result.score("aa")
    assert first.ranks["facebook"] == result.rank("aa", "facebook")
    assert first.coverage == 1.0
    assert [(e.unit, e.reason) for e in issue.left_out] == [("bb", "no_data")]
    assert any(note.startswith("facebook_rating: ") for note in issue.notes)


def test_ranks_of_an_issue_are_those_of_its_result() -> None:
    assert drafted(failed()).ranks == ranks_by_node(failed())


@pytest.mark.slow
def test_the_same_draft_has_the_same_digest() -> None:
    assert drafted().digest == drafted().digest
    assert drafted().digest != drafted(failed()).digest


@pytest.mark.slow
def test_frozen_issues_change_by_revision_alone() -> None:
    issue = freeze(drafted())
    assert issue.state == "frozen"
    for attempt in (lambda: freeze(issue), lambda: redraft(issue, drafted())):
        with pytest.raises(scoring.IssueError, match="frozen"):
            attempt()
    revised = revise(issue, drafted(failed()), "a late answer of the platform")
    assert (revised.state, revised.revision) == ("revised", 1)
    assert revised.previous == issue.digest
    again = revise(revised, drafted(), "and back")
    assert (again.revision, again.previous) == (2, revised.digest)
    with pytest.raises(scoring.IssueError, match="revision 2"):
        redraft(again, drafted())


def test_drafts_are_made_anew() -> None:
    new = drafted(failed())
    assert redraft(None, new) is new
    assert redraft(drafted(), new) is new


@pytest.mark.slow
@pytest.mark.parametrize(
    ("published", "new", "reason", "word"),
    [
        ("draft", "failed", "why", "a draft is not revised"),
        ("frozen", "failed", " ", "needs a reason"),
        ("frozen", "same", "why", "would change nothing"),
        ("frozen", "other", "why", "not the same index"),
    ],
)
def test_revisions_are_refused(published: str, new: str, reason: str, word: str) -> None:
    before = drafted() if published == "draft" else freeze(drafted())
    after = {
        "failed": drafted(failed()),
        "same": replace(drafted(), created_at="2025-07-01T00:00:00+00:00"),
        "other": drafted(failed(), JUNE),
    }[new]
    with pytest.raises(scoring.IssueError, match=word):
        revise(before, after, reason)


@pytest.mark.slow
def test_storage_keeps_issues_whole() -> None:
    issue = revise(freeze(drafted()), drafted(failed()), "a reason")
    stored = json.loads(json.dumps(to_plain(issue)))
    assert from_plain({**stored, "_id": "anything"}) == issue
    assert from_plain(stored).digest == issue.digest


def test_what_was_changed_in_storage_is_refused() -> None:
    stored = json.loads(json.dumps(to_plain(freeze(drafted()))))
    stored["entries"][0]["scores"]["index"] = 99.0
    with pytest.raises(scoring.IssueError, match="its digest differs"):
        from_plain(stored)
    with pytest.raises(scoring.IssueError, match="schema 7"):
        from_plain({**stored, "schema": 7})
    with pytest.raises(scoring.IssueError, match="not an issue"):
        from_plain({"schema": 1, "entries": [], "left_out": [], "notes": [], "surprise": 1})


def test_issues_of_before_the_choice_are_read_with_their_digests() -> None:
    """Schema 2 had neither rankings nor cases, and its digests were made without them."""
    issue = replace(drafted(), schema=2)
    old = {k: v for k, v in to_plain(issue).items() if k not in ("scopes", "cases")}
    content = json.dumps(
        {k: v for k, v in old.items() if k != "digest"}, sort_keys=True, ensure_ascii=False
    )
    assert old["digest"] == hashlib.sha256(content.encode()).hexdigest()
    read = from_plain(json.loads(json.dumps(old)))
    assert (read, read.scopes, dict(read.cases)) == (issue, (), {})


def test_the_choice_belongs_to_the_issue_and_to_drafts_alone() -> None:
    issue = drafted()
    chosen = with_choice(issue, ["composite", "x"], {"x": "aa", "youtube": ""})
    assert chosen.digest != issue.digest
    assert from_plain(json.loads(json.dumps(to_plain(chosen)))) == chosen
    frozen = freeze(chosen)
    with pytest.raises(scoring.IssueError, match="changes by a revision"):
        with_choice(frozen, [], {})
    with pytest.raises(scoring.IssueError, match="would change nothing"):
        revise(frozen, chosen, "again")
    other = revise(frozen, with_choice(chosen, ["composite"], {}), "another case")
    assert (other.revision, other.scopes) == (1, ("composite",))
    for wrong in ({"scopes": [1]}, {"cases": {"x": 2}}, {"cases": ["x"]}):
        with pytest.raises(scoring.IssueError, match="not an issue"):
            from_plain({**to_plain(chosen), **wrong})
