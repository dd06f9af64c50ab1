"""The API asked at random by its own OpenAPI document: never a failure of ours, always a field."""

from __future__ import annotations

from typing import Any

import pytest
from httpx import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.openapi import from_dict

from tests.portal.web.readers import Readers
from tests.portal.web.seeded import MINE, OTHER, account_key, post_key

SMALL, WHOLE = 200, 10_000
"""Calls of all addresses together."""
_FOUND = {
    "month": ("2025-04", "2025-05", "2025-06", "2025-07", "0001-01", "9999-12"),
    "city": (MINE, OTHER, "atlantis"),
    "scope": ("composite", "x", "facebook"),
    "account": (account_key(MINE), account_key(OTHER)),
    "post": (post_key(MINE), post_key(OTHER)),
}
"""Names that exist: by chance alone none would be met."""
_ROLES = ("analyst", "operator", "admin")


@pytest.fixture(scope="module")
def clients(readers: Readers) -> list[Client]:
    return [readers.of(role) for role in _ROLES]


@pytest.mark.parametrize("calls", [SMALL, pytest.param(WHOLE, marks=pytest.mark.long)])
def test_nothing_that_is_asked_breaks_it(clients: list[Client], calls: int) -> None:
    document = clients[0].get("/api/v1/openapi.json").json()
    operations = [found.ok() for found in from_dict(document).get_all_operations()]
    assert len(operations) > 12
    wrong: list[tuple[str, int, str]] = []
    for operation in operations:
        wrong += _asked(operation, clients, calls // len(operations) + 1)
    assert wrong[:5] == []


def _asked(operation: Any, clients: list[Client], times: int) -> list[tuple[str, int, str]]:
    wrong: list[tuple[str, int, str]] = []
    names = st.fixed_dictionaries({name: st.sampled_from(known) for name, known in _FOUND.items()})

    @settings(
        max_examples=times,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        deadline=None,
        database=None,
    )
    @given(operation.as_strategy(), names, st.booleans(), st.sampled_from(clients))
    def ask(case: Any, named: dict[str, str], real: bool, client: Client) -> None:
        path = dict(case.path_parameters or {})
        if real:
            path |= {name: value for name, value in named.items() if name in path}
            case.path_parameters = path
        sent = case.as_transport_kwargs(base_url=str(client.base_url))
        answer = client.request(sent["method"], sent["url"], params=sent["params"])
        if fault := _fault(answer):
            wrong.append((str(answer.url), answer.status_code, fault))

    ask()
    return wrong


def _fault(answer: Any) -> str:
    """What is wrong with an answer; empty if nothing."""
    if answer.status_code >= 500:
        return str(answer.text[:200])
    if answer.status_code < 400 or "/api/v1/" not in str(answer.url):
        return ""
    told = answer.json()
    if answer.headers["content-type"] != "application/problem+json":
        return "no problem document"
    return "" if answer.status_code != 422 or told.get("field") else "names no field"
