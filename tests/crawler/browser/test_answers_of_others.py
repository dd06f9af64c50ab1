"""What counts as a page's own: no answer of another site gets into the numbers."""

from __future__ import annotations

import json

from crawler.browser import Browsed
from crawler.contract import Browse
from tests.crawler.browser.opening import DONE, Opener
from tests.crawler.browser.site import JSON, Site, listed, page
from tests.crawler.browser.test_pages import ids

ALLOWED = {"Access-Control-Allow-Origin": "*"}
FETCHES = """Promise.allSettled([
  fetch("/api/list?page=0"), fetch("/api/else?of=/api/list?page=1")
]).then(() => parent.postMessage("fetched", "*"))"""
TELLS = "onmessage = (event) => fetch('/done');"
"""Tells when a frame has fetched (a page of its own is its own parent)."""


async def test_what_a_foreign_frame_fetches_is_not_the_pages_own(
    opener: Opener, site: Site, other: Site
) -> None:
    forged = json.dumps({"ids": ["forged"], "next": None}).encode()
    across = f'fetch("{site.url}/api/list?page=1")'
    frame = page(f"{TELLS} {across}.finally(() => {FETCHES})")
    other.pages |= {"/frame": frame, "/api/list": (200, JSON, forged)}
    site.pages["/api/list"] = lambda request: (200, {**JSON, **ALLOWED}, listed(request)[2])
    site.pages["/list"] = page(f'{TELLS} fetch("/api/list?page=0")', _frame(f"{other.url}/frame"))
    await opener.open(f"{other.url}/frame", DONE)  # Somebody's site that is reachable.
    got = await opener.open(f"{site.url}/list", DONE)
    assert other.asked["/api/list"] == 2, "the frame did fetch it"
    assert site.asked["/api/list"] == 2, "and the site's own, from beyond it"
    assert _ids_of_lists(got) == [f"p{n}" for n in range(10)]


async def test_nor_what_the_page_fetches_elsewhere(opener: Opener, site: Site, other: Site) -> None:
    forged = json.dumps({"ids": ["forged"]}).encode()
    other.pages["/api/list"] = (200, {**JSON, **ALLOWED}, forged)
    site.pages["/api/list"] = (302, {"Location": f"{other.url}/api/list", **ALLOWED}, b"")
    both = f'[fetch("{other.url}/api/list"), fetch("/api/list")]'
    site.pages["/list"] = page(f'Promise.allSettled({both}).then(() => fetch("/done"))')
    await opener.open(f"{other.url}/nothing")
    got = await opener.open(f"{site.url}/list", DONE)
    assert other.asked["/api/list"] == 2
    assert [one.body for one in got.captured if b"forged" in one.body] == []


async def test_a_frame_of_the_site_counts(opener: Opener, site: Site) -> None:
    site.pages |= {"/frame": page(FETCHES), "/list": page(TELLS, _frame("/frame"))}
    got = await opener.open(f"{site.url}/list", DONE)
    assert _ids_of_lists(got) == [f"p{n}" for n in range(10)]


def _frame(address: str) -> str:
    return f'<iframe src="{address}"></iframe>'


def _ids_of_lists(got: Browsed) -> list[str]:
    return ids([one for one in got.captured if "/api/list" in one.url])


async def test_a_page_that_goes_elsewhere_and_back_is_told_by_what_was_read(
    opener: Opener, site: Site, other: Site
) -> None:
    other.pages["/forged"] = page(f'setTimeout(() => location = "{site.url}/slow", 100)', "forged")
    site.pages |= {"/list": page(f'location = "{other.url}/forged"'), "/slow": site.hang}
    await opener.open(f"{other.url}/list")
    browse = Browse(capture=("/api/",), enough=lambda html, _: b"forged" in html)
    got = await opener.open(f"{site.url}/list", browse)
    assert b"forged" in got.body
    assert got.url.startswith(other.url)
