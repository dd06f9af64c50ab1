"""Answers that are none, through real crawlers of both routes: a name for each, raw kept, alive."""

from __future__ import annotations

import gzip
import hashlib
import random
import zlib
from collections.abc import Callable, Iterator

import pytest
import zstandard

from crawler.browser import available
from crawler.engine.sinks import MOST_KEPT
from model.messages import HarvestPage, Outcome, VisitClosed
from model.platform import PLATFORMS, PlatformName
from model.route import Route
from tests.crawler.platforms.bad_site import BadSite, bad_site

ROUTES = (Route.API, Route.WEB)
THROUGH_BROWSER: tuple[PlatformName, ...] = ("facebook", "tiktok")
"""Their bytes come as the browser understood them."""
NO_DATA = {("x", "another service"), ("tiktok", "another service")}
"""An answer without the rows that these platforms leave out where there are none."""
MEGABYTE = 1_000_000
NOISE = "20 MB of noise"
BODIES: dict[str, Callable[[], bytes]] = {
    "cut off": lambda: b'{"data": [{"id": "1", "public_me',
    "binary": lambda: bytes(range(256)) * 64,
    "another site": lambda: (
        b"<html><head><title>It works</title></head><body>It works</body></html>"
    ),
    "another service": lambda: b'{"weather": {"town": "Quay", "celsius": 21}}',
    "deep": lambda: b'{"data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "not a number": lambda: b'{"data": [{"id": "1", "like_count": NaN}]}',
    "UTF-16": lambda: '{"data": []}'.encode("utf-16"),
    "Latin-1": lambda: '{"data": [{"id": "1", "name": "caf\u00e9"}]}'.encode("latin-1"),
    "crumbs": lambda: b"[" + b"{}," * 600_000 + b"{}]",
    "20 MB of text": lambda: b'{"data": "' + b"x" * (20 * MEGABYTE) + b'"}',
    NOISE: lambda: random.Random(7).randbytes(20 * MEGABYTE),
}


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, BadSite]]:
    with (
        bad_site(tmp_path_factory.mktemp("api"), list(PLATFORMS), Route.API) as api,
        bad_site(tmp_path_factory.mktemp("web"), list(PLATFORMS), Route.WEB) as web,
    ):
        yield {"api": api, "web": web}


def visited(
    sites: dict[str, BadSite], route: Route, body: bytes, *, browsing: bool = True
) -> tuple[dict[PlatformName, VisitClosed], list[HarvestPage]]:
    """Timelines of all platforms that this route and machine can open."""
    names: list[PlatformName] = [
        name
        for name in PLATFORMS
        if route is Route.API or name not in THROUGH_BROWSER or (browsing and available())
    ]
    ends, pages = sites[route].visited(body, names, route)
    # X shows no timeline to those who are not logged in: nothing is opened for one.
    asked = {name: end for name, end in ends.items() if (name, route) != ("x", Route.WEB)}
    assert asked.keys() == set(names) - ({"x"} if route is Route.WEB else set())
    assert [page for page in pages if page.posts or page.accounts or page.gone] == []
    return asked, pages


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("case", BODIES)
def test_what_is_no_answer_is_called_so_and_kept(
    sites: dict[str, BadSite], route: Route, case: str
) -> None:
    body = BODIES[case]()
    ends, pages = visited(sites, route, body, browsing="20 MB" not in case)
    for name, end in ends.items():
        named = {Outcome.CHANGED_SHAPE, Outcome.EMPTY_UNEXPECTED}
        assert end.outcome in (named if (name, case) in NO_DATA else {Outcome.CHANGED_SHAPE}), name
        assert end.detail
    kept = {page.platform: page for page in pages}
    assert kept.keys() == {
        name for name, end in ends.items() if end.outcome is Outcome.CHANGED_SHAPE
    }
    for page in kept.values():
        assert page.unmapped
        if page.platform not in THROUGH_BROWSER or route is Route.API:
            shown = body[:MOST_KEPT] if case == NOISE else body
            assert page.raw.sha256 == hashlib.sha256(shown).hexdigest()
            assert page.raw.size == len(shown)


@pytest.mark.parametrize("route", ROUTES)
def test_an_empty_answer_is_not_no_posts(sites: dict[str, BadSite], route: Route) -> None:
    ends, _ = visited(sites, route, b"")
    assert {end.outcome for end in ends.values()} == {Outcome.EMPTY_UNEXPECTED}


@pytest.mark.parametrize("route", ROUTES)
def test_an_answer_without_end_is_broken_off(sites: dict[str, BadSite], route: Route) -> None:
    ends, pages = visited(sites, route, b" " * (40 * MEGABYTE), browsing=False)
    assert {end.outcome for end in ends.values()} == {Outcome.GAVE_UP}
    assert pages == []


LARGE = b" " * (100 * MEGABYTE)
COMPRESSED: dict[str, tuple[str, Callable[[], bytes]]] = {
    "no gzip at all": ("gzip", lambda: b"this is no gzip"),
    "cut off": ("gzip", lambda: gzip.compress(b'{"data": []}' * 1000)[:-20]),
    "100 MB in 100 kB": ("gzip", lambda: gzip.compress(LARGE, 1)),
    "gzip in gzip": ("gzip, gzip", lambda: gzip.compress(gzip.compress(LARGE, 1), 1)),
    "zstd": ("zstd", lambda: zstandard.compress(LARGE)),
    "no zstd": ("zstd", lambda: b"\x28\xb5\x2f\xfd" + b"\xff" * 99),
    "deflate": ("deflate", lambda: zlib.compress(LARGE, 1)),
    "raw deflate of nothing": ("deflate", lambda: b"\x00\xff" * 9),
    "of a kind that is none": ("gzip, nonsense, br", lambda: b"x" * 99),
}


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("case", COMPRESSED)
def test_what_cannot_be_decompressed_ends_its_visits_and_no_others(
    sites: dict[str, BadSite], route: Route, case: str
) -> None:
    names = [name for name in PLATFORMS if route is Route.API or name not in THROUGH_BROWSER]
    encoding, make = COMPRESSED[case]
    ends, pages = sites[route].visited(make(), names, route, encoding)
    assert [page for page in pages if page.posts or page.accounts] == []
    assert ends.keys() == set(names)
    asked = [end for name, end in ends.items() if (name, route) != ("x", Route.WEB)]
    assert asked
    for end in asked:
        named = {Outcome.SERVER_ERROR, Outcome.GAVE_UP, Outcome.CHANGED_SHAPE}
        assert end.outcome in named | {Outcome.EMPTY_UNEXPECTED}
        assert end.detail
        assert end.deliveries == 1
