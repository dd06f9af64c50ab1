"""X's answers against both of its OpenAPI documents, each in the dialect of its own names."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
import requests

from tests.clients.documents import OpenApi, problems
from tests.clients.served import Sandbox
from tests.clients.worlds import Account
from tests.shared import FOLDER

pytestmark = pytest.mark.shared
USER = (
    "created_at,description,location,name,profile_image_url,protected,public_metrics,url,"
    "username,verified,verified_type"
)
CLASSIC = {
    "user.fields": f"{USER},pinned_tweet_id",
    "tweet.fields": "attachments,author_id,conversation_id,created_at,entities,lang,"
    "possibly_sensitive,public_metrics,referenced_tweets,reply_settings",
}
NEW = {
    "user.fields": f"{USER},pinned_post_id",
    "post.fields": "attachments,author_id,conversation_id,created_at,entities,lang,"
    "possibly_sensitive,public_metrics,referenced_posts,reply_settings",
}
EXPANSIONS = "author_id,attachments.media_keys"
MEDIA = "duration_ms,height,media_key,preview_image_url,type,url,width"
DIALECTS = {
    "2.159": (CLASSIC, {"media.fields": MEDIA, "expansions": f"{EXPANSIONS},referenced_tweets.id"}),
    "2.167": (NEW, {"media.fields": MEDIA, "expansions": f"{EXPANSIONS},referenced_posts"}),
}
TIMELINE = "/2/users/{id}/tweets"


class Asking:
    """Calls in one document's dialect; every answer is checked against the document."""

    def __init__(self, sandbox: Sandbox, version: str, token: str = "token") -> None:
        packed = (FOLDER / "platforms" / f"x-openapi-{version}.json.gz").read_bytes()
        self.document = OpenApi(json.loads(gzip.decompress(packed)))
        self.fields, self.expansions = DIALECTS[version]
        self._base = sandbox.base
        self._headers = {"authorization": f"Bearer {token}"}

    def answer(self, path: str, params: dict[str, Any], status: int = 200) -> dict[str, Any]:
        """A checked answer of a path of the document; `id` and `username` go into the path."""
        url, params = path, dict(params)
        for name in [name for name in params if f"{{{name}}}" in path]:
            url = url.replace(f"{{{name}}}", params.pop(name))
        assert params.keys() <= self.document.parameters(path)
        answer = requests.get(self._base + url, params, headers=self._headers, timeout=20)
        assert answer.status_code == status, answer.text
        kind = answer.headers["content-type"].partition(";")[0]
        described = self.document.validator(path, "200" if status == 200 else "default", kind)
        value = dict(answer.json())
        assert problems(described, value) == []
        for problem in [value] if status != 200 else value.get("errors", []):
            assert problems(self.document.problem(problem["type"]), problem) == []
        return value

    def users(self, path: str, **params: Any) -> dict[str, Any]:
        """A call about users, with all fields that the sandbox knows."""
        return self.answer(path, {**self.fields, **params})

    def posts(self, path: str, **params: Any) -> dict[str, Any]:
        """A call about posts, with all fields and expansions that the sandbox knows."""
        return self.answer(path, {**self.fields, **self.expansions, **params})


@pytest.fixture(params=DIALECTS)
def asking(request: pytest.FixtureRequest, sandbox: Sandbox) -> Asking:
    return Asking(sandbox, request.param)


def test_users_are_as_described(sandbox: Sandbox, asking: Asking) -> None:
    accounts = sandbox.world.accounts("x")
    names = ",".join([*(account.handle for account in accounts), "nobody_here"])
    answer = asking.users("/2/users/by", usernames=names)
    assert len(answer["data"]) == len(accounts)
    assert len(answer["errors"]) == 1
    ids = ",".join(account.id for account in accounts)
    assert asking.users("/2/users", ids=ids)["data"] == answer["data"]
    first = accounts[0]
    assert asking.users("/2/users/{id}", id=first.id)["data"] == answer["data"][0]
    by_name = asking.users("/2/users/by/username/{username}", username=first.handle)
    assert by_name["data"] == answer["data"][0]


def timeline(asking: Asking, account: Account) -> list[dict[str, Any]]:
    """All posts of an account, every page checked."""
    params: dict[str, Any] = {"id": account.id, "max_results": 10}
    rows: list[dict[str, Any]] = []
    while True:
        page = asking.posts(TIMELINE, **params)
        rows.extend(page.get("data", []))
        if "next_token" not in page["meta"]:
            return rows
        params["pagination_token"] = page["meta"]["next_token"]


def test_every_post_is_as_described(sandbox: Sandbox, asking: Asking) -> None:
    for account in sandbox.world.accounts("x"):
        rows = timeline(asking, account)
        assert len(rows) == len(account.visible())
        ids = ",".join(row["id"] for row in rows[:100])
        if ids:
            assert len(asking.posts("/2/tweets", ids=ids)["data"]) == len(rows[:100])
            newest = asking.posts("/2/tweets/{id}", id=rows[0]["id"])
            assert newest["data"]["id"] == rows[0]["id"]


def test_what_is_not_found_is_as_described(sandbox: Sandbox, asking: Asking) -> None:
    _, gone = sandbox.world.deleted("x")
    for path, params in (
        ("/2/tweets", {"ids": gone.id}),
        ("/2/tweets/{id}", {"id": gone.id}),
        ("/2/users", {"ids": "5,6"}),
        ("/2/users/{id}", {"id": "5"}),
        (TIMELINE, {"id": "5"}),
    ):
        answer = asking.users(path, **params)
        assert "data" not in answer
        assert answer["errors"]


def test_a_refused_parameter_is_as_described(sandbox: Sandbox, asking: Asking) -> None:
    account = sandbox.world.busiest("x")
    answer = asking.answer(TIMELINE, {"id": account.id, "max_results": 4}, 400)
    assert answer["title"] == "Invalid Request"


def test_the_usage_is_as_the_newer_document_describes_it(sandbox: Sandbox) -> None:
    """The older one has numbers where the newer has strings, and a call does not tell which."""
    answer = Asking(sandbox, "2.167").answer("/2/usage/tweets", {})
    assert int(answer["data"]["project_usage"]) <= int(answer["data"]["project_cap"])


@pytest.mark.parametrize(("token", "status"), [("invalid-token", 401), ("forbidden-token", 403)])
def test_refused_tokens_are_as_the_older_document_describes_them(
    sandbox: Sandbox, token: str, status: int
) -> None:
    """The newer one has no kind of problem for them."""
    account = sandbox.world.busiest("x")
    asking = Asking(sandbox, "2.159", token)
    assert asking.answer("/2/users/{id}", {"id": account.id}, status)["status"] == status


def test_a_spent_window_is_as_the_older_document_describes_it(sandbox: Sandbox) -> None:
    sandbox.fault(kind="rate_limited", platform="x")
    account = sandbox.world.busiest("x")
    asking = Asking(sandbox, "2.159")
    assert asking.answer("/2/users/{id}", {"id": account.id}, 429)["title"] == "Too Many Requests"


WRONG = [
    ("a string instead of a number", ("public_metrics", "like_count"), "12"),
    ("a time that is none", ("created_at",), "yesterday"),
    ("an unknown key", ("sales",), 12),
    ("a number instead of an id", ("id",), 12),
]


@pytest.mark.parametrize(("case", "path", "value"), WRONG, ids=[case for case, *_ in WRONG])
def test_a_wrong_answer_would_be_noticed(
    sandbox: Sandbox, asking: Asking, case: str, path: tuple[str, ...], value: Any
) -> None:
    answer = asking.posts(TIMELINE, id=sandbox.world.busiest("x").id)
    place = answer["data"][0]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    described = asking.document.validator(TIMELINE, "200", "application/json")
    (problem,) = problems(described, answer)
    assert problem.startswith("$.data[0]")
