"""What pages are put together from beside templates: escaped like these, and as readers chose."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest
from markupsafe import Markup

from portal.asking.words import filled
from portal.web.drawing import options, with_query

HOSTILE = """<b a='1' b="2">&amp;{0}</b>\u202e"""


@pytest.mark.parametrize("value", [HOSTILE, Markup("<i>1</i>"), 7, 1.5, None])
def test_a_frame_is_filled_as_markup_formats_it(value: object) -> None:
    frame = Markup('<td title="{}">{found}</td>')
    assert filled(frame, value, found=value) == frame.format(value, found=value)
    assert isinstance(filled(frame, value, found=value), Markup)


def test_of_the_choices_one_is_chosen() -> None:
    choices = [("a", "A & B"), ('b"', "<b>"), ("c", "C")]
    plain = '<option value="a">A &amp; B</option><option value="b&#34;">&lt;b&gt;</option>'
    assert options(choices[:2], None) == options(choices[:2], "none of these") == plain
    chosen = options(choices, 'b"')
    assert chosen.count("selected") == 1
    assert '<option value="b&#34;" selected>' in chosen
    assert options(choices, "") == options(choices, None)


def test_an_address_with_other_parameters_says_the_same_of_the_rest() -> None:
    query = {"region": "north & south=1", "sort": "rank", "x": HOSTILE}
    address = with_query(query, sort="posts", form="csv")
    assert parse_qs(address[1:]) == {
        "region": ["north & south=1"],
        "sort": ["posts"],
        "x": [HOSTILE],
        "form": ["csv"],
    }
