"""Facebook's pages in the layouts of 2024 to 2026, in several documents."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from sandbox.world.model import SECOND, WorldAccount
from tests.sandbox.running import Sandbox

LAYOUTS = ["2024", "2025", "2026"]
_SCRIPT = re.compile(r'<script type="application/json" data-sjs>(.*?)</script>', re.DOTALL)
_STORY = ("content", "story")


def documents(text: str) -> list[Any]:
    """The answers that a page hands to its scripts."""
    found = []
    for script in _SCRIPT.findall(text):
        ((_, _, _, (inner,)),) = json.loads(script)["require"]
        ((_, _, _, (_, box)),) = inner["__bbox"]["require"]
        found.append(box["__bbox"]["result"])
    return found


def together(parts: list[Any], root: str) -> dict[str, Any]:
    """The timeline put together from its documents."""
    first, *rest = parts
    units: dict[str, Any] = first["data"][root]["timeline_list_feed_units"]
    for part in rest:
        assert part["path"][:2] == [root, "timeline_list_feed_units"]
        if part["path"][2:] == []:
            assert part["label"].endswith("$page_info")
            units |= part["data"]
        else:
            assert "$stream$" in part["label"]
            assert part["path"][2:] == ["edges", len(units["edges"])]
            units["edges"].append(part["data"])
    assert [part["extensions"]["is_final"] for part in parts] == [False] * len(rest) + [True]
    return units


def timeline(sandbox: Sandbox, account: WorldAccount, layout: str) -> list[dict[str, Any]]:
    """All posts of a page, by its own queries."""
    page = sandbox.http.get(f"/web/facebook/{account.handle}", params={"layout": layout})
    units = together(documents(page.text)[1:], "user")
    nodes = [edge["node"] for edge in units["edges"]]
    while units["page_info"]["has_next_page"]:
        units = together(query(sandbox, account, units["page_info"]["end_cursor"], layout), "node")
        nodes += [edge["node"] for edge in units["edges"]]
    return nodes


def query(sandbox: Sandbox, account: WorldAccount, cursor: str, layout: str) -> list[Any]:
    variables = {"count": 3, "cursor": cursor, "id": account.id}
    form = {"doc_id": "1", "lsd": "AVqZsandbox", "variables": json.dumps(variables)}
    answer = sandbox.http.post(f"/web/facebook/api/graphql/?layout={layout}", data=form)
    return [json.loads(line) for line in answer.text.splitlines()]


def within(value: Any, *keys: str | int) -> Any:
    for key in keys:
        value = value[key]
    return value


def time_of(node: dict[str, Any]) -> int:
    sections = within(node, "comet_sections", "context_layout", "story", "comet_sections")
    (strategy,) = sections["metadata"]
    return int(strategy["story"]["creation_time"])


def counts_of(node: dict[str, Any], layout: str) -> dict[str, int]:
    """What the layout shows of a post's counters."""
    container = within(node, "comet_sections", "feedback", "story", "story_ufi_container", "story")
    shown = within(
        container,
        *("feedback_context", "feedback_target_with_context"),
        *("comet_ufi_summary_and_actions_renderer", "feedback"),
    )
    merged = dict(shown)
    if layout == "2024":
        merged |= shown.get("comments_count_summary_renderer", {}).get("feedback", {})
    for renderer in shown.get("adaptive_ufi_action_renderers", ()):
        merged |= renderer["feedback"]
    counts = {"shares": merged["share_count"]["count"]}
    if "reaction_count" in merged:
        counts["likes"] = merged["reaction_count"]["count"]
    if "comment_rendering_instance" in merged:
        counts["comments"] = merged["comment_rendering_instance"]["comments"]["total_count"]
    return counts


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_timeline_comes_in_several_documents(sandbox: Sandbox, layout: str) -> None:
    account = sandbox.busiest("facebook")
    posts = sandbox.visible(account)
    posts.sort(key=lambda post: not post.pinned)
    nodes = timeline(sandbox, account, layout)
    assert [node["post_id"] for node in nodes] == [post.id.partition("_")[2] for post in posts]
    for node, post in zip(nodes, posts, strict=True):
        shown = {"shares": 0, **sandbox.shown(post)}
        wanted = {name: shown[name] for name in ("likes", "comments", "shares") if name in shown}
        assert counts_of(node, layout) == wanted
        assert time_of(node) == post.published // SECOND
        (actor,) = within(node, "comet_sections", *_STORY, "actors")
        assert actor["delegate_page"]["id"] == account.id != actor["id"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_references_and_older_reels_stand_in_posts_since_2025(
    sandbox: Sandbox, layout: str
) -> None:
    nodes = timeline(sandbox, sandbox.busiest("facebook"), layout)
    text = json.dumps(nodes)
    assert ("shareable_from_perspective_of_feed_ufi" in text) == (layout != "2024")
    shared = [node for node in nodes if "fb_shorts_story" in json.dumps(node)]
    assert bool(shared) == (layout != "2024")
    for node in shared:
        attachments = within(node, "comet_sections", *_STORY, "attachments")
        reel = attachments[-1]["styles"]["attachment"]["style_infos"][0]["fb_shorts_story"]
        assert reel["creation_time"] < time_of(node)
        assert reel["post_id"] != node["post_id"]


def test_the_layout_of_2026_has_counters_in_its_buttons_alone(sandbox: Sandbox) -> None:
    account = sandbox.busiest("facebook")
    text = json.dumps(timeline(sandbox, account, "2026"))
    assert "adaptive_ufi_action_renderers" in text
    assert "i18n_reaction_count" not in text.replace('"feedback": {"reaction_count"', "")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_setting_lays_out_all_pages(sandbox: Sandbox, layout: str) -> None:
    account = sandbox.busiest("facebook")
    sandbox.limits(facebook_page_layout="plain")
    plain = sandbox.http.get(f"/web/facebook/{account.handle}").text
    assert len(documents(plain)) == 2
    sandbox.limits(facebook_page_layout=layout)
    laid_out = sandbox.http.get(f"/web/facebook/{account.handle}").text
    assert len(documents(laid_out)) == 5
    post = sandbox.visible(account)[0]
    alone = sandbox.http.get(f"/web/facebook/{account.id}/posts/{post.id.partition('_')[2]}")
    (document,) = documents(alone.text)
    assert time_of(document["data"]["node"]) == post.published // SECOND


def test_a_page_without_posts_tells_its_end_in_a_document(sandbox: Sandbox) -> None:
    account = sandbox.busiest("facebook")
    sandbox.at("2005-01-01T00:00:00Z")
    page = sandbox.http.get(f"/web/facebook/{account.handle}?layout=2025").text
    units = together(documents(page)[1:], "user")
    assert units["edges"] == []
    assert units["page_info"]["has_next_page"] is False
