"""Pages of what media abroad wrote: every number of a count, and each article with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from parsel import Selector

from store.database import Store
from store.media.counts import put_counts
from tests.portal.web.readers import Readers
from tests.portal.web.seeded import OTHER

MONTH = "2025-05"
_LEAVES = {"media_articles": 2, "positive_share": 0.5, "positive_posts": 3}


def _line(number: int, verdict: str) -> dict[str, object]:
    return {
        "period": MONTH,
        "city": OTHER,
        "at": "2025-05-03T00:00:00+00:00",
        "verdict": verdict,
        "domain": "a.example",
        "country": "UK",
        "language": "eng",
        "tone": 1.25,
        "reprint": number == 2,
        "url": f"https://a.example/{number}",
        "title": "<script>alert(1)</script>",
        "sha256": f"{number:064x}",
    }


@pytest.fixture
def counted(seeded: Store) -> Iterator[None]:
    counts = {
        "articles": {"source": "GDELT, 60 of 62 files", "seen": 60, "expected": 62, "beside": {}},
        "cities": {OTHER: {**_LEAVES, "wikipedia_interest": 12_345}},
        "sources": {"positive_posts": "own posts", "wikipedia_interest": "page views, 105 of 106"},
        "posts": {"classifier": "c", "lacking": "", "beside": {OTHER: {"posts_scored": 4}}},
    }
    verdicts = ("counted", "home media", "counted", "namesake", "a rule to come")
    lines = [_line(number, verdict) for number, verdict in enumerate(verdicts)]
    put_counts(seeded, MONTH, datetime(2025, 6, 4, tzinfo=UTC), counts, lines)
    yield
    for name in ("media_counts", "media_lines"):
        seeded[name].delete_many({})


@pytest.mark.usefixtures("counted")
def test_a_counted_month_shows_numbers_coverage_and_sources(readers: Readers) -> None:
    client = readers.of("analyst")
    page = client.get(f"/months/{MONTH}/media", headers={"accept-language": "en"}).text
    assert "60 of 62 files were read" in page
    for source in ("GDELT, 60 of 62 files", "own posts", "page views, 105 of 106"):
        assert source in page
    heads = [one.strip() for one in Selector(page).css("thead th::text").getall()]
    first = [
        "".join(td.css("::text").getall()) for td in Selector(page).css("tbody tr")[0].css("td")
    ]
    shown = dict(zip(heads[1:], first, strict=True))
    assert (shown["Articles"], shown["Positive share"], shown["Posts scored"]) == ("2", "50 %", "4")
    assert shown["Wikipedia interest"] == "12.35K"
    assert shown["Countries"] == "—", "what was not counted is not zero"


@pytest.mark.usefixtures("counted")
@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ["counted", "home media", "counted, reprint", "namesake", "a rule to come"]),
        ("zh", ["计入", "境内媒体", "计入, 转载", "同名异地", "a rule to come"]),
    ],
)
def test_every_article_says_whether_it_counts(
    readers: Readers, lang: str, words: list[str]
) -> None:
    path = f"/months/{MONTH}/cities/{OTHER}/media"
    page = readers.of("analyst").get(path, headers={"accept-language": lang}).text
    rows = Selector(page).css("tbody tr")
    assert [row.css("td::text").getall()[-1].strip() for row in rows] == words
    assert "<script>alert(1)" not in page
