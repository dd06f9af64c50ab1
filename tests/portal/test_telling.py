"""Explanations in sentences: value, treatment, range of the panel, score, place, posts."""

from __future__ import annotations

from typing import Any

import pytest

from portal.telling import told_lines

LEAF: dict[str, Any] = {
    "code": "facebook_volume",
    "name": {"zh": "互动量", "en": "interactions"},
    "depth": 1,
    "state": "scored",
    "score": 75.414,
    "rank": 3,
    "of": 20,
    "contribution": 7.5,
    "measure": "facebook:interactions",
    "value": 143_989.0,
    "treatment": "log1p",
    "treated": 11.877,
    "least": 12.0,
    "greatest": 1_290_601.0,
    "imputed": False,
    "coverage": 1.0,
    "notes": ["facebook:1 is not whole"],
    "children": [],
    "posts": [
        {
            "post": "facebook:1_2",
            "published_at": "2025-05-12T01:02:03+00:00",
            "type": "photo",
            "text": "A walk  by\nthe lake " * 9,
            "url": "https://www.facebook.com/1/posts/2",
            "counted": 5_584,
            "missing": {},
            "raw": ["a" * 64, "b" * 64],
        }
    ],
}
ROOT = {
    **LEAF,
    "code": "index",
    "name": {"zh": "指数", "en": "index"},
    "depth": 0,
    "measure": None,
    "notes": [],
    "children": [LEAF],
    "posts": [],
}


def test_a_number_is_told_so_that_it_can_be_computed_again() -> None:
    top, leaf, post = told_lines(ROOT, "en")
    assert top == "index: 75.41 points; place 3 of 20"
    assert leaf == (
        "  interactions: 143,989; by ln(1 + x): 11.88; in the panel 12 to 1,290,601; 75.41 points; "
        "place 3 of 20; +7.50 to the index; facebook:1 is not whole"
    )
    assert post.startswith("    2025-05-12  photo  5,584  “A walk by the lake A walk")
    assert post.endswith("…”  https://www.facebook.com/1/posts/2  raw aaaaaaaaaaaa bbbbbbbbbbbb")


def test_the_same_in_chinese() -> None:
    _, leaf, post = told_lines(ROOT, "zh")
    assert leaf == (
        "  互动量：14.3989万；取 ln(1 + x)：11.88；全部城市12至129.0601万；得分75.41；"
        "第3名（共20名）；为指数贡献+7.50；facebook:1 的数据不完整"
    )
    assert "原始应答 aaaaaaaaaaaa" in post


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"state": "missing", "score": None, "rank": None, "contribution": None}, ": not known"),
        ({"state": "absent", "score": 0.0, "rank": None}, ": no account, counts 0; 0.00 points"),
        (
            {"score": 0.0, "rank": None, "measure": None, "coverage": 0.0},
            ": 0.00 points; by the method's rule, for nothing of it is known",
        ),
        ({"state": "given"}, ": given as a score; 75.41 points"),
        ({"imputed": True, "value": None}, ": filled in, for it was not read: 11.88"),
        ({"treatment": "none"}, ": 143,989; as it is; in the panel"),
        ({"least": None}, "11.88; 75.41 points"),
    ],
)
def test_what_is_not_known_is_not_told(change: dict[str, Any], told: str) -> None:
    assert told in next(told_lines({**LEAF, "notes": [], **change}, "en"))


def test_a_post_without_a_count_says_why() -> None:
    unknown = {"counted": None, "missing": {"likes": "hidden"}, "text": None, "url": None}
    post = {**LEAF["posts"][0], **unknown}
    line = list(told_lines({**LEAF, "posts": [post]}, "en"))[1]
    assert "not known (hidden)  facebook:1_2  raw" in line


def test_parts_that_lack_are_told_by_name() -> None:
    note = "left out: no_data, 0 of 1 parts present, without facebook_volume"
    top = {**ROOT, "notes": [note], "score": None, "rank": None, "state": "missing"}
    assert next(told_lines(top, "en")).endswith("parts present, without interactions")
    assert next(told_lines(top, "zh")).endswith("缺 互动量")


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "by -ln(1 + |x|): -3.83"), ("zh", "取 -ln(1 + |x|)：-3.83")]
)
def test_a_loss_is_said_to_be_treated_as_it_is(lang: Any, said: str) -> None:
    """There is no ln(1 - 45): the formula is sign(x) ln(1 + |x|)."""
    loss = {**LEAF, "value": -45.0, "treated": -3.829, "posts": []}
    assert said in next(told_lines(loss, lang))
