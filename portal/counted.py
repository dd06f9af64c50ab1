"""What was counted from what was collected: indicators, and what is below them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from model.count import MEDIA_LEAVES
from model.period import Period
from scoring.cities.indicators import Indicator
from store.database import Document, Store
from store.media.counts import counted_lines, stored_counts
from store.media.tones import known_tones
from store.month.trace import CountedPost

_PART_OF = {
    "media_presence": "media_articles",
    "media_mentions": "media_articles",
}
"""Leaves of other methods that ask for the same number."""
ARTICLE_LEAVES = frozenset((*MEDIA_LEAVES, *_PART_OF))
"""Indicators that stand on articles."""


def counted_indicators(
    db: Store, period: Period, codes: Collection[str], cities: Collection[str]
) -> Iterator[Indicator]:
    """Values of these codes that were counted for these cities; each names source and coverage."""
    if not codes or (counts := stored_counts(db, period.name)) is None:
        return
    for city in sorted(cities):
        known: dict[str, Any] = counts["cities"].get(city, {})
        for code in sorted(codes):
            value = known.get(_PART_OF.get(code, code))
            if value is not None:
                source = counts["sources"][_PART_OF.get(code, code)]
                yield Indicator(city, period.name, code, float(value), source)


POST_LEAVES = frozenset({"positive_posts", "positive_post_share", "mean_post_tone"})
"""Indicators that stand on the tone of posts."""


def post_tones(db: Store, period: Period, posts: Sequence[CountedPost]) -> list[Document]:
    """What the tone of each post is by the classifier of the month's count; `label` None where it
    is unscored."""
    counts = stored_counts(db, period.name)
    if counts is None:
        return []
    texts = {post.text for post in posts if post.text}
    known = known_tones(db, counts["posts"]["classifier"], texts)
    unscored: Document = {"label": None, "score": None, "language": None}
    return [known.get(post.text or "", unscored) for post in posts]


def articles_below(db: Store, period: Period, city: str, code: str) -> list[dict[str, Any]]:
    """The articles that an indicator of a city was counted from, as they were counted last."""
    lines = counted_lines(db, period.name, city)
    return [_article(line) for line in lines if _belongs(line, code)]


def _belongs(line: dict[str, Any], code: str) -> bool:
    if line["verdict"] != "counted":
        return False
    if code == "mainstream_articles":
        return bool(line["mainstream"])
    if code == "positive_articles":
        return bool(line["positive"])
    if code in ("positive_reprinted", "positive_reprinted_mainstream"):
        wanted = code == "positive_reprinted" or line["mainstream"]
        return bool(line["positive"] and line["positive_reprint"] and wanted)
    return True


def _article(line: dict[str, Any]) -> dict[str, Any]:
    names = ("at", "domain", "country", "language", "tone", "mainstream", "reprint", "url", "title")
    return {"article": line["url"], **{name: line[name] for name in names}, "raw": [line["sha256"]]}
