"""X answers against both OpenAPI documents, where these lie beside the project."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.running import Sandbox
from tests.shared import FOLDER

DOCUMENTS = sorted((FOLDER / "platforms").glob("x-openapi-*.json.gz"))
POST_FIELDS = "attachments,created_at,entities,lang,public_metrics,possibly_sensitive"
TYPES = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict}
CALLS = [
    "/2/users/by",
    "/2/users",
    "/2/users/{id}",
    "/2/users/by/username/{username}",
    "/2/users/{id}/tweets",
    "/2/tweets",
    "/2/tweets/{id}",
]

pytestmark = pytest.mark.shared


class Document:
    """One OpenAPI document and what in a value disagrees with it."""

    def __init__(self, path: Path) -> None:
        self._document = json.loads(gzip.decompress(path.read_bytes()))
        self.new = "2.167" in path.name

    def problems(self, call: str, answer: Any) -> list[str]:
        """Where the answer of a call is not of the documented shape."""
        ok = self._document["paths"][call]["get"]["responses"]["200"]
        return list(self._check(ok["content"]["application/json"]["schema"], answer, "$"))

    def _resolve(self, schema: Any) -> Any:
        while "$ref" in schema:
            schema = self._document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return schema

    def _check(self, schema: Any, value: Any, path: str, whole: bool = True) -> list[str]:
        schema = self._resolve(schema)
        parts = schema.get("allOf", [])
        found = [p for part in parts for p in self._check(part, value, path, whole=False)]
        if "oneOf" in schema:
            tries = [self._check(part, value, path) for part in schema["oneOf"]]
            return [*found, *min(tries, key=len)]
        wanted = TYPES.get(schema.get("type", ""), type(value))
        if type(value) is not wanted:
            return [*found, f"{path}: {type(value).__name__} instead of {wanted.__name__}"]
        if "pattern" in schema and not re.search(schema["pattern"], str(value)):
            found.append(f"{path}: {value!r} is not like {schema['pattern']}")
        if "enum" in schema and value not in schema["enum"]:
            found.append(f"{path}: {value!r} is none of {schema['enum']}")
        if isinstance(value, list):
            return found + self._items(schema, value, path)
        if isinstance(value, dict):
            found += self._members(schema, value, path, whole and not parts)
        return found

    def _items(self, schema: Any, value: list[Any], path: str) -> list[str]:
        items = schema.get("items", {})
        found = [f"{path}: too few"] if len(value) < schema.get("minItems", 0) else []
        return found + [
            p for n, v in enumerate(value) for p in self._check(items, v, f"{path}[{n}]")
        ]

    def _members(self, schema: Any, value: dict[str, Any], path: str, whole: bool) -> list[str]:
        known = schema.get("properties", {})
        found = [f"{path}.{key}: missing" for key in schema.get("required", []) if key not in value]
        if known and whole and "discriminator" not in schema:
            found += [f"{path}.{key}: unknown" for key in value if key not in known]
        return found + [
            problem
            for key, inner in value.items()
            if key in known
            for problem in self._check(known[key], inner, f"{path}.{key}")
        ]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_answers_are_of_the_documented_shapes(sandbox: Sandbox, path: Path, call: str) -> None:
    document = Document(path)
    account = sandbox.busiest("x")
    posts = sandbox.visible(account)
    fields = "post.fields" if document.new else "tweet.fields"
    more = "" if document.new else ",author_id,conversation_id,referenced_tweets"
    params = {fields: POST_FIELDS + more, "expansions": "attachments.media_keys,author_id"}
    params["user.fields"] = "created_at,protected,public_metrics,verified,verified_type"
    if call.endswith("tweets"):
        params["media.fields"] = "duration_ms,height,type,url,width"
    if call == "/2/tweets":
        params["ids"] = ",".join([*(post.id for post in posts[:99]), "5"])
    elif call == "/2/users":
        params["ids"] = f"{account.id},5"
    elif call == "/2/users/by":
        params["usernames"] = f"{account.handle},nobody"
    elif call == "/2/users/{id}/tweets":
        params["max_results"] = "100"
    owner = posts[0].id if "tweets/{id}" in call else account.id
    url = call.format(id=owner, username=account.handle)
    answer = sandbox.json(url, **params)
    assert answer["data"]
    assert document.problems(call, answer) == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_the_check_itself_finds_what_is_wrong(path: Path) -> None:
    document = Document(path)
    bad = {"data": [{"id": 5, "name": "a", "username": "b", "sales": 1}]}
    problems = document.problems("/2/users/by", bad)
    assert "$.data[0].id: int instead of str" in problems
    assert "$.data[0].sales: unknown" in problems
