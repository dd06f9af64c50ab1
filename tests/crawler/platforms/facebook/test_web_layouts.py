"""Layouts of Facebook's pages beside those of the fixtures: what belongs to a post, and where."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from crawler.platforms.facebook.platform import PLATFORM
from model.count import Missing
from model.items import Mapped, PostItem, PostType

NOW = datetime(2026, 6, 4, 12, tzinfo=UTC)
_FIXTURES = Path(__file__).parent / "fixtures"
_UFI = ("story_ufi_container", "story", "feedback_context", "feedback_target_with_context")
EDGES = ["node", "timeline_list_feed_units", "edges"]


def documents() -> list[dict[str, Any]]:
    """A list of posts that comes in documents: the first, two further posts, the end."""
    body = (_FIXTURES / "web_streamed" / "input.json").read_bytes()
    return [msgspec.json.decode(line) for line in body.splitlines() if line.strip()]


def mapped(parts: list[dict[str, Any]], *, between: bytes = b"\n") -> Mapped:
    return PLATFORM.map(between.join(map(msgspec.json.encode, parts)), NOW)


def first_node(parts: list[dict[str, Any]]) -> dict[str, Any]:
    node: dict[str, Any] = parts[0]["data"]["node"]["timeline_list_feed_units"]["edges"][0]["node"]
    return node


def target(node: dict[str, Any]) -> dict[str, Any]:
    """What leads to a post's counters."""
    found: dict[str, Any] = node["comet_sections"]["feedback"]["story"]
    for key in _UFI:
        found = found[key]
    return found


def dated(node: dict[str, Any]) -> dict[str, Any]:
    """The section that holds a post's time."""
    layout = node["comet_sections"]["context_layout"]["story"]
    found: dict[str, Any] = layout["comet_sections"]["metadata"][0]["story"]
    return found


def first_of(parts: list[dict[str, Any]]) -> PostItem:
    return mapped(parts).posts[0]


@pytest.mark.parametrize(
    ("shown", "kind"),
    [
        ({"attachments": []}, PostType.TEXT),
        ({}, None),
        ({"attachments": None}, None),
        ({"attachments": [{"styles": {"attachment": {"poll": {}}}}]}, None),
        ({"attachments": [], "attached_story": {"id": "1"}}, None),
        ({"attachments": [], "message": None}, None),
        ({"attachments": [], "wwwURL": "https://www.facebook.com/c/videos/1/"}, PostType.VIDEO),
    ],
)
def test_only_an_empty_list_of_attachments_makes_a_text(
    shown: dict[str, Any], kind: PostType | None
) -> None:
    parts = documents()
    first_node(parts)["comet_sections"]["content"]["story"].update(shown)
    post = first_of(parts)
    assert post.type is kind
    lacking = post.counts["views"].missing
    assert lacking is (Missing.NOT_OFFERED if kind is PostType.TEXT else Missing.NOT_READ)


@pytest.mark.parametrize(
    "actions",
    [
        [
            {"feedback": {"reaction_count": {"count": 375}}},
            {"feedback": {"comment_rendering_instance": {"comments": {"total_count": 12}}}},
            {"feedback": {"share_count": {"count": 7}}},
        ],
        [
            {"__typename": "ReactRenderer", "feedback": {"unified_reactors": {"count": 375}}},
            {"feedback": {"total_comment_count": 12}},
            {"feedback": {"share_count_reduced": "7"}},
        ],
        [
            {"feedback": {"cannot_see_top_custom_reactions": {"reactors": {"count": 375}}}},
            {"feedback": {"comments_count_summary_renderer": {"feedback": {"comment_count": {}}}}},
            {"feedback": {"comments_count_summary_renderer": {"feedback": {}}}},
            {"feedback": {"i18n_comment_count": "12", "i18n_share_count": "7"}},
        ],
        [
            {"fb_reel_react_button": {"story": {"feedback": {"likers": {"count": 375}}}}},
            {"feedback": {"comment_count": {"total_count": 12}, "share_count": {"count": 7}}},
        ],
    ],
)
def test_counters_stand_under_many_names(actions: list[dict[str, Any]]) -> None:
    parts = documents()
    node = first_node(parts)
    feedback = {
        "subscription_target_id": node["post_id"],
        "top_reactions": {"edges": [{"reaction_count": 300}]},
        "adaptive_ufi_action_renderers": actions,
    }
    held = target(node)
    held.clear()
    held["comet_ufi_summary_and_actions_renderer"] = {"feedback": feedback}
    counts = first_of(parts).counts
    assert [counts[name].value for name in ("likes", "comments", "shares")] == [375, 12, 7]


def test_a_post_without_a_readable_counter_is_a_row_and_named() -> None:
    parts = documents()
    target(first_node(parts)).clear()
    found = mapped(parts)
    assert len(found.posts) == 3
    assert {count.value for count in found.posts[0].counts.values()} == {None}
    assert found.unmapped == ("[0].data.node.timeline_list_feed_units.edges[0].node.feedback",)


@pytest.mark.parametrize(("own", "at"), [(True, 1_600_000_000), (False, None)])
def test_a_reel_tells_the_time_of_the_post_that_it_is_and_of_no_other(
    own: bool, at: int | None
) -> None:
    parts = documents()
    node = first_node(parts)
    del dated(node)["creation_time"]
    reel = {"post_id": node["post_id"] if own else "999", "creation_time": 1_600_000_000}
    style = {"style_infos": [{"fb_shorts_story": reel}]}
    node["comet_sections"]["content"]["story"]["attachments"] = [{"styles": {"attachment": style}}]
    found = mapped(parts)
    times = {post.id.rpartition("_")[2]: post.published_at for post in found.posts}
    expected = None if at is None else datetime.fromtimestamp(at, UTC)
    assert times.get(node["post_id"]) == expected
    assert bool(found.unmapped) == (at is None)


def test_what_a_post_shows_or_names_lends_it_nothing() -> None:
    parts = documents()
    before = first_of(parts)
    node = first_node(parts)
    other = copy.deepcopy(node)
    other["post_id"] = "999"
    node["attached_story"] = node["comet_sections"]["content"]["story"]["attached_story"] = other
    target(node)["interesting_top_level_comments"] = [
        {"comment": {"feedback": {"reaction_count": {"count": 9999}}, "created_time": 1}}
    ]
    target(node)["shareable_from_perspective_of_feed_ufi"] = {**other, "creation_time": 1}
    node["comet_sections"]["action_link"] = {"story": {"__typename": "Story", "post_id": "998"}}
    found = mapped(parts)
    assert found.posts[0] == before
    assert (len(found.posts), found.unmapped) == (3, ())


@pytest.mark.parametrize("at", [-1, 0, -1_000_000_000, -2_051_222_400])
def test_posts_are_dated_back_to_1905(at: int) -> None:
    parts = documents()
    dated(first_node(parts))["creation_time"] = at
    found = mapped(parts)
    assert found.posts[0].published_at == datetime.fromtimestamp(at, UTC)
    assert found.unmapped == ()


@pytest.mark.parametrize("order", [(0, 2, 1, 3), (0, 3, 1, 2), (1, 2, 3, 0), (3, 2, 1, 0)])
def test_documents_may_come_in_any_order(order: tuple[int, ...]) -> None:
    parts = documents()
    plain = mapped(parts)
    found = mapped([parts[place] for place in order])
    assert {post.id for post in found.posts} == {post.id for post in plain.posts}
    assert (found.next, found.unmapped) == (plain.next, ())


@pytest.mark.parametrize("between", [b"", b"\n", b"\r\n\r\n", b" "])
def test_documents_may_stand_in_one_line(between: bytes) -> None:
    assert len(mapped(documents(), between=between).posts) == 3


def test_the_end_of_a_list_may_be_named_by_its_own_path() -> None:
    parts = documents()
    parts[-1]["path"] = [*EDGES[:2], "page_info"]
    parts[-1]["data"] = {"has_next_page": True, "end_cursor": "ON"}
    found = mapped(parts)
    assert (found.next, found.unmapped) == ("ON", ())


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"path": ["node", "nowhere", "edges", 1]}, "which is not there"),
        ({"path": [*EDGES, 0]}, "which is not there"),
        ({"path": None}, "tells no place"),
        ({"data": {"node": None}}, "edges[1] did not come"),
        ({"data": None, "errors": [{"message": "A server error"}]}, "edges[1] did not come"),
    ],
)
def test_a_streamed_post_that_is_not_read_is_named(change: dict[str, Any], named: str) -> None:
    parts = documents()
    parts[1].update(change)
    found = mapped(parts)
    assert any(named in path for path in found.unmapped)
    assert found.posts


def many(posts: int) -> list[dict[str, Any]]:
    """A list of so many posts, each in a document of its own."""
    first, piece, *_, end = documents()
    number = piece["data"]["node"]["post_id"].encode()
    further = []
    for place in range(1, posts):
        body = msgspec.json.encode({**piece, "path": [*EDGES, place]})
        further.append(msgspec.json.decode(body.replace(number, b"%d" % (770_000 + place))))
    return [first, *further, end]


def page(parts: list[dict[str, Any]]) -> bytes:
    """The documents as a page hands them over to its script."""
    scripts = (
        msgspec.json.encode({"require": [["Cache", "next", [], ["id", {"__bbox": held}]]]})
        for held in ({"complete": True, "result": part} for part in parts)
    )
    tag = b'<script type="application/json" data-sjs>%s</script>'
    return b"<html><body>" + b"".join(tag % text for text in scripts) + b"</body></html>"


def test_thirty_documents_cut_in_the_middle_keep_what_came_and_say_so() -> None:
    parts = many(29)
    lines = b"\n".join(map(msgspec.json.encode, parts))
    for body in (lines, page(parts)):
        whole, half = PLATFORM.map(body, NOW), PLATFORM.map(body[: len(body) // 2], NOW)
        assert (len(whole.posts), whole.unmapped) == (29, ())
        assert 10 < len(half.posts) < 20
        assert half.unmapped
        assert half.next is None
