"""Instagram's business discovery of a running sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from model.items import VIDEO_TYPES, PostType
from sandbox.instagram.shapes import shortcode
from sandbox.world.model import WorldAccount, WorldPost, to_moment
from tests.sandbox.running import Sandbox

OWN = "/v25.0/17841400000000001"
MEDIA = (
    "id,caption,timestamp,permalink,media_type,media_product_type,like_count,comments_count,"
    "view_count,children{media_type}"
)
KINDS = {PostType.ALBUM: "CAROUSEL_ALBUM", PostType.PHOTO: "IMAGE"}


def discover(sandbox: Sandbox, username: str, inner: str) -> Any:
    fields = f"business_discovery.username({username}){{{inner}}}"
    return sandbox.json(OWN, fields=fields)["business_discovery"]


def media(sandbox: Sandbox, account: WorldAccount, size: int) -> list[dict[str, Any]]:
    """All media of an account, page by page."""
    rows: list[dict[str, Any]] = []
    after = ""
    while True:
        inner = f"followers_count,media.limit({size}){after}{{{MEDIA}}}"
        page = discover(sandbox, account.handle, inner)["media"]
        rows.extend(page["data"])
        cursor = page.get("paging", {}).get("cursors", {}).get("after")
        if cursor is None:
            return rows
        assert "next" not in page["paging"]
        after = f".after({cursor})"


@pytest.mark.parametrize("size", [50, 9])
def test_all_pages_together_are_the_posts_pinned_ones_first(sandbox: Sandbox, size: int) -> None:
    account = sandbox.busiest("instagram")
    rows = media(sandbox, account, size)
    posts = sandbox.visible(account)
    pinned = [post.id for post in posts if post.pinned]
    assert pinned
    others = [post.id for post in posts if not post.pinned]
    assert [row["id"] for row in rows] == pinned + others


def test_counts_are_those_of_the_world_and_views_stand_on_videos_alone(sandbox: Sandbox) -> None:
    posts = sandbox.world.posts["instagram"]
    shown_views = 0
    for account in sandbox.world.accounts["instagram"].values():
        for row in media(sandbox, account, 50):
            post = posts[row["id"]]
            shown = sandbox.shown(post)
            if post.type not in VIDEO_TYPES:
                shown.pop("views", None)
            shown_views += "views" in shown
            assert counted(row) == shown
            assert row["timestamp"] == f"{to_moment(post.published):%Y-%m-%dT%H:%M:%S}+0000"
            assert row["media_type"] == KINDS.get(post.type, "VIDEO")
    assert shown_views > 10


def counted(row: dict[str, Any]) -> dict[str, int]:
    names = {"like_count": "likes", "comments_count": "comments", "view_count": "views"}
    return {name: row[key] for key, name in names.items() if key in row}


def test_hidden_likes_leave_their_field_out(sandbox: Sandbox) -> None:
    posts = sandbox.world.posts["instagram"].values()

    def hides(post: WorldPost) -> bool:
        return post.visible(sandbox.instant) and "likes" not in sandbox.shown(post)

    hidden = next(post for post in posts if hides(post))
    rows = media(sandbox, hidden.account, 50)
    row = next(row for row in rows if row["id"] == hidden.id)
    assert "like_count" not in row
    assert "comments_count" in row


def test_the_account_comes_with_the_first_page(sandbox: Sandbox) -> None:
    account = sandbox.busiest("instagram")
    inner = "id,username,name,followers_count,media_count,media.limit(1){id}"
    user = discover(sandbox, account.handle.upper(), inner)
    shown = account.counters.at(sandbox.instant)
    assert len(user.pop("media")["data"]) == 1
    assert user == {
        "id": account.id,
        "username": account.handle,
        "name": account.name,
        "followers_count": shown["followers"],
        "media_count": shown["posts"],
    }
    assert sandbox.usage()["instagram", "business_discovery"] == (1, 1, 1)


def test_a_reel_and_an_album_tell_what_they_are(sandbox: Sandbox) -> None:
    rows = media(sandbox, sandbox.busiest("instagram"), 50)
    posts = sandbox.world.posts["instagram"]
    reel = next(row for row in rows if posts[row["id"]].type is PostType.REEL)
    album = next(row for row in rows if posts[row["id"]].type is PostType.ALBUM)
    assert reel["media_product_type"] == "REELS"
    assert reel["permalink"].endswith(f"/reel/{shortcode(reel['id'])}/")
    assert {child["media_type"] for child in album["children"]["data"]} == {"IMAGE"}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ("business_discovery.username(nobody.here){id}", 110),
        ("business_discovery{id}", 100),
        ("business_discovery.username({name}){{sales}}", 100),
        ("business_discovery.username({name}){{media{{shares_count}}}}", 100),
        ("business_discovery.username({name}){{media.limit(101){{id}}}}", 1),
        ("business_discovery.username({name}){{media.after(made-up){{id}}}}", 100),
        ("business_discovery.username({name}){{id", 2500),
    ],
)
def test_errors_have_metas_codes(sandbox: Sandbox, fields: str, code: int) -> None:
    filled = fields.format(name=sandbox.busiest("instagram").handle) if "{{" in fields else fields
    error = sandbox.get(OWN, fields=filled).json()["error"]
    assert error["code"] == code
    if code == 110:
        assert error["error_subcode"] == 2207013


def test_a_shortcode_is_the_id_in_base_64() -> None:
    assert shortcode("1") == "B"
    assert shortcode("64") == "BA"
    assert shortcode(str(64**3 + 63)) == "BAA_"
