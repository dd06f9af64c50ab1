"""Words of platforms on the portal's pages and in its tables: nothing in them acts."""

from __future__ import annotations

import csv
import io
import unicodedata
from urllib.parse import quote

import pytest

from portal.web.drawing import as_json
from store.database import POSTS, Store
from tests.portal.web.readers import Readers
from tests.portal.web.seeded import HOSTILE, MINE

PAGES = (
    "/months/2025-05",
    "/months/2025-05/posts",
    "/months/2025-05/top-ten",
    f"/cities/{MINE}",
    "/accounts",
    "/visits",
    "/gaps",
)
ACTING = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def acting(text: str) -> set[str]:
    """The characters of a page that do something instead of being seen."""
    return {sign for sign in text if unicodedata.category(sign) in ACTING} - {"\n", "\ufeff", "\r"}


def hostile_post(db: Store) -> str:
    found = db[POSTS].find_one({"text": HOSTILE, "account": {"$regex": "^facebook:"}})
    assert found is not None, "the store holds an attack"
    return str(found["_id"])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_nothing_acts_on_who_reads_a_page(readers: Readers, seeded: Store, lang: str) -> None:
    client = readers.of("analyst")
    post = f"/posts/{quote(hostile_post(seeded), safe='')}"
    shown = ""
    for path in (*PAGES, post):
        got = client.get(path, headers={"accept-language": lang}, follow_redirects=True)
        assert got.status_code in (200, 404), path
        assert acting(got.text) == set(), path
        assert "<script>alert" not in got.text, path
        shown += got.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;=HYPERLINK(1)" in shown, "it was shown"


def test_no_cell_of_a_table_is_a_formula(readers: Readers, seeded: Store) -> None:
    seeded[POSTS].update_one(
        {"_id": hostile_post(seeded)}, {"$set": {"text": "\u3000=HYPERLINK(1)", "url": "@SUM(A1)"}}
    )
    try:
        got = readers.of("analyst").get("/months/2025-05/posts?form=csv")
        cells = [cell for row in csv.reader(io.StringIO(got.text)) for cell in row]
        assert acting(got.text) == set()
        assert not [cell for cell in cells if cell.strip()[:1] in set("=+@＝")]
    finally:
        seeded[POSTS].update_one(
            {"_id": hostile_post_by(seeded)}, {"$set": {"text": HOSTILE, "url": None}}
        )


def hostile_post_by(db: Store) -> str:
    found = db[POSTS].find_one({"url": "@SUM(A1)"})
    assert found is not None
    return str(found["_id"])


def test_what_charts_are_given_acts_on_nothing() -> None:
    text = str(as_json({"title": HOSTILE, "values": [1, None, 2.5], "more": {"a": ["\u202e"]}}))
    assert acting(text) == set()
    assert "<" not in text
    assert "[1, null, 2.5]" in text


@pytest.mark.parametrize("after", ["[" * 50_000, "[1,2", '["a","b"]', '[NaN,"x"]', "9" * 5000])
def test_a_cursor_that_is_none_names_its_field(readers: Readers, after: str) -> None:
    client = readers.of("analyst")
    got = client.get("/months/2025-05/posts", params={"after": after[:20_000]})
    assert got.status_code == 422
