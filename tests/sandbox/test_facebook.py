"""Facebook pages by the Graph API of a running sandbox."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from model.items import VIDEO_TYPES
from sandbox.world.model import WorldAccount, WorldPost, to_moment
from tests.sandbox.running import CUTOFF, TOKEN, Sandbox

V = "/v25.0"
KINDS = ("like", "love", "care", "wow", "haha", "sad", "angry")
FIELDS = ",".join(
    [
        "id,created_time,permalink_url,status_type,message,shares",
        "attachments{media_type,type,target}",
        "comments.limit(0).summary(true)",
        "reactions.limit(0).summary(total_count)",
        *(
            f"reactions.type({kind.upper()}).limit(0).summary(total_count).as({kind})"
            for kind in KINDS
        ),
    ]
)


@pytest.fixture(autouse=True)
def _legacy_app(sandbox: Sandbox) -> None:
    """An app that may ask for several ids in one call and give fields other names."""
    sandbox.limits(graph_legacy_app=True)


def follow(sandbox: Sandbox, path: str, **params: Any) -> tuple[list[Any], list[dict[str, Any]]]:
    """All rows of a list by following `next`; and the pages."""
    page = sandbox.json(path, **params)
    pages = [page]
    while "next" in page.get("paging", {}):
        link = page["paging"]["next"]
        assert link.startswith(sandbox.base)
        page = sandbox.http.get(link).json()
        pages.append(page)
    return [row for page in pages for row in page["data"]], pages


def counted(row: dict[str, Any]) -> dict[str, int]:
    """A post's counters under the world's names; absent shares are none."""
    found = {"shares": row["shares"]["count"] if "shares" in row else 0}
    for name, key in (("likes", "reactions"), ("comments", "comments")):
        if key in row:
            found[name] = row[key]["summary"]["total_count"]
    found |= {f"reaction:{k}": row[k]["summary"]["total_count"] for k in KINDS if k in row}
    return found


def test_all_pages_together_are_the_posts_with_the_worlds_counts(sandbox: Sandbox) -> None:
    page = sandbox.busiest("facebook")
    rows, pages = follow(sandbox, f"{V}/{page.id}/published_posts", fields=FIELDS, limit=100)
    posts = sandbox.visible(page)
    assert len(pages) == 2
    assert [row["id"] for row in rows] == [post.id for post in posts]
    for row, post in zip(rows, posts, strict=True):
        shown = sandbox.shown(post)
        shown.pop("views", None)
        assert counted(row) == shown
        assert row["created_time"] == f"{to_moment(post.published):%Y-%m-%dT%H:%M:%S}+0000"


def test_shares_are_absent_when_there_are_none(sandbox: Sandbox) -> None:
    posts = sandbox.world.posts["facebook"].values()
    post = next(
        post
        for post in posts
        if post.visible(sandbox.instant) and sandbox.shown(post)["shares"] == 0
    )
    assert "shares" not in sandbox.json(f"{V}/{post.id}", fields="id,shares")


def test_a_counter_that_is_not_shown_leaves_its_field_out(sandbox: Sandbox) -> None:
    posts = sandbox.world.posts["facebook"].values()
    post = next(
        p for p in posts if p.visible(sandbox.instant) and "comments" not in sandbox.shown(p)
    )
    row = sandbox.json(f"{V}/{post.id}", fields="comments.summary(true),reactions.summary(true)")
    assert row.keys() == {"id", "reactions"}


def test_pages_may_be_short_because_deleted_posts_are_left_out_of_them(sandbox: Sandbox) -> None:
    page = sandbox.busiest("facebook")
    rows, pages = follow(sandbox, f"{V}/{page.id}/posts", fields="id", limit=5)
    assert len(rows) == len(sandbox.visible(page))
    assert any(len(page["data"]) < 5 for page in pages[:-2])


def test_beyond_the_end_there_is_only_a_way_back(sandbox: Sandbox) -> None:
    page = sandbox.busiest("facebook")
    number = sum(post.published <= sandbox.instant for post in page.posts)
    limit = next(size for size in range(2, 100) if number % size == 0)
    _, pages = follow(sandbox, f"{V}/{page.id}/posts", fields="id", limit=limit)
    last = pages[-1]
    assert last["data"] == []
    assert last["paging"].keys() == {"previous"}
    back = sandbox.http.get(last["paging"]["previous"]).json()
    assert back["data"] == pages[-2]["data"]


def test_the_last_page_has_cursors_and_no_next(sandbox: Sandbox) -> None:
    page = sandbox.busiest("facebook")
    _, pages = follow(sandbox, f"{V}/{page.id}/posts", fields="id", limit=100)
    assert pages[0]["paging"].keys() == {"cursors", "next"}
    assert pages[1]["paging"].keys() == {"cursors", "previous"}


def test_next_carries_the_token_the_fields_and_the_window(sandbox: Sandbox) -> None:
    page = sandbox.busiest("facebook")
    window = {"since": "2025-05-01T00:00:00+0000", "until": "1748707200"}
    answer = sandbox.json(f"{V}/{page.id}/posts", fields="id,shares", limit=5, **window)
    query = parse_qs(urlsplit(answer["paging"]["next"]).query)
    assert query["access_token"] == [TOKEN]
    assert query["fields"] == ["id,shares"]
    assert (query["since"], query["until"]) == ([window["since"]], [window["until"]])


@pytest.mark.parametrize("form", ["unix", "iso"])
def test_windows_take_both_ends_in(sandbox: Sandbox, form: str) -> None:
    page = sandbox.busiest("facebook")
    posts = sandbox.visible(page)
    newest, oldest = posts[2], posts[12]

    def written(post: WorldPost) -> str:
        at = to_moment(post.published)
        return str(int(at.timestamp())) if form == "unix" else f"{at:%Y-%m-%dT%H:%M:%S+00:00}"

    window = {"since": written(oldest), "until": written(newest)}
    rows, _ = follow(sandbox, f"{V}/{page.id}/published_posts", fields="id", limit=50, **window)
    assert [row["id"] for row in rows] == [post.id for post in posts[2:13]]


def test_views_stand_on_the_videos_which_lead_to_their_posts(sandbox: Sandbox) -> None:
    page = sandbox.busiest("facebook")
    fields = "id,created_time,permalink_url,length,views,post_id"
    rows, _ = follow(sandbox, f"{V}/{page.id}/videos", fields=fields, limit=100)
    videos = [post for post in sandbox.visible(page) if post.type in VIDEO_TYPES]
    assert [row["post_id"] for row in rows] == [post.id for post in videos]
    for row, post in zip(rows, videos, strict=True):
        assert row["views"] == sandbox.shown(post)["views"]
        link = sandbox.json(f"{V}/{post.id}", fields="permalink_url,attachments{target}")
        assert link["permalink_url"].endswith(row["permalink_url"])
        assert link["attachments"]["data"][0]["target"]["id"] == row["id"]
        assert sandbox.json(f"{V}/{row['id']}", fields="post_id")["post_id"] == post.id
    reels, _ = follow(sandbox, f"{V}/{page.id}/video_reels", fields="post_id", limit=100)
    assert [r["post_id"] for r in reels] == [v.id for v in videos if v.type == "reel"]


def test_a_page_is_found_by_id_and_username(sandbox: Sandbox) -> None:
    page = sandbox.busiest("facebook")
    shown = page.counters.at(sandbox.instant)
    for name in (page.id, page.handle, page.handle.lower()):
        row = sandbox.json(f"{V}/{name}", fields="name,username,followers_count,fan_count,cover")
        assert row == {
            "id": page.id,
            "name": page.name,
            "username": page.handle,
            "followers_count": shown["followers"],
            "fan_count": shown["likes"],
        }
    assert sandbox.json(f"{V}/{page.id}") == {"name": page.name, "id": page.id}


def pages(sandbox: Sandbox, number: int) -> list[WorldAccount]:
    return list(sandbox.world.accounts["facebook"].values())[:number]


def test_several_pages_come_in_one_call_by_ids(sandbox: Sandbox) -> None:
    one, two, three = pages(sandbox, 3)
    answer = sandbox.json(f"{V}/", ids=f"{one.id},{two.handle},{three.id}", fields="id")
    assert answer == {
        one.id: {"id": one.id},
        two.handle: {"id": two.id},
        three.id: {"id": three.id},
    }
    assert sandbox.usage()["facebook", "ids"] == (1, 3, 3)


def test_posts_come_by_ids_too_and_a_deleted_one_fails_the_call(sandbox: Sandbox) -> None:
    gone = sandbox.deleted("facebook")
    there = sandbox.visible(gone.account)[0]
    answer = sandbox.json(f"{V}/", ids=there.id, fields="shares,reactions.summary(true)")
    assert answer[there.id]["reactions"]["summary"]["total_count"] == sandbox.shown(there)["likes"]
    failed = sandbox.get(f"{V}/", ids=f"{there.id},{gone.id}")
    assert failed.json()["error"]["code"] == 803
    assert gone.id in failed.json()["error"]["message"]
    assert there.id not in failed.json()["error"]["message"]


def test_edges_may_be_nested_and_renamed(sandbox: Sandbox) -> None:
    page = sandbox.busiest("facebook")
    answer = sandbox.json(f"{V}/{page.id}", fields="name,posts.limit(2).as(newest){id,shares}")
    newest = [post.id for post in sandbox.visible(page)[:2]]
    assert [row["id"] for row in answer["newest"]["data"]] == newest
    rest = sandbox.http.get(answer["newest"]["paging"]["next"]).json()
    assert rest["data"][0].keys() <= {"id", "shares"}


def test_summaries_of_a_post_can_be_asked_for_alone(sandbox: Sandbox) -> None:
    post = sandbox.visible(sandbox.busiest("facebook"))[0]
    answer = sandbox.json(f"{V}/{post.id}/reactions", summary="total_count", limit=0)
    assert answer == {"data": [], "summary": {"total_count": sandbox.shown(post)["likes"]}}


def test_an_attachment_shows_only_the_nested_fields(sandbox: Sandbox) -> None:
    posts = sandbox.visible(sandbox.busiest("facebook"))
    album = next(post for post in posts if post.type == "album")
    row = sandbox.json(f"{V}/{album.id}", fields="attachments{media_type,subattachments{type}}")
    assert row["attachments"]["data"] == [
        {"media_type": "album", "subattachments": {"data": [{"type": "photo"}] * 3}}
    ]


@pytest.mark.parametrize(
    ("path", "params", "status", "code", "subcode"),
    [
        ("/nobody.here", {}, 404, 803, None),
        ("/999999999999999", {}, 400, 100, 33),
        ("/1_2", {}, 400, 100, 33),
        ("/999999999999999/posts", {}, 400, 100, 33),
        ("/{id}", {"fields": "sales"}, 400, 100, None),
        ("/{id}/posts", {"fields": "id,views"}, 400, 100, None),
        ("/{id}/posts", {"fields": "comments{"}, 400, 2500, None),
        ("/{id}/posts", {"fields": "a" + ".limit(1){a" * 30}, 400, 2500, None),
        ("/{id}/posts", {"limit": "101"}, 500, 1, None),
        ("/{id}/posts", {"limit": "many"}, 400, 100, None),
        ("/{id}/posts", {"since": "long ago"}, 400, 100, None),
        ("/{id}/posts", {"after": "made-up"}, 400, 100, None),
        ("/{id}/sales", {}, 400, 2500, None),
        ("/", {"ids": ""}, 400, 100, None),
        ("/", {"ids": ",".join(map(str, range(51)))}, 400, 100, None),
        ("/", {"ids": "nobody.here"}, 404, 803, None),
    ],
)
def test_errors_have_metas_codes(
    sandbox: Sandbox,
    path: str,
    params: dict[str, str],
    status: int,
    code: int,
    subcode: int | None,
) -> None:
    answer = sandbox.get(V + path.format(id=sandbox.busiest("facebook").id), **params)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert error.get("error_subcode") == subcode
    assert error.keys() >= {"message", "type", "fbtrace_id"}


@pytest.mark.parametrize(
    ("token", "code", "subcode"),
    [("invalid", 190, None), ("expired", 190, 463), ("forbidden", 10, None), ("", 104, None)],
)
def test_refused_tokens(sandbox: Sandbox, token: str, code: int, subcode: int | None) -> None:
    for where in ("header", "query"):
        params = {"access_token": token} if where == "query" else {}
        error = sandbox.get(f"{V}/1", token=token, **params).json()["error"]
        assert (error["code"], error.get("error_subcode")) == (code, subcode)


@pytest.mark.parametrize(
    ("asked", "at", "used"),
    [
        ("v25.0", CUTOFF, "v25.0"),
        ("v27.0", CUTOFF, "v27.0"),
        ("v3.1", CUTOFF, "v17.0"),
        ("v17.0", "2025-09-12T00:00:00Z", "v18.0"),
        ("v20.0", "2026-11-28T00:00:00Z", "v21.0"),
        ("v25.0", "2028-07-28T23:59:59Z", "v25.0"),
        ("v25.0", "2028-07-29T00:00:00Z", "v26.0"),
    ],
)
def test_a_retired_version_is_answered_as_the_oldest_that_lives(
    sandbox: Sandbox, asked: str, at: str, used: str
) -> None:
    sandbox.at(at)
    answer = sandbox.get(f"/{asked}/{sandbox.busiest('facebook').id}")
    assert answer.headers["facebook-api-version"] == used
    assert sandbox.get("/v99.0/1").json()["error"]["code"] == 2500


def test_versions_can_be_retired_before_their_day(sandbox: Sandbox) -> None:
    sandbox.limits(graph_oldest_version=26)
    answer = sandbox.get(f"{V}/{sandbox.busiest('facebook').id}")
    assert answer.headers["facebook-api-version"] == "v26.0"


def test_usage_is_told_in_per_cent_and_throttled_at_a_hundred(sandbox: Sandbox) -> None:
    sandbox.limits(graph_calls_per_user_and_hour=4, graph_daily_users=1)
    path = f"{V}/{sandbox.busiest('facebook').id}"
    answers = [sandbox.get(path, token="throttled") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 403]
    assert '"call_count":50' in answers[1].headers["x-app-usage"]
    error = answers[-1].json()["error"]
    assert (error["code"], error["is_transient"]) == (4, True)
    sandbox.at("2025-06-03T17:00:01Z")
    assert sandbox.get(path, token="throttled").status_code == 200


def test_a_page_has_a_daily_limit_of_its_own(sandbox: Sandbox) -> None:
    sandbox.limits(graph_page_calls_per_engaged_user=1, graph_engaged_users=1)
    page = pages(sandbox, 4)[-1]
    sandbox.at("2025-08-01T00:00:00Z")
    first, second = (sandbox.get(f"{V}/{page.id}", token="page") for _ in range(2))
    assert first.status_code == 200
    assert second.json()["error"]["code"] == 80001
    usage = second.headers["x-business-use-case-usage"]
    assert page.id in usage
    assert '"estimated_time_to_regain_access":1440' in usage


def test_at_most_so_many_posts_a_year(sandbox: Sandbox) -> None:
    sandbox.limits(facebook_posts_a_year=20)
    page = sandbox.busiest("facebook")
    rows, _ = follow(sandbox, f"{V}/{page.id}/posts", fields="created_time", limit=50)
    years = [row["created_time"][:4] for row in rows]
    assert years.count("2025") <= 20
    assert years.count("2024") == 1


def test_nothing_from_after_the_sandboxs_present_is_shown(sandbox: Sandbox) -> None:
    page = sandbox.busiest("facebook")
    in_the_end = len(sandbox.visible(page))
    sandbox.at("2025-05-10T00:00:00Z")
    rows, _ = follow(sandbox, f"{V}/{page.id}/posts", fields="created_time", limit=100)
    assert rows
    assert max(row["created_time"] for row in rows) <= "2025-05-10T00:00:00+0000"
    assert len(rows) < in_the_end
