"""JSON inside HTML."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.reading.html_json import assigned, is_markup, page_text, scripts, title

pytestmark = pytest.mark.slow

PAGE = """<html><head><TITLE lang=en>
 A page </TITLE>
<script src="x.js"></script><script>window.STATE = {"a": "}{\\"", "b": {"c": [1]}}; go()</script>
<script type='application/ld+json'>{"@type": "Thing"}</script>
<SCRIPT id="data" type="application/json" nonce=abc>
{"k": "</b>"}</SCRIPT></head></html>"""


def test_scripts_with_their_attributes() -> None:
    found = list(scripts(PAGE))
    assert [script.id for script in found] == ["", "", "data"]
    assert [script.holds_json for script in found] == [False, True, True]
    assert msgspec.json.decode(found[2].text) == {"k": "</b>"}
    assert found[2].attributes["nonce"] == "abc"


def test_the_title() -> None:
    assert title(PAGE) == "A page"
    assert title("<html></html>") == ""


def test_an_assigned_object_ends_where_its_braces_do() -> None:
    text = assigned(PAGE, "window.STATE")
    assert text is not None
    assert msgspec.json.decode(text) == {"a": '}{"', "b": {"c": [1]}}
    assert assigned(PAGE, "window.OTHER") is None
    assert assigned('window["STATE"] = {"a": 1}', "STATE") == '{"a": 1}'
    assert assigned('STATE = {"a": 1', "STATE") is None


OBJECTS = st.dictionaries(st.text(), st.text() | st.integers(-(2**60), 2**60) | st.booleans())


@settings(deadline=None)
@given(OBJECTS, st.text(alphabet='{}"\\ab '))
def test_any_object_is_cut_out_whole(value: dict[str, object], after: str) -> None:
    written = msgspec.json.encode(value).decode()
    assert assigned(f"<script>X={written};{after}", "X") == written


@pytest.mark.parametrize(
    ("body", "markup"),
    [(b"<html>", True), (b"\xef\xbb\xbf\n <?xml?>", True), (b'{"a":"<"}', False), (b"", False)],
)
def test_markup_is_told_from_json(body: bytes, markup: bool) -> None:
    assert is_markup(body) is markup


def test_wrong_bytes_do_not_stop_a_page() -> None:
    assert page_text(b"\xef\xbb\xbfcaf\xe9") == "caf\ufffd"


@pytest.mark.parametrize(
    "piece", ["<script>", "<script ", "<title>", "<title ", "X={", "</script", "<script a=", 'a="']
)
def test_pages_that_never_close_anything_take_no_longer_than_others(piece: str) -> None:
    html = piece * (2_000_000 // len(piece))
    assert all(script.text for script in scripts(html))
    assert title(html) == ""
    assert assigned(html, "X") is None
