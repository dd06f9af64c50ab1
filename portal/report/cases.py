"""One case a platform, chosen by a stated rule, with the numbers that its sentences are made of."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from model.platform import PLATFORMS
from portal.month import MonthIndex, inputs_of
from portal.published import frozen_issue, index_of_issue
from portal.report.facts import ReportFacts, ScopeFacts, Standing
from scoring.cities.breaks import breaks_between
from scoring.cities.city_table import city_measures
from scoring.errors import IssueError
from store import evidence
from store.database import Store
from store.month.trace import CountedPost, counted_posts

VIDEO_PLATFORMS = ("youtube", "tiktok")
"""Where views say more than interactions."""
CaseMeasures = Mapping[str, float | None]
_INTERACTIONS = ("likes", "comments", "shares")


class CaseRule(StrEnum):
    """By which rule a city was chosen; the first that finds one counts."""

    ENTERED = "entered"
    """New among the first ten: the one that gained most places."""
    ROSE = "rose"
    """Among the first ten, the one that gained most places."""
    BREAKOUT = "breakout"
    """Among the first ten, the one with the greatest post."""
    FIRST = "first"


@dataclass(frozen=True, slots=True)
class CasePost:
    """A city's greatest post of the month on a platform."""

    id: str
    url: str
    measure: str
    """`interactions` or `views`"""
    value: int
    published_at: datetime


@dataclass(frozen=True, slots=True)
class CasePicture:
    """How people saw the post."""

    jpeg: bytes
    url: str
    observed_at: datetime
    sha256: str


@dataclass(frozen=True, slots=True)
class Case:
    """A city on a platform."""

    platform: str
    rule: CaseRule
    standing: Standing
    compares: bool
    """Whether places are compared with the month before."""
    measures: CaseMeasures = field(default_factory=dict)
    before: CaseMeasures | None = None
    """The measures of the month before, where they are known and mean the same."""
    post: CasePost | None = None
    picture: CasePicture | None = None
    picture_lost: str = ""
    """Why the evidence that is kept cannot be shown."""


def chosen_case(
    scope: ScopeFacts, best: Mapping[str, CasePost]
) -> tuple[Standing, CaseRule] | None:
    """The city of a scope's case; `best` are the greatest posts by city. None for an empty scope.

    Of an unordered issue only `BREAKOUT` may choose: places are not published.
    """
    top = [row for row in scope.top if row.rank is not None]
    if scope.compares and (new := [row for row in top if row.enters]):
        return max(new, key=_gained), CaseRule.ENTERED
    if scope.compares and (
        risen := [row for row in top if row.change is not None and row.change > 0]
    ):
        return max(risen, key=_gained), CaseRule.ROSE
    if known := [row for row in scope.top if row.city in best]:
        return max(known, key=lambda row: best[row.city].value), CaseRule.BREAKOUT
    return (top[0], CaseRule.FIRST) if top else None


def _gained(row: Standing) -> tuple[float, float]:
    """Those without a rank before last, of the others by places gained; then by place."""
    gained = -math.inf if row.change is None else row.change
    return gained, -math.inf if row.rank is None else -row.rank


def cases_of(db: Store, index: MonthIndex, facts: ReportFacts) -> tuple[Case, ...]:
    """A case for every platform among the report's scopes that ranks anybody."""
    posts = _posts_by(db, index)
    measures = city_measures(index.inputs.rows, index.inputs.cities)
    before = {} if index.previous is None else _before(db, index)
    found = []
    for scope in facts.scopes:
        if scope.scope not in PLATFORMS:
            continue
        best = {
            row.city: post
            for row in scope.top
            if (post := best_post(scope.scope, posts(row.city, scope.scope))) is not None
        }
        pick = chosen_case(scope, best)
        if pick is not None:
            key, post = (pick[0].city, scope.scope), best.get(pick[0].city)
            numbers = measures.get(key, {}), before.get(key)
            seen = _picture(db, post)
            found.append(Case(scope.scope, pick[1], pick[0], scope.compares, *numbers, post, *seen))
    return tuple(found)


def best_post(platform: str, posts: Iterable[CountedPost]) -> CasePost | None:
    """The post with most views on a video platform, with most interactions elsewhere."""
    measure = "views" if platform in VIDEO_PLATFORMS else "interactions"
    known = [(value, post) for post in posts if (value := _value(measure, post)) is not None]
    if not known:
        return None
    value, post = max(known, key=lambda one: (one[0], one[1].id))
    return CasePost(post.id, post.url or "", measure, value, post.published_at)


def _value(measure: str, post: CountedPost) -> int | None:
    if measure == "views":
        return post.counts.get("views")
    shown = [post.counts[name] for name in _INTERACTIONS if name in post.counts]
    return sum(shown) if shown else None


def _posts_by(db: Store, index: MonthIndex) -> Callable[[str, str], list[CountedPost]]:
    """A city's posts on a platform that were counted: as the issue kept them, or as known now."""

    def of(city: str, platform: str) -> list[CountedPost]:
        found: list[CountedPost] = []
        for row in index.inputs.rows:
            if (row.city, row.platform) == (city, platform):
                kept = None if index.posts is None else index.posts.get(row.account, ())
                found += counted_posts(db, index.period, row.account) if kept is None else kept
        return found

    return of


def _before(db: Store, index: MonthIndex) -> Mapping[tuple[str, str], CaseMeasures]:
    """The measures of the month before, without those that a break separates from this one."""
    period = index.period.previous()
    issue = frozen_issue(db, period.name, index.method.id)
    try:
        inputs = inputs_of(db, period) if issue is None else index_of_issue(db, issue).inputs
    except IssueError:
        return {}
    changed = {one.measure for one in breaks_between(index.method, period, index.period)}
    return {
        (city, platform): _without(values, platform, changed)
        for (city, platform), values in city_measures(inputs.rows, inputs.cities).items()
    }


def _without(values: CaseMeasures, platform: str, changed: set[str]) -> CaseMeasures:
    return {name: v for name, v in values.items() if f"{platform}:{name}" not in changed}


def _picture(db: Store, post: CasePost | None) -> tuple[CasePicture | None, str]:
    """The newest picture that is kept of a post; none, with the reason, if it is damaged."""
    kept: Sequence[evidence.Evidence] = [] if post is None else evidence.entries(db, post.id)
    if not kept:
        return None, ""
    try:
        found, jpeg = evidence.get(db, kept[0].id)
    except (evidence.NoSuchEvidence, evidence.DamagedEvidence) as error:
        return None, str(error)
    return CasePicture(jpeg, found.seen.url, found.seen.observed_at, found.sha256), ""
