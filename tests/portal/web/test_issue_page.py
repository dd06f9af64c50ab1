"""The issue of a month in the portal: draft, choice, preview, freeze, revision, withdrawal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from httpx import Response
from parsel import Selector

from portal.asking.asked import Portal
from scoring.publish.issues import Issue
from store.database import Store
from tests.portal.web.readers import Readers, serving
from tests.portal.web.seeded import portal_over, seeded_store
from tests.store.mongod import Mongod

pytestmark = pytest.mark.servers
PAGE = "/months/2025-05/issue"


@pytest.fixture(scope="module")
def own(mongod: Mongod) -> Iterator[Store]:
    """The seeded months, to be changed."""
    with seeded_store(mongod.uri, "portal_issue") as db:
        yield db


@pytest.fixture(scope="module")
def desk(own: Store, mongod: Mongod, redis_uri: str) -> Iterator[Readers]:
    """Readers of a portal over them, which makes files of its own kind."""

    def file_of(issue: Issue) -> bytes:
        return f"zip of {issue.digest}".encode()

    portal: Portal = replace(portal_over(mongod.uri, own.name, redis_uri), issue_file=file_of)
    with serving(portal) as address:
        readers = Readers(portal, address)
        yield readers
        readers.close()
    portal.close()


def sent(desk: Readers, action: str, role: str = "analyst", **fields: Any) -> Response:
    """What a form of the page is answered by."""
    client = desk.of(role)
    token = desk.form_token(client)
    return client.post(PAGE, data={"form_token": token, "action": action, **fields})


def shown(desk: Readers, path: str = "") -> str:
    """A page of the issue's."""
    answer = desk.of("analyst").get(PAGE + path)
    assert answer.status_code == 200, answer.text
    return answer.text


def chapters(page: str) -> list[str]:
    """The headings of a report's rankings."""
    heads = Selector(page).css("h2::text").getall()
    return [head for head in heads if "TOP10" in head]


def test_an_issue_goes_its_way(desk: Readers) -> None:
    """Each step in turn, with what is refused at it."""
    assert "A draft is kept." in shown(desk)
    assert chapters(shown(desk, "/preview?lang=zh"))[0] == "综合指数 TOP10"
    choice = {"chart-composite": "yes", "chart-x": "yes"}
    choice |= {"case-x": "hefei", "case-composite": "xiamen"}
    assert sent(desk, "choose", **choice).status_code == 303
    preview = shown(desk, "/preview?lang=zh")
    assert chapters(preview) == ["综合指数 TOP10", "X平台 TOP10"]
    assert "合肥在X平台位列第" in preview
    assert "厦门在综合指数中位列第" in preview
    assert "本例由编辑选定。" in preview
    assert "Xiamen is" in shown(desk, "/preview?lang=en")
    assert sent(desk, "draft", despite="a trial").status_code == 303
    assert chapters(shown(desk, "/preview?lang=zh")) == ["综合指数 TOP10", "X平台 TOP10"]

    early = sent(desk, "draft")
    assert (early.status_code, "Nothing was kept" in early.text) == (422, True)
    assert "are rated; the method wants" in early.text
    assert sent(desk, "withdraw", role="operator").status_code == 403
    assert desk.of("analyst").get(f"{PAGE}/file").status_code == 404
    assert sent(desk, "freeze").status_code == 303  # by the draft's own reason
    page = shown(desk)
    assert "Published, frozen" in page
    assert "a trial" in page
    assert desk.of("analyst").get(f"{PAGE}/file").text.startswith("zip of ")

    for action, said in (
        ("choose", "changes by a revision"),
        ("draft", "is frozen (revision 0)"),
        ("freeze", "is frozen (revision 0)"),
        ("withdraw", "is frozen (revision 0)"),
        ("revise", "would change nothing"),
    ):
        fields = choice if action == "choose" else {"reason": "late data", "despite": "a trial"}
        answer = sent(desk, action, **fields)
        assert answer.status_code == 422, action
        assert said in answer.text or "is frozen" in answer.text, action


def test_a_revision_may_have_another_case(desk: Readers) -> None:
    """From the page of what was published above: its form, filled in as it stands, changes
    nothing; another case is a change."""
    form = Selector(shown(desk)).css("form.filters:last-of-type")
    names = [s.attrib["name"] for s in form.css("select")]
    assert names == ["case-composite", "case-x"]
    fields = {
        s.attrib["name"]: s.css("option[selected]::attr(value)").get("rules")
        for s in form.css("select")
    }
    assert fields == {"case-composite": "xiamen", "case-x": "hefei"}
    told = {"reason": "another case", "despite": "a trial"}
    assert "would change nothing" in sent(desk, "revise", **told, **fields).text
    fields["case-x"] = "foshan"
    assert sent(desk, "revise", **told, **fields).status_code == 303
    assert "佛山在X平台位列第" in shown(desk, "/preview?lang=zh")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"action": "print"}, "expected one of draft, choose"),
        ({"action": "choose"}, "at least one ranking"),
        ({"action": "choose", "chart-<b>": "yes"}, "scope &lt;b&gt;: expected one of"),
        ({"action": "choose", "chart-x": "yes", "case-x": "atlantis"}, "is no city of"),
    ],
)
def test_what_cannot_be_understood_changes_nothing(
    desk: Readers, own: Store, fields: dict[str, str], said: str
) -> None:
    page = "/months/2025-06/issue"
    client = desk.of("admin")
    token = desk.form_token(client)
    client.post(page, data={"form_token": token, "action": "draft", "despite": "early"})
    before = own["issues"].find_one({"period": "2025-06"})
    answer = client.post(page, data={"form_token": token, **fields})
    assert (answer.status_code, said in answer.text) == (422, True), answer.text
    assert own["issues"].find_one({"period": "2025-06"}) == before
    assert client.post(page, data={"form_token": token, "action": "withdraw"}).status_code == 303
    assert own["issues"].find_one({"period": "2025-06"}) is None
