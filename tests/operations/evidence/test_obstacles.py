"""What real pages put in the way, on a site of the test's own: dialogs, redirects, other posts."""

from __future__ import annotations

import pytest

from operations.errors import Failed
from operations.evidence import take_evidence
from store.evidence import entries, get
from tests.crawler.browser.site import HTML, Site
from tests.operations.evidence.conftest import MakeRuntime
from tests.operations.evidence.jpeg import size

pytestmark = pytest.mark.usefixtures("in_one_browser")

POST = '<article data-testid="tweet" style="width:300px;height:200px">Hello{}</article>'
OWN = POST.format('<a href="/some/status/12">now</a>')
ABOVE = POST.format('<a href="/some/status/11">before</a>').replace("300px", "222px")
COVER = (
    '<div role="dialog" style="position:fixed;inset:0;background:#fff"><p>Log in to see more</p>{}'
    "</div>"
)
CLOSE = "<button aria-label=Close onclick=\"this.closest('div').remove()\">x</button>"
ESCAPE = (
    "<script>onkeydown = (e) => e.key == 'Escape' && document.querySelector('div').remove()"
    "</script>"
)


def page(body: str) -> bytes:
    return f"<!doctype html><title>Somebody on X</title><body>{body}".encode()


def refused(make_runtime: MakeRuntime, site: Site, words: str) -> None:
    """No evidence, for this reason, and nothing stored."""
    runtime = make_runtime(site.url)
    with pytest.raises(Failed, match=words):
        take_evidence(runtime, "x:12")
    assert entries(runtime.db) == []


@pytest.mark.parametrize(
    "body",
    [
        OWN,
        ABOVE + OWN,
        f"<nav style='height:3000px'>a long way</nav>{OWN}",
        OWN + COVER.format(CLOSE),
        OWN + COVER.format("") + ESCAPE,
        f"<script>setTimeout(() => document.body.innerHTML = `{OWN}`, 300)</script>",
    ],
    ids=["plain", "answer", "below", "closed", "escaped", "later"],
)
def test_only_the_post_is_in_the_picture(make_runtime: MakeRuntime, site: Site, body: str) -> None:
    site.pages["/i/status/12"] = page(body)
    runtime = make_runtime(site.url)
    _, jpeg = get(runtime.db, take_evidence(runtime, "x:12").id)
    assert size(jpeg) == (300, 200)


def test_a_dialog_that_stays_is_never_filed(make_runtime: MakeRuntime, site: Site) -> None:
    site.pages["/i/status/12"] = page(OWN + COVER.format(""))
    refused(make_runtime, site, "login_wall: a dialog")


@pytest.mark.parametrize("how", ["server", "script"])
def test_a_way_to_the_login_is_a_login_wall(
    make_runtime: MakeRuntime, site: Site, how: str
) -> None:
    moved = (302, {"Location": "/i/flow/login"}, b"")
    script = page("<script>setTimeout(() => location = '/i/flow/login', 100)</script>")
    site.pages["/i/status/12"] = moved if how == "server" else script
    site.pages["/i/flow/login"] = page(OWN)
    refused(make_runtime, site, "login_wall: the page")


def test_a_page_without_the_post_is_no_evidence(make_runtime: MakeRuntime, site: Site) -> None:
    site.pages["/i/status/12"] = page("<main>Something else</main>")
    refused(make_runtime, site, "not to be seen")


def test_the_page_of_another_post_is_no_evidence(make_runtime: MakeRuntime, site: Site) -> None:
    data = (
        '{"__DEFAULT_SCOPE__":{"webapp.video-detail":{"statusCode":0,"itemInfo":{"itemStruct":'
        '{"id":"13","desc":"x","createTime":"1746100000","author":{"id":"1","uniqueId":"a"},'
        '"stats":{"diggCount":5},"statsV2":{"diggCount":"5"}}}}}}'
    )
    state = f'<script id="__UNIVERSAL_DATA_FOR_REHYDRATION__" type="application/json">{data}'
    body = f"<article><h1 data-e2e=browse-video-desc>x</h1></article>{state}</script>"
    site.pages["/@_/video/12"] = site.pages["/@_/video/13"] = page(body)
    runtime = make_runtime(site.url)
    with pytest.raises(Failed, match="not what its page tells about"):
        take_evidence(runtime, "tiktok:12")
    assert entries(runtime.db) == []
    assert take_evidence(runtime, "tiktok:13").seen.counts == {"likes": 5}


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ((404, HTML, b"<title>none</title>"), "gone"),
        ((429, HTML, b"<title>slow down</title>"), "rate_limited"),
        ((503, HTML, b"<title>Just a moment...</title>"), "challenge"),
        ((403, HTML, b"<title>no</title>"), "login_wall"),
        ((500, HTML, b""), "server_error"),
    ],
)
def test_refusals_keep_their_names(
    make_runtime: MakeRuntime, site: Site, answer: tuple[int, dict[str, str], bytes], outcome: str
) -> None:
    site.pages["/i/status/12"] = answer
    refused(make_runtime, site, outcome)


def test_a_page_that_hangs_ends_in_time(
    make_runtime: MakeRuntime, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.pages["/i/status/12"] = site.hang
    runtime = make_runtime(site.url)
    hasty = runtime.settings.platform("x").model_copy(update={"timeout": 0.5})
    monkeypatch.setattr(type(runtime.settings), "platform", lambda *_: hasty)
    with pytest.raises(Failed, match="timeout"):
        take_evidence(runtime, "x:12")
