"""Explanations as plain data: the tree of scores, below its leaves posts and raw answers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any
from zoneinfo import ZoneInfo

from portal.counted import ARTICLE_LEAVES, POST_LEAVES, articles_below, post_tones
from portal.month import MonthIndex
from scoring.analysis.explain import Explanation, explain
from scoring.analysis.whatif import RankTarget, moves, needed_for_rank, needed_for_top, whatif
from scoring.errors import ChangeError
from scoring.publish.wording import Lang, word_exclusion, word_qualitative
from store.database import Store
from store.month.trace import CountedPost, counted_posts

Tree = dict[str, Any]
_OF_POSTS = {
    "posts",
    "likes",
    "comments",
    "shares",
    "views",
    "interactions",
    "interaction_rate",
    "view_rate",
    "videos",
}
_NO_SCORE: Mapping[Lang, str] = {"en": "no score: ", "zh": "无得分："}
_SIGNED = {"follower_gain"}
"""Measures of a platform that may be less than 0."""


def explained(db: Store, index: MonthIndex, city: str, node: str, depth: int | None) -> Tree:
    """A node's explanation for one city, ready for JSON. Leaves measured on a platform have its
    `accounts` with what their rows say of themselves; posts stand below leaves counted from posts,
    if `depth` reaches beyond them.
    """
    tree = explain(index.result, city, node, depth)
    return _tree(db, index, city, tree, depth)


def remarks(index: MonthIndex, city: str, lang: Lang = "en") -> list[str]:
    """What a reader of a city's explanation must know: why it has no score, what is not loaded."""
    result = index.result
    excluded = [e for e in result.exclusions if e.unit == city]
    reasons = [f"{_NO_SCORE[lang]}{word_exclusion(e, result.method, lang)}" for e in excluded]
    unrated = word_qualitative(result, lang)
    return [*reasons, unrated] if unrated else reasons


def _tree(db: Store, index: MonthIndex, city: str, node: Explanation, depth: int | None) -> Tree:
    plain = {**asdict(node), "children": []}
    plain["children"] = [_tree(db, index, city, child, depth) for child in node.children]
    platform, _, measure = (node.measure or "").partition(":")
    of_leaf = [row for row in index.inputs.rows if (row.city, row.platform) == (city, platform)]
    if of_leaf and measure != "rating":
        plain["accounts"] = [row.evidence() for row in of_leaf]
        partly = [f"{row.account} is not whole" for row in of_leaf if not row.is_whole]
        plain["notes"] = [*node.notes, *partly]
    if sources := _sources(index, city, node.measure):
        plain["notes"] = [*plain["notes"], *sources]
    beyond = depth is not None and node.depth < depth
    if beyond and node.measure in ARTICLE_LEAVES:
        plain["articles"] = articles_below(db, index.period, city, node.measure)
    if beyond and node.measure in POST_LEAVES:
        plain["posts"] = list(_toned(db, index, city))
    zone = ZoneInfo(index.period.tz)
    if beyond and measure in _OF_POSTS:
        plain["posts"] = [
            _post(post, measure, zone)
            for row in of_leaf
            for post in _counted(db, index, row.account)
        ]
    return plain


def _toned(db: Store, index: MonthIndex, city: str) -> Iterator[Tree]:
    """A city's posts with their tone; `counted` is the score, None where it is unscored."""
    zone = ZoneInfo(index.period.tz)
    for row in index.inputs.rows:
        if row.city != city:
            continue
        posts = _counted(db, index, row.account)
        for post, tone in zip(posts, post_tones(db, index.period, posts), strict=False):
            plain = _post(post, "tone", zone)
            yield {**plain, "counted": tone["score"], "tone": tone["label"] or "unscored"}


def _sources(index: MonthIndex, city: str, measure: str | None) -> list[str]:
    """Where an imported or counted value comes from."""
    return [
        one.source for one in index.inputs.indicators if (one.city, one.code) == (city, measure)
    ]


def _counted(db: Store, index: MonthIndex, account: str) -> Sequence[CountedPost]:
    """The posts of an account as they were when the issue was made, or as they are known now."""
    if index.posts is not None:
        return index.posts.get(account, ())
    return counted_posts(db, index.period, account)


def _post(post: CountedPost, measure: str, zone: ZoneInfo) -> Tree:
    observed = post.observed_at.isoformat() if post.observed_at else None
    return {
        "post": post.id,
        "published_at": post.published_at.astimezone(zone).isoformat(),
        "type": post.type,
        "counts": post.counts,
        "missing": post.missing,
        "counted": post.counts.get(measure),
        "observed_at": observed,
        "url": post.url,
        "text": post.text,
        "visits": list(post.visits),
        "raw": list(post.raw),
    }


def flat_rows(tree: Tree, lang: Lang = "en", level: int = 0) -> list[Tree]:
    """The tree as the rows of a table, with the level of each and its name in a language."""
    rows = [
        {
            "node": tree["code"],
            "level": level,
            "name": tree["name"][lang],
            "value": tree["value"],
            "score": tree["score"],
            "weight": tree["weight"],
            "contribution": tree["contribution"],
            "rank": tree["rank"],
            "note": "; ".join([tree["state"], *tree["notes"]]),
        }
    ]
    for child in tree["children"]:
        rows += flat_rows(child, lang, level + 1)
    rows += [
        {
            "node": post["post"],
            "level": level + 1,
            "value": post["counted"],
            "note": " ".join(
                [post["published_at"][:10], *_said(post), "raw", *post["raw"]],
            ),
        }
        for post in tree.get("posts", ())
    ]
    rows += [
        {
            "node": "  " * (level + 1) + article["article"],
            "value": article["tone"],
            "note": f"{article['at'][:10]} raw {' '.join(article['raw'])}",
        }
        for article in tree.get("articles", ())
    ]
    return rows


def _said(post: Tree) -> list[str]:
    return [post["tone"]] if "tone" in post else []


def moved(index: MonthIndex, weights: Sequence[str], values: Sequence[str]) -> list[Tree]:
    """The cities that move under other weights or values."""
    changed = whatif(index.method, index.table, dict(_weights(weights)), dict(_values(values)))
    return [
        {"city": move.unit, **{k: v for k, v in asdict(move).items() if k != "unit"}}
        for move in moves(index.result, changed)
    ]


def _weights(given: Sequence[str]) -> Iterator[tuple[str, float]]:
    for text in given:
        node, _, number = text.partition("=")
        yield node, _not_negative(text, _number(text, number))


def _values(given: Sequence[str]) -> Iterator[tuple[tuple[str, str], float]]:
    for text in given:
        place, _, number = text.partition("=")
        city, _, measure = place.partition(":")
        if not measure:
            raise ChangeError(f"--value {text}: expected CITY:MEASURE=NUMBER")
        value = _number(text, number)
        counted = ":" in measure and measure.partition(":")[2] not in _SIGNED
        yield (city, measure), _not_negative(text, value) if counted else value


def _number(text: str, number: str) -> float:
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ChangeError(f"{text}: expected a number after =")
    return value


def _not_negative(text: str, value: float) -> float:
    if value < 0:
        raise ChangeError(f"{text}: expected a number of 0 or more after =")
    return value


def needed(index: MonthIndex, reach: str, target: int) -> Tree | None:
    """The least change of one measure that brings a city to a rank; None if none does."""
    parts = reach.split(":")
    if len(parts) == 2:
        city, code = parts
        change = needed_for_rank(index.method, index.table, city, code, target)
        return None if change is None else asdict(change)
    if len(parts) != 3:
        raise ChangeError(f"--reach {reach}: expected CITY:PLATFORM:MEASURE or CITY:INDICATOR")
    city, platform, measure = parts
    wanted = RankTarget(city, platform, measure, target)
    change = needed_for_top(index.method, index.period, index.inputs, wanted)
    return None if change is None else asdict(change)
