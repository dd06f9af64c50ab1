"""Role by route by city: made from the routes, so that none is forgotten; every cell is asked."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from fastapi.routing import APIRoute
from httpx import Response
from parsel import Selector

from portal.app import ROUTERS
from portal.asking.asked import ROUTE_RIGHTS
from portal.rights.viewer import ROLE_RIGHTS, Right
from portal.users.roles import Role, TokenScope
from portal.users.tokens import create_token
from tests.portal.web.readers import Readers
from tests.portal.web.seeded import MINE, OTHER, account_key, post_key

UNKNOWN = "atlantis"
CITIES = (MINE, OTHER, UNKNOWN)
WITHOUT_ASKING = {"/healthz", "/readyz", "/metrics"}


def _routes() -> list[tuple[str, str]]:
    found = [r for router in ROUTERS for r in router.routes if isinstance(r, APIRoute)]
    return sorted((method, r.path) for r in found for method in r.methods)


def _address(path: str, city: str) -> str:
    unknown = city == UNKNOWN
    values = {
        "{month}": "2025-05",
        "{city}": city,
        "{scope}": "composite",
        "{account:path}": "facebook:999" if unknown else account_key(city),
        "{account}": "facebook:999" if unknown else account_key(city),
        "{post:path}": "facebook:999999" if unknown else post_key(city),
        "{post}": "facebook:999999" if unknown else post_key(city),
    }
    for name, value in values.items():
        path = path.replace(name, value)
    return path


def _of_a_city(path: str) -> bool:
    return any(name in path for name in ("{city}", "{account", "{post"))


def _cells() -> Iterator[tuple[str, str, str, str]]:
    for method, path in _routes():
        for role in ("", "analyst", "operator", "admin"):
            for city in CITIES if _of_a_city(path) else (MINE,):
                yield method, path, role, city


def _query(path: str) -> str:
    return "?month=2025-05" if path.endswith("{account}/daily") else ""


def test_every_route_has_its_right() -> None:
    assert set(_routes()) == set(ROUTE_RIGHTS)


def _ask(readers: Readers, method: str, path: str, role: str, city: str) -> Response:
    client = readers.of(role)
    address = _address(path, city) + _query(path)
    if method == "GET":
        return client.get(address)
    token = readers.form_token(client) if role else "none"
    return client.post(address, data={"form_token": token})


@pytest.mark.parametrize("role", ["", "analyst", "operator", "admin"])
def test_every_cell(readers: Readers, role: str) -> None:
    """Open where the role has the right and the city is theirs; else refused or not there."""
    wrong = []
    for method, path, who, city in _cells():
        if who != role or path in WITHOUT_ASKING:
            continue
        got = _ask(readers, method, path, role, city).status_code
        if not _is_right(method, path, role, city, got):
            wrong.append((method, path, city, got))
    assert wrong == []


def _is_right(method: str, path: str, role: str, city: str, got: int) -> bool:
    right = ROUTE_RIGHTS[method, path]
    if right is Right.OPEN:
        return got < 500
    if not role:
        return got == (403 if method == "POST" else 401 if path.startswith("/api/") else 303)
    if right not in ROLE_RIGHTS[Role(role)]:
        return got == 403
    if _of_a_city(path) and (city == UNKNOWN or (role == "operator" and city != MINE)):
        return got == 404
    if ("/leaderboard" in path and role == "operator") or path.endswith("/issue/file"):
        return got == 404  # May is a draft.
    return got in (200, 303, 422)


@pytest.mark.parametrize("path", sorted(p for m, p in ROUTE_RIGHTS if m == "GET" and _of_a_city(p)))
def test_other_cities_answer_as_what_does_not_exist(readers: Readers, path: str) -> None:
    """Same status, same text but for the address itself."""
    client, texts = readers.of("operator"), []
    for city in (OTHER, UNKNOWN):
        answer = client.get(_address(path, city) + _query(path))
        address = _address(path, city)
        text = answer.text.replace(address, "")
        if path.startswith("/api/"):
            text = str({k: v for k, v in answer.json().items() if k != "request"})
        texts.append((answer.status_code, text))
    assert texts[0] == texts[1]


OPERATORS = (
    *(f"/my/{MINE}", f"/my/{MINE}/top-ten", "/months/2025-04/leaderboard", "/api", "/password"),
    *(f"/months/2025-04/cities/{MINE}{page}" for page in ("", "/method", "/media")),
    *("/months/2025-04/posts", f"/posts/{post_key(MINE)}", f"/accounts/{account_key(MINE)}"),
)


def test_no_page_of_an_operator_leads_to_one_that_is_not_open(readers: Readers) -> None:
    """The overview of a published month is not theirs, for it says more than the issue."""
    client, rights = readers.of("operator"), set[Right]()
    assert client.get("/months/2025-04").status_code == 403
    for page in OPERATORS:
        answer = client.get(page)
        assert answer.status_code == 200, page
        for link in Selector(answer.text).css("a::attr(href)").getall():
            if (path := urlsplit(link).path) and not path.startswith("/api/"):
                assert _right_of(path) in {*ROLE_RIGHTS[Role.OPERATOR], Right.OPEN}, (page, link)
                rights.add(_right_of(path))
    assert Right.CITY in rights


def _right_of(path: str) -> Right:
    routes = [r for router in ROUTERS for r in router.routes if isinstance(r, APIRoute)]
    route = next(r for r in routes if "GET" in r.methods and r.path_regex.match(path))
    return ROUTE_RIGHTS["GET", route.path]


def test_a_cursor_of_another_city_gives_nothing_away(readers: Readers) -> None:
    analyst, operator = readers.of("analyst"), readers.of("operator")
    page = analyst.get("/api/v1/months/2025-05/posts?limit=1").json()
    theirs = operator.get(f"/api/v1/months/2025-05/posts?limit=200&cursor={page['next']}").json()
    assert {row["city"] for row in theirs["items"]} <= {MINE}
    for cursor in ("zzz", "W10=", "eyJhIjoxfQ=="):
        answer = operator.get(f"/api/v1/months/2025-05/posts?cursor={cursor}")
        assert (answer.status_code, answer.json()["field"]) == (422, "cursor")


def test_all_posts_come_once_over_the_pages(readers: Readers) -> None:
    client, seen, cursor = readers.of("analyst"), [], ""
    while cursor is not None:
        page = client.get(f"/api/v1/months/2025-05/posts?limit=7&cursor={cursor}").json()
        seen += [row["post"] for row in page["items"]]
        cursor = page["next"]
    assert len(seen) == len(set(seen)) == 2 * sum(n + 2 for n in range(8))


@pytest.mark.parametrize(
    ("scope", "cities", "path", "status"),
    [
        (TokenScope.READ, (), f"/api/v1/months/2025-05/cities/{OTHER}/measures", 200),
        (TokenScope.READ, (MINE,), f"/api/v1/months/2025-05/cities/{OTHER}/measures", 404),
        (TokenScope.READ, (MINE,), f"/api/v1/months/2025-05/cities/{MINE}/measures", 200),
        (TokenScope.READ, (MINE,), "/api/v1/quota", 403),
        (
            TokenScope.PUBLISHED,
            (),
            f"/api/v1/accounts/{account_key(MINE)}/daily?month=2025-05",
            403,
        ),
        (TokenScope.PUBLISHED, (), "/api/v1/months/2025-04/leaderboards/composite", 200),
        (TokenScope.PUBLISHED, (), "/api/v1/months/2025-05/leaderboards/composite", 404),
    ],
)
def test_tokens(
    readers: Readers, scope: TokenScope, cities: tuple[str, ...], path: str, status: int
) -> None:
    portal = readers.portal
    now = portal.clock.now()
    secret, _ = create_token(portal.db, "analyst", now, scope=scope, cities=cities)
    client = readers.nobody()
    client.headers["authorization"] = f"Bearer {secret}"
    assert client.get(path).status_code == status
    assert client.get("/team").status_code == 303
    assert portal.db.tokens.count_documents({"_id": secret}) == 0


def test_a_frozen_month_has_an_etag(readers: Readers) -> None:
    for role in ("analyst", "operator"):
        client, path = readers.of(role), "/api/v1/months/2025-04/leaderboards/composite"
        first = client.get(path)
        again = client.get(path, headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert ("posts" in first.json()["items"][0]) == (role == "analyst")
    other = client.get(path, headers={"if-none-match": '"guessed"'})
    assert other.status_code == 200
