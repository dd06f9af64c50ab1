"""A store, a bus and a clock of the tests' own: they remember, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from model.account import Account
from model.messages import Outcome, Visit, Window
from model.period import Period
from model.platform import PlatformName
from model.route import Route
from model.visit import AgeWindow, PostCount, Skipped, VisitState
from scheduler.budget import Budget
from scheduler.contract import Traits

MAY = Period.month("2025-05")
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
X = Account(platform="x", id="1", handle="a", city="nanjing")
INSTAGRAM = Account(platform="instagram", id="2", handle="b", city="nanjing")
TRAITS: dict[PlatformName, Traits] = {"x": Traits(False, True), "instagram": Traits(True, False)}


@dataclass
class Post:
    """A post as the store knows it."""

    account: str
    published_at: datetime
    read_at: datetime
    id: str = "p"


@dataclass
class Known:
    """Store and bus at once."""

    watched: Sequence[Account]
    states: dict[str, VisitState] = field(default_factory=dict)
    posts: list[Post] = field(default_factory=list)
    absent: Sequence[str] = ()
    pages: Sequence[PlatformName] = ()
    """Platforms whose pages some crawler opens."""
    sent: dict[tuple[str, int], Visit] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    """Ids of visits that no crawler has finished."""
    asked: int = 0
    """How many visits' states were asked for."""

    def accounts(self) -> Sequence[Account]:
        return self.watched

    def visit_states(self, ids: Sequence[str]) -> Mapping[str, VisitState]:
        self.asked += len(ids)
        return {i: self.states[i] for i in ids if i in self.states}

    def posts_published(
        self, account: str, window: Window, *, missed: bool = False
    ) -> Sequence[str]:
        mine = (post for post in self.posts if post.account == account)
        return [post.id for post in mine if post.published_at in window]

    def newest_posts(self, account: str, most: int) -> Sequence[str]:
        mine = (post for post in self.posts if post.account == account)
        ordered = sorted(mine, key=lambda post: post.published_at, reverse=True)
        return [post.id for post in ordered][:most]

    def post_counts(
        self, accounts: Sequence[str], age_windows: Sequence[AgeWindow], before: datetime
    ) -> Mapping[str, Sequence[PostCount]]:
        found = {}
        for account in accounts:
            mine = [p for p in self.posts if p.account == account and p.published_at < before]
            if mine:
                found[account] = [self._tally(mine, stretch) for stretch in age_windows]
        return found

    def _tally(self, posts: Sequence[Post], stretch: AgeWindow) -> PostCount:
        inside = [post for post in posts if post.published_at in stretch.window]
        return PostCount(len(inside), sum(post.read_at < stretch.since for post in inside))

    def absent_unconfirmed(self, period: Period) -> Iterable[str]:
        return self.absent

    def dispatch(self, visits: Iterable[Visit]) -> int:
        fresh = {(v.id, v.attempt): v for v in visits if (v.id, v.attempt) not in self.sent}
        self.sent.update(fresh)
        return len(fresh)

    def queued(self, visits: Sequence[Visit]) -> set[str]:
        return {visit.id for visit in visits if visit.id in self.waiting}

    def served(self, route: Route) -> frozenset[PlatformName]:
        return frozenset(self.pages) if route is Route.WEB else frozenset()

    def complete(self, visits: Iterable[Visit], at: datetime) -> None:
        """These visits came to a good end, and read the posts of their windows."""
        for visit in visits:
            self.states[visit.id] = VisitState(True, visit.attempt + 1, Outcome.OK, at)
            key = f"{visit.platform}:{visit.account}"
            for post in self.posts:
                window = visit.window
                if window is not None and post.account == key and post.published_at in window:
                    post.read_at = max(post.read_at, visit.slot)


@dataclass
class Hand:
    """A clock set by hand."""

    at: datetime

    def now(self) -> datetime:
        return self.at


@dataclass
class Wallet:
    """An allowance that never changes by itself."""

    left: float
    resets_at: datetime
    closed_until: datetime | None = None

    def budget(self, platform: PlatformName, now: datetime) -> Budget | None:
        return Budget(self.left, self.resets_at, self.closed_until)


@dataclass
class Diary:
    """A skip log in memory."""

    start: datetime
    entries: dict[str, Skipped] = field(default_factory=dict)

    def began(self, now: datetime) -> datetime:
        return self.start

    def note(self, entries: Sequence[Skipped]) -> None:
        for entry in entries:
            self.entries[entry.id] = entry
