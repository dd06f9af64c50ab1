"""What an assistant gets: through the SDK's own client, under the rights of its token."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from mcp import Client

from portal.assistants.asking import PortalApi
from portal.assistants.tools import assistant_server
from portal.users.roles import TokenScope
from portal.users.tokens import create_token
from tests.portal.web.readers import Readers
from tests.portal.web.seeded import MINE, OTHER

TOOLS = {"months", "leaderboard", "city", "explain", "coverage", "definitions"}
APRIL, MAY = "2025-04", "2025-05"
WITH = {"analyst": TokenScope.READ, "operator": TokenScope.READ, "reader": TokenScope.PUBLISHED}


@pytest.fixture(scope="module")
def apis(readers: Readers) -> Iterator[dict[str, PortalApi]]:
    """By who asks: an analyst, an operator, an analyst whose token opens published numbers alone;
    and one whose token is in force no more."""
    portal = readers.portal
    made: dict[str, PortalApi] = {"nobody": PortalApi(readers.address, "cr_none")}
    for who, scope in WITH.items():
        user = "operator" if who == "operator" else "analyst"
        secret, _ = create_token(portal.db, user, portal.clock.now(), scope=scope)
        made[who] = PortalApi(readers.address, secret)
    yield made
    for api in made.values():
        api.close()


async def _call(api: PortalApi, tool: str, **given: Any) -> tuple[bool, Any]:
    async with Client(assistant_server(api)) as client:
        got = await client.call_tool(tool, given)
    text = got.content[0].text  # type: ignore[union-attr]
    return not got.is_error, json.loads(text) if not got.is_error else text


async def test_all_tools_read(apis: dict[str, PortalApi]) -> None:
    async with Client(assistant_server(apis["analyst"])) as client:
        listed = (await client.list_tools()).tools
    assert {tool.name for tool in listed} == TOOLS
    for tool in listed:
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint
        assert tool.description


async def test_a_number_says_what_it_is_of(readers: Readers, apis: dict[str, PortalApi]) -> None:
    """Month, state, method, coverage, and why something is missing; as the API has it."""
    good, board = await _call(apis["reader"], "leaderboard", month=APRIL, top=3)
    assert good
    assert (board["month"], board["state"], board["method"].split()[0]) == (APRIL, "frozen", "giu")
    assert (len(board["items"]), board["of"]) == (3, 8)
    assert board["left_out"] == []
    path = f"/api/v1/months/{APRIL}/leaderboards/composite"
    pages = readers.of("operator").get(path).json()["items"]
    assert board["items"] == pages[:3]
    assert all(row["coverage"] is not None for row in board["items"])


async def test_a_city_in_all_scopes(apis: dict[str, PortalApi]) -> None:
    good, found = await _call(apis["analyst"], "city", month=MAY, city=OTHER)
    assert good
    assert found["state"] == "draft"
    assert found["scopes"]["composite"]["city"] == OTHER
    assert {row["platform"] for row in found["measures"]} == {"facebook", "x"}
    good, told = await _call(apis["analyst"], "city", month=MAY, city="atlantis")
    assert (good, "no city atlantis" in told) == (False, True)


CELLS = {
    ("months", ()): {"analyst": True, "operator": True, "reader": True},
    ("leaderboard", (("month", APRIL),)): {"analyst": True, "operator": True, "reader": True},
    ("leaderboard", (("month", MAY),)): {"analyst": True, "operator": False, "reader": False},
    ("city", (("month", APRIL), ("city", OTHER))): {
        "analyst": True,
        "operator": True,
        "reader": True,
    },
    ("explain", (("month", APRIL), ("city", MINE))): {
        "analyst": True,
        "operator": True,
        "reader": False,
    },
    ("explain", (("month", APRIL), ("city", OTHER))): {
        "analyst": True,
        "operator": False,
        "reader": False,
    },
    ("coverage", (("month", APRIL),)): {"analyst": True, "operator": False, "reader": False},
    ("definitions", ()): {"analyst": True, "operator": True, "reader": True},
}


def test_every_tool_has_its_cells() -> None:
    assert {tool for tool, _ in CELLS} == TOOLS


@pytest.mark.parametrize(("tool", "given"), CELLS)
async def test_every_cell(apis: dict[str, PortalApi], tool: str, given: tuple[Any, ...]) -> None:
    allowed = {}
    for who in WITH:
        allowed[who], _ = await _call(apis[who], tool, **dict(given))
    assert allowed == CELLS[tool, given]
    good, told = await _call(apis["nobody"], tool, **dict(given))
    assert (good, "token is not in force" in told) == (False, True)


async def test_measures_of_others_are_not_given(apis: dict[str, PortalApi]) -> None:
    for who in ("operator", "reader"):
        _, found = await _call(apis[who], "city", month=APRIL, city=OTHER)
        assert "measures" not in found
        assert found["measures_refused"]
        assert "posts" not in found["scopes"]["composite"]
    _, other = await _call(apis["operator"], "explain", month=APRIL, city=OTHER)
    _, none = await _call(apis["operator"], "explain", month=APRIL, city="atlantis")
    assert other == none


@pytest.mark.parametrize(
    "given", [{"month": "may"}, {"month": APRIL, "top": 0}, {"month": "../../admin"}]
)
async def test_wrong_arguments_are_refused(
    apis: dict[str, PortalApi], given: dict[str, Any]
) -> None:
    good, _ = await _call(apis["analyst"], "leaderboard", **given)
    assert not good


@pytest.mark.slow
async def test_the_portal_may_be_away() -> None:
    api = PortalApi("http://127.0.0.1:1", "cr_none")
    good, told = await _call(api, "months")
    api.close()
    assert (good, "does not answer" in told) == (False, True)
