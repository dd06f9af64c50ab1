"""A picture of a post of each platform, in the real store; obstacles are never filed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from model.items import VIDEO_TYPES
from model.platform import PLATFORMS, PlatformName
from operations.errors import Failed, UsageError
from operations.evidence import take_evidence, target
from operations.runtime import Runtime
from sandbox.facebook.shapes import video_id
from sandbox.instagram.shapes import shortcode
from sandbox.world.model import WorldPost
from store.evidence import EVIDENCE, DamagedEvidence, NoSuchEvidence, entries, get
from tests.operations.evidence.conftest import MakeRuntime
from tests.operations.evidence.jpeg import size
from tests.sandbox.running import Sandbox

VIEWPORT = (1280, 720)
SHOWN = {
    "facebook": {"likes", "comments", "shares"},
    "x": set(),
    "instagram": {"likes", "comments"},
    "youtube": {"views", "likes", "comments"},
    "tiktok": {"views", "likes", "comments", "shares", "saves"},
}


def newest(sandbox: Sandbox, name: PlatformName) -> WorldPost:
    """The newest visible post with likes of the busiest account."""
    posts = sandbox.visible(sandbox.busiest(name))
    return next(post for post in posts if "likes" in sandbox.shown(post))


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_post_of_each_platform(
    runtime: Runtime, sandbox: Sandbox, name: PlatformName, tmp_path: Path
) -> None:
    post = newest(sandbox, name)
    taken = take_evidence(runtime, f"{name}:{post.id}")
    kept, jpeg = get(runtime.db, taken.id)
    assert (kept, entries(runtime.db)) == (taken, [taken])
    assert kept.sha256 == hashlib.sha256(jpeg).hexdigest()
    assert kept.size == len(jpeg)
    width, height = size(jpeg)
    assert 100 < width <= VIEWPORT[0]
    assert 30 < height < VIEWPORT[1] - 10
    seen = kept.seen
    assert (seen.post, seen.platform) == (f"{name}:{post.id}", name)
    assert seen.observed_at == sandbox.now
    assert seen.browser.split()[0] == "Chromium"
    assert int(seen.browser.split()[1].partition(".")[0]) > 100
    assert seen.url.startswith(f"{sandbox.base}/web/{name}/")


@pytest.mark.usefixtures("in_one_browser")
@pytest.mark.parametrize("name", PLATFORMS)
def test_the_numbers_are_those_of_the_page(
    runtime: Runtime, sandbox: Sandbox, name: PlatformName
) -> None:
    post = newest(sandbox, name)
    seen = take_evidence(runtime, f"{name}:{post.id}").seen
    truth = sandbox.shown(post)
    assert set(seen.counts) == SHOWN[name] & (truth.keys() | {"shares"})
    for counter, value in seen.counts.items():
        assert value // seen.granularity.get(counter, 1) == truth[counter] // seen.granularity.get(
            counter, 1
        )
    assert bool(seen.note) == (name == "x")


@pytest.mark.usefixtures("in_one_browser")
@pytest.mark.parametrize("name", PLATFORMS)
@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("login_wall", "login_wall"),
        ("challenge", "challenge"),
        ("consent", "challenge"),
        ("empty_body", "empty_unexpected"),
        ("server_error", "server_error"),
    ],
)
def test_what_stands_in_the_way_is_never_filed(
    runtime: Runtime, sandbox: Sandbox, name: PlatformName, kind: str, outcome: str
) -> None:
    post = newest(sandbox, name)
    sandbox.fault(platform=name, route="web", kind=kind)
    if (name, kind) == ("youtube", "consent"):
        take_evidence(runtime, f"{name}:{post.id}")  # Saying no leads to the page there.
        return
    with pytest.raises(Failed, match=outcome):
        take_evidence(runtime, f"{name}:{post.id}")
    assert entries(runtime.db) == []
    assert runtime.db[f"{EVIDENCE}.chunks"].count_documents({}) == 0


@pytest.mark.usefixtures("in_one_browser")
@pytest.mark.parametrize("name", PLATFORMS)
def test_a_deleted_post_is_gone(runtime: Runtime, sandbox: Sandbox, name: PlatformName) -> None:
    with pytest.raises(Failed, match="gone: "):
        take_evidence(runtime, f"{name}:{sandbox.deleted(name).id}")
    assert entries(runtime.db) == []


@pytest.mark.usefixtures("in_one_browser")
def test_robots_txt_is_heeded(runtime: Runtime, sandbox: Sandbox) -> None:
    sandbox.http.post("/_sandbox/robots", content="User-agent: *\nDisallow: /web/x/\n")
    try:
        with pytest.raises(Failed, match=r"robots\.txt"):
            take_evidence(runtime, f"x:{newest(sandbox, 'x').id}")
    finally:
        sandbox.http.delete("/_sandbox/robots")
    assert entries(runtime.db) == []


ADDRESSES: list[tuple[PlatformName, Callable[[WorldPost], str]]] = [
    ("facebook", lambda p: f"https://www.facebook.com/{p.id.replace('_', '/posts/')}"),
    ("facebook", lambda p: f"https://m.facebook.com/{p.account.id}/videos/{video_id(p)}/"),
    ("facebook", lambda p: f"https://www.facebook.com/reel/{video_id(p)}/"),
    ("instagram", lambda p: f"https://www.instagram.com/p/{shortcode(p.id)}/"),
    ("instagram", lambda p: f"https://instagram.com/reel/{shortcode(p.id)}/?igsh=1"),
    ("tiktok", lambda p: f"https://www.tiktok.com/@{p.account.handle}/video/{p.id}"),
    ("youtube", lambda p: f"https://www.youtube.com/watch?t=3&v={p.id}"),
    ("youtube", lambda p: f"https://www.youtube.com/shorts/{p.id}"),
    ("x", lambda p: f"https://twitter.com/{p.account.handle}/status/{p.id}"),
]


@pytest.mark.usefixtures("in_one_browser")
@pytest.mark.parametrize(("name", "address"), ADDRESSES)
def test_public_addresses_name_posts(
    runtime: Runtime, sandbox: Sandbox, name: PlatformName, address: Callable[[WorldPost], str]
) -> None:
    posts = sandbox.visible(sandbox.busiest(name))
    post = next((p for p in posts if p.type in VIDEO_TYPES), posts[0])
    assert take_evidence(runtime, address(post)).seen.post == f"{name}:{post.id}"


@pytest.mark.parametrize(
    "given",
    [
        "youtube",
        "youtube:",
        "myspace:1",
        "youtube:not-an-id",
        "facebook:12",
        "tiktok:../1",
        "x:٣",
        "instagram:DKWyd9z9uke",
        "https://www.youtube.com/@demo/videos",
        "https://example.org/watch?v=aaaaaaaaaaa",
        "https://notyoutube.com/watch?v=aaaaaaaaaaa",
        "https://x.com/name",
    ],
)
def test_what_is_no_post_is_said_at_once(runtime: Runtime, given: str) -> None:
    with pytest.raises(UsageError):
        target(runtime, given)


@pytest.mark.usefixtures("in_one_browser")
def test_a_changed_picture_is_noticed(runtime: Runtime, sandbox: Sandbox) -> None:
    taken = take_evidence(runtime, f"x:{newest(sandbox, 'x').id}")
    runtime.db[f"{EVIDENCE}.chunks"].update_one({}, {"$set": {"data": b"x" * taken.size}})
    with pytest.raises(DamagedEvidence, match=taken.sha256):
        get(runtime.db, taken.id)
    for absent in ("", "no id", "0" * 24):
        with pytest.raises(NoSuchEvidence):
            get(runtime.db, absent)


def test_without_a_browser_it_says_what_to_do(make_runtime: MakeRuntime) -> None:
    runtime = make_runtime(crawler={"browser": {"executable": "no-such-browser"}})
    with pytest.raises(Failed, match="chromium-headless-shell"):
        take_evidence(runtime, "x:1")
