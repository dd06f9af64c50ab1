"""What platforms answer since 2025: closed features, suspended owners, collaborations."""

from __future__ import annotations

import json
from typing import Any

import pytest

from model.platform import PlatformName
from sandbox.tiktok.page_shapes import query_signature
from tests.sandbox.listing import Listing
from tests.sandbox.running import Sandbox

V = "/v25.0"
GUEST = {"x-guest-token": "1900000000000000001", "authorization": "Bearer guest"}
REACTIONS = "reactions.limit(0).summary(total_count)"


# --- the Graph API


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/", {"ids": "1", "fields": "id"}),
        ("/{id}/posts", {"fields": "reactions.type(LOVE).summary(true).as(love)"}),
        ("/{id}", {"fields": "posts.limit(2).as(newest){id}"}),
        ("/{id}/posts", {"fields": "id", "date_format": "U"}),
        ("/{id}", {"method": "delete"}),
        ("/{id}", {"callback": "read"}),
    ],
)
def test_closed_features_are_refused_to_new_apps(
    sandbox: Sandbox, path: str, params: dict[str, str]
) -> None:
    page = sandbox.busiest("facebook").id
    filled = {**params, "ids": page} if "ids" in params else params
    url = V + path.format(id=page)
    sandbox.limits(graph_legacy_app=True)
    assert sandbox.get(url, **filled).status_code == 200
    sandbox.limits(graph_legacy_app=False)
    answer = sandbox.get(url, **filled)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 12)
    assert answer.json()["error"]["type"] == "OAuthException"


def test_apps_are_new_ones_unless_told_otherwise(sandbox: Sandbox) -> None:
    assert sandbox.first_limits["graph_legacy_app"] is False


def test_what_is_closed_is_closed_in_batches_and_for_instagram(sandbox: Sandbox) -> None:
    sandbox.limits(graph_legacy_app=False)
    page = sandbox.busiest("facebook").id
    urls = [f"?ids={page}", f"{page}?fields=id", f"{page}/posts?fields={REACTIONS}"]
    batch = json.dumps([{"method": "GET", "relative_url": url} for url in urls])
    answer = sandbox.http.post(f"{V}/", data={"batch": batch})
    assert [part["code"] for part in answer.json()] == [400, 200, 200]
    overridden = sandbox.http.post(f"{V}/", data={"batch": batch, "method": "get"})
    assert overridden.json()["error"]["code"] == 12
    name = sandbox.busiest("instagram").handle
    fields = f"business_discovery.username({name}).as(city){{media_count}}"
    refused = sandbox.get(f"{V}/17841400000000001", fields=fields)
    assert refused.json()["error"]["code"] == 12


# --- X


def test_the_owner_of_a_token_is_suspended(sandbox: Sandbox) -> None:
    account = sandbox.busiest("x")
    answer = sandbox.get(f"/2/users/{account.id}", token="suspended-owner")
    body = answer.json()
    assert (answer.status_code, body["type"].rpartition("/")[2]) == (403, "user-suspended")
    assert "resource_id" not in body
    sandbox.fault(platform="x", kind="suspended_token", count=1)
    assert sandbox.get(f"/2/users/{account.id}").json() == body
    assert sandbox.get(f"/2/users/{account.id}").status_code == 200


def graphql_user(sandbox: Sandbox, handle: str) -> Any:
    variables = json.dumps({"screen_name": handle})
    url = "/web/x/i/api/graphql/q/UserByScreenName"
    answer = sandbox.http.get(url, params={"variables": variables}, headers=GUEST)
    assert answer.status_code == 200
    return answer.json()


def test_a_suspended_user_is_told_as_such(sandbox: Sandbox) -> None:
    account = sandbox.busiest("x")
    sandbox.fault(platform="x", kind="suspended_account", account=account.id)
    (error,) = sandbox.json("/2/users", ids=account.id)["errors"]
    assert error["detail"] == f"User has been suspended: [{account.id}]."
    (error,) = sandbox.json(f"/2/users/by/username/{account.handle}")["errors"]
    assert error["title"] == "Forbidden"
    result = graphql_user(sandbox, account.handle)["data"]["user"]["result"]
    assert result["unavailable_reason"] == "Suspended"
    sandbox.http.delete("/_sandbox/faults")
    assert "data" in sandbox.json("/2/users", ids=account.id)


def test_calls_of_another_form_get_validation_errors(sandbox: Sandbox) -> None:
    account = sandbox.busiest("x")
    sandbox.fault(platform="x", kind="validation_error", count=2)
    refused = sandbox.get(f"/2/users/{account.id}")
    assert refused.status_code == 400
    assert refused.json()["title"] == "Invalid Request"
    body = graphql_user(sandbox, account.handle)
    assert body["data"] == {}
    assert body["errors"][0]["code"] == 214


@pytest.mark.parametrize(
    ("kind", "platform"),
    [("suspended_token", "facebook"), ("validation_error", "*"), ("age_gated_account", "x")],
)
def test_faults_of_one_platform_are_refused_for_others(
    sandbox: Sandbox, kind: str, platform: str
) -> None:
    account = sandbox.busiest("x").id
    fault = {"kind": kind, "platform": platform, "account": account}
    answer = sandbox.http.post("/_sandbox/faults", json=fault)
    assert answer.status_code == 400
    assert "expected platform" in answer.json()["error"]


# --- TikTok


def signed(sandbox: Sandbox, path: str, **params: str) -> Any:
    text = "&".join(f"{name}={params[name]}" for name in sorted(params))
    params["X-Bogus"] = query_signature(text)
    return sandbox.http.get(f"/web/tiktok{path}", params=params).json()


def test_posts_come_as_the_app_has_them(sandbox: Sandbox) -> None:
    account = sandbox.busiest("tiktok")
    secret = signed(sandbox, "/api/user/detail/", uniqueId=account.handle)
    sandbox.limits(tiktok_page_layout="app")
    user = signed(sandbox, "/api/user/detail/", uniqueId=account.handle)
    assert user == secret["userInfo"]
    rows, cursor, more = [], "0", 1
    while more:
        page = signed(
            sandbox,
            "/api/post/item_list/",
            secUid=user["user"]["secUid"],
            count="30",
            cursor=cursor,
        )
        rows += page["aweme_list"]
        cursor, more = str(page["cursor"]), page["has_more"]
    posts = {post.id: post for post in sandbox.visible(account)}
    assert {row["aweme_id"] for row in rows} == posts.keys()
    for row in rows:
        shown = sandbox.shown(posts[row["aweme_id"]])
        assert row["statistics"].get("digg_count") == shown.get("likes")
        assert row["create_time"] == posts[row["aweme_id"]].published // 1_000_000


# --- YouTube


def initial_data(text: str) -> Any:
    return json.loads(text.partition("var ytInitialData = ")[2].partition(";</script>")[0])


def test_a_collaboration_has_its_owners_in_a_dialog(sandbox: Sandbox) -> None:
    post = sandbox.visible(sandbox.busiest("youtube"))[0]
    sandbox.limits(youtube_collaborations=True)
    page = sandbox.http.get("/web/youtube/watch", params={"v": post.id}).text
    text = json.dumps(initial_data(page))
    assert "Collaborators" in text
    dialog = text.partition('"listItems"')[2]
    ids = [part.partition('"')[0] for part in dialog.split('"browseId": "')[1:]]
    assert ids[0] == post.account.id
    assert len(set(ids)) == 2
    assert f'"channelId":"{post.account.id}"' in page


def test_an_age_gated_channel_asks_for_a_log_in(sandbox: Sandbox) -> None:
    account = sandbox.busiest("youtube")
    sandbox.fault(platform="youtube", kind="age_gated_account", account=account.id)
    page = sandbox.http.get(f"/web/youtube/@{account.handle}/videos").text
    assert "channelAgeGateRenderer" in page
    assert "richGridRenderer" not in page
    assert sandbox.json("/youtube/v3/channels", part="id", id=account.id)["items"]


def test_playlist_rows_have_rounded_views(sandbox: Sandbox) -> None:
    account = sandbox.busiest("youtube")
    page = sandbox.http.get("/web/youtube/playlist", params={"list": f"UU{account.id[2:]}"}).text
    text = json.dumps(initial_data(page))
    posts = sandbox.visible(account)[:100]
    assert text.count('"playlistVideoRenderer"') == len(posts)
    assert posts[0].id in text
    assert " views \\u2022 " in text
    assert sandbox.http.get("/web/youtube/playlist?list=PL1").status_code == 404


# --- ceilings of lists


@pytest.mark.parametrize(
    ("platform", "limit"),
    [
        ("instagram", "instagram_media_listed"),
        ("tiktok", "tiktok_posts_listed"),
        ("youtube", "youtube_uploads_listed"),
        ("x", "x_timeline_ceiling"),
    ],
)
def test_lists_end_at_their_ceilings(sandbox: Sandbox, platform: PlatformName, limit: str) -> None:
    listing = Listing(sandbox, platform)
    whole = listing.ids()
    sandbox.limits(**{limit: 12})
    ids = listing.ids()
    assert ids == whole[: len(ids)]
    assert 12 <= len(ids) < len(whole)
    if platform == "youtube":
        assert listing.page()[2]["pageInfo"]["totalResults"] == len(whole)
