"""One case a platform, chosen by a stated rule or by the editors, with the numbers that its
sentences are made of."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from model.platform import PLATFORMS
from portal.month import MonthIndex, inputs_of
from portal.published import frozen_issue, index_of_issue
from portal.report.facts import ReportFacts, ScopeFacts, Standing
from scoring.cities.breaks import breaks_between
from scoring.cities.city_table import CityMeasures, city_measures
from scoring.errors import IssueError
from store import evidence
from store.database import Store
from store.month.trace import CountedPost, counted_posts

VIDEO_PLATFORMS = ("youtube", "tiktok")
"""Where views say more than interactions."""
CaseMeasures = Mapping[str, float | None]
_TOLD_POSTS = 2
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
    CHOSEN = "chosen"
    """By the editors."""


@dataclass(frozen=True, slots=True)
class CasePost:
    """One of a city's greatest posts of the month on a platform."""

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
    """A city in a scope: on a platform, or in the composite."""

    scope: str
    rule: CaseRule
    standing: Standing
    compares: bool
    """Whether places are compared with the month before."""
    measures: CaseMeasures | None = None
    """None without an account there, empty where an account could not be read."""
    before: CaseMeasures | None = None
    """The measures of the month before, where they are known and mean the same."""
    posts: Sequence[CasePost] = ()
    """The greatest, at most two."""
    places: Mapping[str, int] = field(default_factory=dict)
    """Of a case of the composite: the city's places on the platforms that count in it."""
    picture: CasePicture | None = None
    picture_lost: str = ""
    """Why the evidence that is kept cannot be shown."""


@dataclass(frozen=True, slots=True)
class CaseSources:
    """What cases are made of, beside the facts of the report."""

    measures: CityMeasures
    before: CityMeasures
    """Those of the month before, without what a break separates from this one."""
    posts: Callable[[str, str], Sequence[CountedPost]]
    """Of a city on a platform, those that were counted."""
    picture: Callable[[CasePost], tuple[CasePicture | None, str]]
    """The newest that is kept of a post, or why it cannot be shown."""


def chosen_case(
    scope: ScopeFacts, best: Mapping[str, CasePost]
) -> tuple[Standing, CaseRule] | None:
    """The city of a scope's case by the rules; `best` are the greatest posts by city. None for an
    empty scope.

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


def cases_of(
    db: Store, index: MonthIndex, facts: ReportFacts, wanted: Mapping[str, str] | None = None
) -> tuple[Case, ...]:
    """The cases of a month's report; `wanted` as `cases_from` takes it."""
    sources = CaseSources(
        measures=city_measures(index.inputs.rows, index.inputs.cities),
        before={} if index.previous is None else _before(db, index),
        posts=_posts_by(db, index),
        picture=lambda post: _picture(db, post),
    )
    return cases_from(facts, sources, wanted)


def cases_from(
    facts: ReportFacts, sources: CaseSources, wanted: Mapping[str, str] | None = None
) -> tuple[Case, ...]:
    """A case for every platform among the report's scopes that ranks anybody.

    `wanted` are the editors' cities by scope (the composite too); "" is no case there. Where a
    wanted city is not ranked, the rules choose; `ReportFacts.lost` says so.
    """
    chosen, found = wanted or {}, []
    for scope in facts.chapters:
        if scope.scope not in PLATFORMS and not chosen.get(scope.scope):
            continue
        if chosen.get(scope.scope) == "":
            continue
        pick = _wanted(scope, chosen.get(scope.scope)) or _by_rule(scope, sources)
        if pick is not None:
            found.append(_case(facts, scope, pick, sources))
    return tuple(found)


def _wanted(scope: ScopeFacts, city: str | None) -> tuple[Standing, CaseRule] | None:
    row = next((row for row in scope.rows if row.city == city), None)
    return None if row is None else (row, CaseRule.CHOSEN)


def _by_rule(scope: ScopeFacts, sources: CaseSources) -> tuple[Standing, CaseRule] | None:
    best = {
        row.city: posts[0]
        for row in scope.top
        if (posts := greatest_posts(scope.scope, sources.posts(row.city, scope.scope), 1))
    }
    return chosen_case(scope, best)


def _case(
    facts: ReportFacts, scope: ScopeFacts, pick: tuple[Standing, CaseRule], sources: CaseSources
) -> Case:
    row, rule = pick
    key = (row.city, scope.scope)
    case = Case(scope.scope, rule, row, scope.compares)
    if scope.scope not in PLATFORMS:
        return replace(case, places=_places(facts, row.city) if facts.ordered else {})
    posts = greatest_posts(scope.scope, sources.posts(*key), _TOLD_POSTS)
    picture, lost = sources.picture(posts[0]) if posts else (None, "")
    return replace(
        case,
        measures=sources.measures.get(key),
        before=sources.before.get(key),
        posts=posts,
        picture=picture,
        picture_lost=lost,
    )


def _places(facts: ReportFacts, city: str) -> dict[str, int]:
    return {
        scope.scope: row.rank
        for scope in facts.scopes
        for row in scope.rows
        if scope.scope in PLATFORMS and scope.in_composite
        if row.city == city and row.rank is not None
    }


def greatest_posts(platform: str, posts: Iterable[CountedPost], most: int) -> tuple[CasePost, ...]:
    """The posts with most views on a video platform, with most interactions elsewhere."""
    measure = "views" if platform in VIDEO_PLATFORMS else "interactions"
    known = [(value, post) for post in posts if (value := _value(measure, post)) is not None]
    known.sort(key=lambda one: (-one[0], one[1].id))
    return tuple(
        CasePost(post.id, post.url or "", measure, value, post.published_at)
        for value, post in known[:most]
    )


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


def _before(db: Store, index: MonthIndex) -> CityMeasures:
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


def _picture(db: Store, post: CasePost) -> tuple[CasePicture | None, str]:
    """The newest picture that is kept of a post; none, with the reason, if it is damaged."""
    kept = evidence.entries(db, post.id)
    if not kept:
        return None, ""
    try:
        found, jpeg = evidence.get(db, kept[0].id)
    except (evidence.NoSuchEvidence, evidence.DamagedEvidence) as error:
        return None, str(error)
    return CasePicture(jpeg, found.seen.url, found.seen.observed_at, found.sha256), ""
