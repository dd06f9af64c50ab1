"""Over 10,000 damaged answers: a named outcome or rows, never a crash, never a made-up count."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from model.count import Count
from model.items import Mapped
from model.platform import PLATFORMS, PlatformName
from model.route import Route
from tests.long.damage import (
    answers,
    bent,
    broken,
    counts,
    invented,
    lacking,
    mapped,
)
from tests.shared import PAYLOADS

BENT, BROKEN, LACKING, FOREIGN = 600, 600, 400, 100
CASES = len(PLATFORMS) * (BENT + BROKEN + LACKING + (len(PLATFORMS) - 1) * FOREIGN)
"""From our own fixtures alone; the recorded answers, where there are any, give as many again."""
LARGE = 20 * 1024 * 1024
ROUTES = (None, Route.API, Route.WEB)

pytestmark = pytest.mark.long
calm = settings(deadline=None, suppress_health_check=list(HealthCheck), database=None)
SOURCES = [
    pytest.param(name, recorded, marks=pytest.mark.shared if recorded else ())
    for recorded in (False, True)
    for name in PLATFORMS
    if not recorded or PAYLOADS.is_dir()
]
PAIRS = [(one, other) for one, other in product(PLATFORMS, PLATFORMS) if one != other]


def test_there_are_ten_thousand_cases() -> None:
    assert CASES >= 10_000


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_made_up_count_would_be_noticed(name: PlatformName) -> None:
    noticed = 0
    for body in answers(name, recorded=False).bodies:
        found = mapped(name, body)
        for post in found.posts if found else ():
            count = Count(value=987_654_321_123)
            changed = Mapped(shape="", posts=(structs.replace(post, counts={"likes": count}),))
            assert invented(name, changed, body) == [f"{post.id} likes 987654321123 by 1"]
            noticed += 1
    assert noticed > 3


@pytest.mark.parametrize(("name", "recorded"), SOURCES)
@settings(calm, max_examples=BENT)
@given(data=st.data(), route=st.sampled_from(ROUTES))
def test_bent_trees(
    name: PlatformName, recorded: bool, data: st.DataObject, route: Route | None
) -> None:
    body = data.draw(bent(answers(name, recorded).trees))
    found = mapped(name, body, route)
    assert found is None or invented(name, found, body) == []


@pytest.mark.parametrize(("name", "recorded"), SOURCES)
@settings(calm, max_examples=BROKEN)
@given(data=st.data(), route=st.sampled_from(ROUTES))
def test_broken_bytes(
    name: PlatformName, recorded: bool, data: st.DataObject, route: Route | None
) -> None:
    body = data.draw(broken(answers(name, recorded).bodies))
    found = mapped(name, body, route)
    assert found is None or invented(name, found, body) == []


@pytest.mark.parametrize(("name", "recorded"), SOURCES)
@settings(calm, max_examples=LACKING)
@given(data=st.data(), route=st.sampled_from(ROUTES))
def test_what_lacks_is_never_zero(
    name: PlatformName, recorded: bool, data: st.DataObject, route: Route | None
) -> None:
    body = data.draw(lacking(answers(name, recorded).trees))
    found = mapped(name, body, route)
    zeros = [] if found is None else [one for one in counts(found) if one[2] == 0]
    if name == "facebook":  # Of a post that nobody shared, it leaves the shares out.
        zeros = [one for one in zeros if one[1] != "shares"]
    assert zeros == []


@pytest.mark.parametrize("recorded", [False, pytest.param(True, marks=pytest.mark.shared)])
@pytest.mark.parametrize(("name", "other"), PAIRS)
@settings(calm, max_examples=FOREIGN)
@given(data=st.data(), route=st.sampled_from(ROUTES))
def test_answers_of_another_platform(
    name: PlatformName,
    other: PlatformName,
    recorded: bool,
    data: st.DataObject,
    route: Route | None,
) -> None:
    bodies = answers(other, recorded).bodies
    body = data.draw(st.sampled_from(bodies) | broken(bodies))
    found = mapped(name, body, route)
    assert found is None or invented(name, found, body) == []


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("name", PLATFORMS)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \n\t ",
        b"\x00" * 1000,
        bytes(range(256)) * 40,
        b"<!doctype html><html><title>502</title><body>Bad gateway</body></html>",
        b'{"data":' * 200_000,
        b"[" * 1_000_000 + b"]" * 1_000_000,
        b'{"data":[' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"]}",
        b"<script type='application/json'>" + b"[" * 500_000 + b"</script>",
        b"NaN",
        b'{"data":[{"id":NaN}]}',
        b'{"items":[' + (b'{"id":"1","x":"' + b"y" * 980 + b'"},') * (LARGE // 1000) + b"null]}",
        b'{"data":"' + b"x" * LARGE + b'"}',
        b"<html>" + b"<script>" * (LARGE // 8),
        b"<html>" + b"<script type=application/json>{}</script>" * (LARGE // 400),
        b"a=b; " * (LARGE // 5),
    ],
    ids=lambda body: f"{bytes(body[:12])!r}x{len(body)}",
)
def test_what_is_no_answer_at_all(name: PlatformName, route: Route | None, body: bytes) -> None:
    found = mapped(name, body, route)
    assert found is None or not (found.posts or found.accounts)
