"""A post's page that means harm to whoever takes a picture of it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from crawler.browser.memory import descendants
from operations.errors import Failed
from operations.evidence import take_evidence
from operations.runtime import Runtime
from store.evidence import entries
from tests.crawler.browser.site import HTML, Site
from tests.operations.evidence.conftest import MakeRuntime
from tests.operations.evidence.test_obstacles import OWN, page

MB = 2**20
SCRIPTS = {
    "no end": "setTimeout(() => { for (;;) {} }, 50)",
    "dialogs": "setInterval(() => alert('stay'), 1)",
    "windows": "setInterval(() => window.open('/i/status/12'), 1)",
    "gigabytes": "const kept = []; setInterval(() => kept.push(new Uint8Array(5e7).fill(7)), 5)",
    "fetches": "setInterval(() => fetch('/large'), 20)",
    "round and round": "setTimeout(() => location.reload(), 10)",
    "huge": "document.querySelector('article').style.cssText = 'width:30000px;height:30000px'",
}
QUICK = ("windows", "huge")


@pytest.fixture
def hostile(make_runtime: MakeRuntime, site: Site, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    """A runtime in a hurry, whose posts are on a site of the test's own."""
    monkeypatch.setenv("CITYREACH_X__PAGE_TIMEOUT", "6")
    monkeypatch.setenv("CITYREACH_CRAWLER__BROWSER__MEMORY_MB", "500")
    return make_runtime(site.url)


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize(
    "name", [pytest.param(one, marks=() if one in QUICK else pytest.mark.long) for one in SCRIPTS]
)
def test_it_ends_and_takes_little(hostile: Runtime, site: Site, name: str) -> None:
    site.pages |= {
        "/i/status/12": page(f"{OWN}<script>{SCRIPTS[name]}</script>"),
        "/large": (200, HTML, bytes(30 * MB)),
    }
    begun, held, before = time.monotonic(), _resident(), set(descendants(os.getpid()))
    try:
        take_evidence(hostile, "x:12")
    except Failed:
        assert entries(hostile.db) == []
    else:
        assert name in ("dialogs", "windows", "round and round", "gigabytes"), "harmless here"
        assert len(entries(hostile.db)) == 1
    assert time.monotonic() - begun < 40
    assert _resident() - held < 400 * MB
    assert set(descendants(os.getpid())) <= before, "browser and driver have ended"


@pytest.mark.parametrize(
    "body", [b"x" * (40 * MB), pytest.param(bytes(300 * MB), marks=pytest.mark.long)]
)
def test_a_page_without_end_is_given_up(hostile: Runtime, site: Site, body: bytes) -> None:
    site.pages["/i/status/12"] = body
    held = _resident()
    with pytest.raises(Failed):
        take_evidence(hostile, "x:12")
    assert entries(hostile.db) == []
    assert _resident() - held < 400 * MB
