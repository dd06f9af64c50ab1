"""A real browser opens real pages: what is captured, and how trouble ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from scrapy.exceptions import DownloadFailedError, DownloadTimeoutError

from crawler.contract import Browse, Captured
from tests.crawler.browser.opening import Opener
from tests.crawler.browser.site import HTML, LIST, Answer, Site
from tests.servers import free_port

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def running() -> AsyncIterator[Opener]:
    """One browser for all tests that leave it as it is."""
    one = Opener()
    yield one
    await one.close()


@pytest.fixture
def opener(running: Opener) -> Iterator[Opener]:
    """That one; nothing of a test may be open when it is over."""
    yield running
    assert running.open_pages == 0


def ids(captured: Sequence[Captured]) -> list[str]:
    return [id_ for one in captured for id_ in json.loads(one.body)["ids"]]


async def test_scrolls_until_there_is_enough(opener: Opener, site: Site) -> None:
    browse = Browse(capture=("/api/list",), enough=lambda _, got: len(got) >= 3)
    page = await opener.open(f"{site.url}/list", browse)
    assert ids(page.captured) == [f"p{n}" for n in range(30)]
    assert (page.status, page.body, page.url) == (200, LIST.encode(), f"{site.url}/list")


async def test_ends_when_nothing_more_comes(opener: Opener, site: Site) -> None:
    browse = Browse(capture=("/api/list",), enough=lambda html, got: False)
    page = await opener.open(f"{site.url}/list", browse, quiet=3)
    assert ids(page.captured) == [f"p{n}" for n in range(50)]
    assert site.asked["/api/list"] == 5


async def test_each_captured_address_once_is_enough_without_scrolling(
    opener: Opener, site: Site
) -> None:
    page = await opener.open(f"{site.url}/list", Browse(capture=("/api/list",)))
    assert len(page.captured) == 1
    assert site.asked["/api/list"] <= 2, "it was scrolled"


async def test_pages_are_asked_for_once_and_pictures_not_at_all(opener: Opener, site: Site) -> None:
    site.pages["/plain"] = b'<title>t</title><img src="/picture.png"><p>text'
    page = await opener.open(f"{site.url}/plain")
    assert page.body == site.pages["/plain"]
    assert site.asked == {"/plain": 1}


async def test_the_pages_html_is_what_was_sent_not_what_it_became(
    opener: Opener, site: Site
) -> None:
    sent = b'<title>t</title><script id=s type="application/json">{"n":1}</script>'
    site.pages["/state"] = sent + b"<script>document.getElementById('s').remove()</script>"
    page = await opener.open(f"{site.url}/state")
    assert page.body.startswith(sent)


@pytest.mark.parametrize("status", [404, 429, 500])
@pytest.mark.parametrize("body", [b"", b"<title>no</title>"])
async def test_errors_are_answers(opener: Opener, site: Site, status: int, body: bytes) -> None:
    site.pages["/no"] = (status, {**HTML, "Retry-After": "120"}, body)
    page = await opener.open(f"{site.url}/no", Browse(capture=("/api/",), enough=lambda *_: False))
    assert (page.status, page.body) == (status, body)
    assert page.headers["retry-after"] == "120"


async def test_an_empty_page_is_empty(opener: Opener, site: Site) -> None:
    site.pages["/empty"] = b""
    page = await opener.open(f"{site.url}/empty")
    assert (page.status, page.body) == (200, b"")


async def test_a_page_that_does_not_come_is_a_timeout(opener: Opener, site: Site) -> None:
    site.pages["/hangs"] = site.hang
    with pytest.raises(DownloadTimeoutError, match=r"within 0\.5 s"):
        await opener.open(f"{site.url}/hangs", timeout=0.5)
    assert opener.contexts == []
    assert (await opener.open(f"{site.url}/list")).status == 200


@pytest.mark.parametrize("script", ["while (true) {}", "setInterval(() => { while (true) {} }, 1)"])
async def test_a_page_that_never_rests_is_a_timeout(
    opener: Opener, site: Site, script: str
) -> None:
    site.pages["/busy"] = f"<title>t</title><p>x<script>{script}</script>".encode()
    browse = Browse(capture=("/api/",), enough=lambda *_: False)
    with pytest.raises(DownloadTimeoutError):
        await opener.open(f"{site.url}/busy", browse, timeout=2, page_timeout=3)
    assert opener.contexts == []
    assert not opener.broken
    assert (await opener.open(f"{site.url}/list")).status == 200


async def test_a_part_that_does_not_come_keeps_nobody_waiting(opener: Opener, site: Site) -> None:
    site.pages["/hangs.css"] = site.hang
    site.pages["/partly"] = b'<title>t</title><p>x<link rel=stylesheet href="/hangs.css">'
    page = await opener.open(f"{site.url}/partly")
    assert page.body == site.pages["/partly"]


async def test_an_answer_that_does_not_come_is_a_timeout(opener: Opener, site: Site) -> None:
    site.pages["/api/list"] = site.hang
    browse = Browse(capture=("/api/list",), enough=lambda _, got: bool(got))
    with pytest.raises(DownloadTimeoutError, match="not at its end after 3 s"):
        await opener.open(f"{site.url}/list", browse, quiet=0.5, page_timeout=3)


async def test_a_site_that_is_not_there(opener: Opener) -> None:
    with pytest.raises(DownloadFailedError, match="Connect call failed"):
        await opener.open(f"http://127.0.0.1:{free_port()}/")
    assert not opener.broken


CONSENT = b"""<title>Before you continue</title><div role=dialog>
<button onclick="document.cookie='ok=1'; location.reload()">Only allow essential cookies</button>
<button onclick="document.cookie='all=1'; location.reload()">Accept all</button></div>"""


def behind_consent(request: Any) -> Answer:
    agreed = "ok=1" in request.headers.get("cookie", "")
    return 200, HTML, LIST.encode() if agreed else CONSENT


@pytest.mark.parametrize("capture", [(), ("/api/list",)])
async def test_a_consent_dialog_is_said_no_to_at_each_visit(
    opener: Opener, site: Site, capture: tuple[str, ...]
) -> None:
    site.pages["/list"] = behind_consent
    page = await opener.open(f"{site.url}/list", Browse(capture=capture))
    assert page.body == LIST.encode()
    assert len(page.captured) == len(capture)
    again = await opener.open(f"{site.url}/list", Browse(capture=capture))
    assert again.body == LIST.encode()
    assert site.asked["/list"] == 4, "nothing of one visit is there in the next"


async def test_a_dialog_that_appears_later_is_said_no_to(opener: Opener, site: Site) -> None:
    late = """<script>setTimeout(() => {
      const b = document.body.appendChild(document.createElement("button"));
      b.textContent = "Decline" + " optional cookies"; b.onclick = () => fetch("/api/list?page=4");
    }, 300)</script>"""
    site.pages["/late"] = f"<title>t</title><body>{late}".encode()
    browse = Browse(capture=("/api/list",), enough=lambda _, got: bool(got))
    page = await opener.open(f"{site.url}/late", browse)
    assert ids(page.captured) == [f"p{n}" for n in range(40, 50)]


async def test_a_dialog_that_cannot_be_said_no_to_is_what_the_page_is(
    opener: Opener, site: Site
) -> None:
    site.pages["/list"] = b"<title>t</title><button>Reject all</button>"
    page = await opener.open(f"{site.url}/list", Browse(capture=("/api/list",)), quiet=1.5)
    assert page.body == site.pages["/list"]


async def test_where_a_page_leads_is_told(opener: Opener, site: Site) -> None:
    site.pages["/name"] = (302, {"Location": "/login/?next=name"}, b"")
    site.pages["/login/"] = b'<title>Log in</title><input type="password">'
    page = await opener.open(f"{site.url}/name", Browse(capture=("/api/",)), quiet=0.5)
    assert (page.url, page.body) == (f"{site.url}/login/?next=name", site.pages["/login/"])


async def test_no_more_pages_at_once_than_contexts(site: Site) -> None:
    opener = Opener(contexts=2)
    try:
        many = [opener.open(f"{site.url}/list", Browse(capture=("/api/list",))) for _ in range(6)]
        pages = await asyncio.gather(*many)
        assert all(len(page.captured) == 1 for page in pages)
        assert opener.crawler.stats.get_value("playwright/page_count/max_concurrent") <= 2
    finally:
        await opener.close()


def command(process: int) -> str:
    try:
        raw = Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return ""
    return raw.replace(b"\0", b" ").decode("utf-8", "replace")
