"""Public pages of a running sandbox, read by the crawler's mappers, held against the world."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from crawler.errors import CrawlError
from crawler.platforms import platform
from model.items import VIDEO_TYPES, AccountItem, Mapped, PostItem, PostType
from model.messages import Outcome
from model.platform import PlatformName
from model.route import Route
from sandbox.instagram.shapes import shortcode
from sandbox.tiktok.page_shapes import query_signature
from sandbox.world.model import WorldAccount, WorldPost, to_instant
from tests.sandbox.running import Sandbox

GUEST = {"x-guest-token": "1900000000000000001", "authorization": "Bearer guest"}


def read(sandbox: Sandbox, name: PlatformName, answer: httpx.Response) -> Mapped:
    """What the platform's mapper makes of a page."""
    assert answer.status_code == 200, answer.text[:300]
    return platform(name).map(answer.content, sandbox.now, route=Route.WEB)


def page(sandbox: Sandbox, name: PlatformName, path: str, **params: Any) -> Mapped:
    answer = sandbox.http.get(f"/web/{name}{path}", params=params or None)
    return read(sandbox, name, answer)


def numbers(row: AccountItem | PostItem) -> dict[str, int]:
    """The exact counters of a row."""
    return {
        name: count.value
        for name, count in row.counts.items()
        if count.value is not None and count.step == 1
    }


def near(row: AccountItem | PostItem, name: str, exact: int) -> bool:
    """Whether a counter is the exact one, cut down to its step."""
    count = row.counts[name]
    return count.value is not None and count.value <= exact < count.value + count.step


def published(post: PostItem) -> int:
    assert post.published_at is not None
    return to_instant(post.published_at)


# --- YouTube


def test_the_feed_has_the_newest_15_with_exact_views_and_likes(sandbox: Sandbox) -> None:
    account = sandbox.busiest("youtube")
    for by in ({"channel_id": account.id}, {"playlist_id": f"UU{account.id[2:]}"}):
        rows = page(sandbox, "youtube", "/feeds/videos.xml", **by).posts
        posts = sandbox.visible(account)[:15]
        assert [row.id for row in rows] == [post.id for post in posts]
        for row, post in zip(rows, posts, strict=True):
            shown = {k: v for k, v in sandbox.shown(post).items() if k != "comments"}
            assert (numbers(row), published(row)) == (shown, post.published)
            assert (row.type is PostType.SHORT) == (post.type is PostType.SHORT)


def test_tabs_list_all_videos_of_their_kind_by_continuations(sandbox: Sandbox) -> None:
    account = sandbox.busiest("youtube")
    for tab, kind in (("videos", "video"), ("shorts", "short"), ("streams", "live")):
        found = page(sandbox, "youtube", f"/@{account.handle}/{tab}")
        rows = list(found.posts)
        while found.next:
            body = {"continuation": found.next}
            further = sandbox.http.post("/web/youtube/youtubei/v1/browse", json=body)
            found = read(sandbox, "youtube", further)
            rows.extend(found.posts)
        posts = [post for post in sandbox.visible(account) if post.type == kind]
        assert [row.id for row in rows] == [post.id for post in posts]
        for row, post in zip(rows, posts, strict=True):
            assert near(row, "views", sandbox.shown(post)["views"])


def test_a_channels_subscribers_are_rounded_in_words(sandbox: Sandbox) -> None:
    account = sandbox.busiest("youtube")
    (row,) = page(sandbox, "youtube", f"/channel/{account.id}").accounts
    shown = account.counters.at(sandbox.instant)
    assert (row.id, row.handle, row.name) == (account.id, account.handle, account.name)
    assert near(row, "followers", shown["followers"])
    assert row.counts["followers"].step > 1
    assert near(row, "posts", shown["posts"])


def test_watch_pages_have_exact_views_and_likes_and_rounded_comments(sandbox: Sandbox) -> None:
    for post in sandbox.world.posts["youtube"].values():
        if not post.visible(sandbox.instant):
            continue
        (row,) = page(sandbox, "youtube", "/watch", v=post.id).posts
        shown = sandbox.shown(post)
        assert (row.id, row.account, published(row)) == (post.id, post.account.id, post.published)
        assert row.type is post.type
        assert row.counts["views"].value == shown["views"]
        assert row.counts["likes"].value == shown.get("likes")
        if "comments" in shown:
            assert near(row, "comments", shown["comments"])
        for name in {"likes", "comments"} - shown.keys():
            assert row.counts[name].missing == "hidden"


# --- TikTok


def items(sandbox: Sandbox, account: WorldAccount, cursor: str = "0") -> Mapped:
    """One page of an account's posts, signed as the page's script signs it."""
    detail = sandbox.http.get(f"/web/tiktok/@{account.handle}").text
    secret = detail.partition('"secUid":"')[2].partition('"')[0]
    params = {"count": "35", "cursor": cursor, "secUid": secret}
    text = "&".join(f"{name}={params[name]}" for name in sorted(params))
    return page(
        sandbox, "tiktok", "/api/post/item_list/", **params, **{"X-Bogus": query_signature(text)}
    )


def test_tiktoks_profile_has_exact_numbers_in_its_state(sandbox: Sandbox) -> None:
    account = sandbox.busiest("tiktok")
    (row,) = page(sandbox, "tiktok", f"/@{account.handle.upper()}").accounts
    assert (row.id, row.handle) == (account.id, account.handle)
    shown = account.counters.at(sandbox.instant)
    assert {name: row.counts[name].value for name in row.counts} == shown


def test_tiktoks_posts_come_by_pages_pinned_ones_first(sandbox: Sandbox) -> None:
    account = sandbox.busiest("tiktok")
    found = items(sandbox, account)
    rows = list(found.posts)
    assert rows[0].pinned
    while found.next:
        found = items(sandbox, account, found.next)
        rows.extend(found.posts)
    posts = sandbox.visible(account)
    pinned = [post for post in posts if post.pinned]
    ordered = [*pinned, *(post for post in posts if not post.pinned)]
    assert [row.id for row in rows] == [post.id for post in ordered]
    for row, post in zip(rows, ordered, strict=True):
        # A number that ends in zeros is taken for a rounded one.
        assert {name: row.counts[name].value for name in row.counts} == sandbox.shown(post)
        assert published(row) == post.published


def test_tiktoks_stats_are_rounded_beside_the_exact_ones(sandbox: Sandbox) -> None:
    posts = sandbox.world.posts["tiktok"].values()
    post = next(
        p for p in posts if p.visible(sandbox.instant) and sandbox.shown(p)["views"] > 10**5
    )
    path = f"/web/tiktok/@{post.account.handle}/video/{post.id}"
    text = sandbox.http.get(path).text
    state = text.partition('type="application/json">')[2].partition("</script>")[0]
    item = json.loads(state)["__DEFAULT_SCOPE__"]["webapp.video-detail"]["itemInfo"]["itemStruct"]
    exact = sandbox.shown(post)["views"]
    assert item["statsV2"]["playCount"] == str(exact)
    assert item["stats"]["playCount"] == exact - exact % (10**5 if exact >= 10**6 else 100)
    assert item["createTime"] == str(post.published // 10**6)


@pytest.mark.parametrize("change", [{"X-Bogus": "00000000"}, {"secUid": "x"}, {"cursor": "-1"}])
def test_calls_that_are_not_signed_get_an_empty_answer(
    sandbox: Sandbox, change: dict[str, str]
) -> None:
    params = {"count": "35", "cursor": "0", "secUid": "x", **change}
    answer = sandbox.http.get("/web/tiktok/api/post/item_list/", params=params)
    assert (answer.status_code, answer.content) == (200, b"")
    assert sandbox.http.get("/web/tiktok/api/user/detail/?uniqueId=a").content == b""


# --- Facebook


def query(sandbox: Sandbox, account: WorldAccount, cursor: str) -> httpx.Response:
    variables = json.dumps({"id": account.id, "cursor": cursor, "count": 3})
    form = {"doc_id": "12345", "lsd": "AVqZsandbox", "variables": variables}
    return sandbox.http.post("/web/facebook/api/graphql/", data=form)


def test_facebooks_timeline_comes_three_posts_at_a_time(sandbox: Sandbox) -> None:
    account = sandbox.busiest("facebook")
    found = page(sandbox, "facebook", f"/{account.handle}")
    rows, calls = list(found.posts), 1
    while found.next:
        found = read(sandbox, "facebook", query(sandbox, account, found.next))
        rows.extend(found.posts)
        calls += 1
    posts = sandbox.visible(account)
    ordered = sorted(posts, key=lambda post: not post.pinned)
    assert ordered[0].pinned
    assert [row.id for row in rows] == [post.id for post in ordered]
    assert calls == -(-len(posts) // 3)
    for row, post in zip(rows, ordered, strict=True):
        assert (numbers(row), published(row)) == (on_facebook(sandbox, post), post.published)
        assert row.type is post.type or post.type is PostType.TEXT


def on_facebook(sandbox: Sandbox, post: WorldPost) -> dict[str, int]:
    shown = sandbox.shown(post)
    names = {"likes", "comments", "shares"} | ({"views"} if post.type in VIDEO_TYPES else set())
    return {name: value for name, value in shown.items() if name in names}


def test_facebooks_page_likes_are_exact_and_followers_worded(sandbox: Sandbox) -> None:
    account = sandbox.busiest("facebook")
    (row,) = page(sandbox, "facebook", f"/{account.id}").accounts
    shown = account.counters.at(sandbox.instant)
    assert (row.id, row.handle) == (account.id, account.handle)
    assert row.counts["likes"].value == shown["likes"]
    assert near(row, "followers", shown["followers"])
    assert row.counts["followers"].step >= 100


def test_a_facebook_post_has_a_page_of_its_own(sandbox: Sandbox) -> None:
    posts = sandbox.visible(sandbox.busiest("facebook"))
    for kind in (PostType.PHOTO, PostType.VIDEO, PostType.REEL):
        post = next(post for post in posts if post.type is kind)
        link = sandbox.json(f"/v25.0/{post.id}", fields="permalink_url")["permalink_url"]
        (row,) = page(sandbox, "facebook", link.partition("facebook.com")[2].rstrip("/")).posts
        assert (row.id, row.type) == (post.id, kind)
        assert numbers(row) == on_facebook(sandbox, post)


def test_facebooks_calls_need_the_pages_token(sandbox: Sandbox) -> None:
    answer = sandbox.http.post("/web/facebook/api/graphql/", data={"doc_id": "1"})
    assert answer.text.startswith('for (;;);{"error"')


# --- Instagram


def test_instagrams_profile_has_12_posts_without_numbers(sandbox: Sandbox) -> None:
    account = sandbox.busiest("instagram")
    answer = sandbox.http.get(f"/web/instagram/{account.handle}/")
    (row,) = read(sandbox, "instagram", answer).accounts
    assert numbers(row) == account.counters.at(sandbox.instant)
    posts = sandbox.visible(account)
    newest = sorted(posts, key=lambda post: not post.pinned)[:12]
    places = [answer.text.index(f'"code":"{shortcode(post.id)}"') for post in newest]
    assert places == sorted(places)
    assert answer.text.count('"code":') == 12
    assert "like_count" not in answer.text
    further = sandbox.http.post("/web/instagram/graphql/query", data={"doc_id": "1"})
    assert (further.status_code, further.json()["require_login"]) == (401, True)


def test_an_instagram_post_has_its_numbers_on_its_own_page(sandbox: Sandbox) -> None:
    names = {"likes": "likes", "comments": "comments", "views": "plays"}
    for post in sandbox.world.posts["instagram"].values():
        if not post.visible(sandbox.instant):
            continue
        (row,) = page(sandbox, "instagram", f"/p/{shortcode(post.id)}/").posts
        shown = sandbox.shown(post)
        assert numbers(row) == {names[name]: value for name, value in shown.items()}
        assert (row.id, row.account, published(row)) == (post.id, post.account.id, post.published)
        assert row.type is post.type


# --- X


def test_xs_profile_tells_followers_and_posts_and_its_script_asks_again(sandbox: Sandbox) -> None:
    account = sandbox.busiest("x")
    variables = {"variables": json.dumps({"screen_name": account.handle})}
    path = "/web/x/i/api/graphql/query/UserByScreenName"
    answers = [
        sandbox.http.get(f"/web/x/{account.handle}"),
        sandbox.http.get(path, params=variables, headers=GUEST),
    ]
    for answer in answers:
        (row,) = read(sandbox, "x", answer).accounts
        assert (row.id, row.handle, row.name) == (account.id, account.handle, account.name)
        assert numbers(row) == account.counters.at(sandbox.instant)


def test_xs_timeline_is_neither_complete_nor_in_order(sandbox: Sandbox) -> None:
    account = sandbox.busiest("x")
    variables = {"variables": json.dumps({"userId": account.id})}
    path = "/web/x/i/api/graphql/query/UserTweets"
    rows = read(sandbox, "x", sandbox.http.get(path, params=variables, headers=GUEST)).posts
    times = [published(row) for row in rows]
    assert len(rows) == 20 < len(sandbox.visible(account))
    assert times != sorted(times, reverse=True)
    for row in rows:
        shown = sandbox.shown(sandbox.world.posts["x"][row.id])
        if row.type is not PostType.REPOST:
            assert numbers(row) == {k: v for k, v in shown.items() if k != "saves"}


def test_xs_calls_need_a_guest_token(sandbox: Sandbox) -> None:
    path = "/web/x/i/api/graphql/query/UserByScreenName?variables=%7B%7D"
    assert sandbox.http.get(path).status_code == 403
    token = sandbox.http.post("/web/x/1.1/guest/activate.json").json()["guest_token"]
    headers = {**GUEST, "x-guest-token": token}
    assert sandbox.http.get(path, headers=headers).json() == {"data": {"user": {}}}


# --- what is not there


def absent(sandbox: Sandbox) -> list[tuple[PlatformName, str]]:
    gone = {name: sandbox.deleted(name) for name in ("youtube", "tiktok", "facebook", "instagram")}
    number = gone["facebook"].id.partition("_")[2]
    return [
        ("youtube", "/@nobody.here/videos"),
        ("youtube", "/feeds/videos.xml?channel_id=UCnone"),
        ("youtube", f"/watch?v={gone['youtube'].id}"),
        ("tiktok", "/@nobody.here"),
        ("tiktok", f"/@{gone['tiktok'].account.handle}/video/{gone['tiktok'].id}"),
        ("facebook", "/nobody.here"),
        ("facebook", f"/{gone['facebook'].account.handle}/posts/{number}"),
        ("instagram", "/nobody.here/"),
        ("instagram", f"/p/{shortcode(gone['instagram'].id)}/"),
        ("x", "/nobody_here"),
    ]


def test_what_is_gone_says_so(sandbox: Sandbox) -> None:
    for name, path in absent(sandbox):
        answer = sandbox.http.get(f"/web/{name}{path}")
        if answer.status_code == 404:
            continue
        with pytest.raises(CrawlError) as caught:
            read(sandbox, name, answer)
        assert caught.value.outcome is Outcome.GONE, path
