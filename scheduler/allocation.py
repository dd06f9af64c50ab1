"""From a slot that is due to the visits that serve it, with the fewest calls, within the budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from model.account import Account
from model.messages import Visit, VisitKind, Window
from model.platform import PlatformName
from model.route import Route
from model.visit import RECOGNISED_BY, AgeWindow, PostCount, Priority, SkipReason, Slot
from scheduler.budget import Budget, BudgetSource, Demand, chosen, granted_shares
from scheduler.calendar import Calendar
from scheduler.contract import PlannerStore, Traits
from scheduler.forecast import CostModel, Fleet
from scheduler.plan import Reach
from scheduler.progress import Group, SlotProgress

_Asked = tuple[SlotProgress, list[Account]]
PostCounts = Mapping[str, Sequence[PostCount]]
_AGAIN = timedelta(minutes=10)
"""What there was no budget for is asked for again after so long."""
_DAY = timedelta(days=1)


class Allocator:
    """Decides for a group of accounts at a time."""

    def __init__(
        self,
        store: PlannerStore,
        traits: Mapping[PlatformName, Traits],
        budget_source: BudgetSource,
    ) -> None:
        self._store = store
        self._traits = traits
        self._budget_source = budget_source
        self._served: dict[str, datetime] = {}
        self._failing: dict[str, datetime] = {}
        self._rates: dict[PlatformName, float] = {}
        self._carrying: dict[tuple[PlatformName, tuple[Route, ...]], bool] = {}

    def traits(self, group: Group) -> Traits:
        """The traits of the group's first route."""
        return self._traits[group.platform].of(group.route)

    def failing(self, account: str, slot: datetime) -> None:
        """A timeline fails at something old: its older posts wait for their next instant."""
        self._failing[account] = slot

    def decide(
        self,
        group: Group,
        calendar: Calendar,
        asked: Sequence[_Asked],
        open_slots: Sequence[SlotProgress],
        now: datetime,
    ) -> datetime | None:
        """Decides which visits are made for each open slot, and which are not for now.

        `asked`: open slots with the accounts to decide on; `open_slots`: all of them. Returns the
        instant before which no call is allowed, if there is one.
        """
        budget = (
            self._budget_source.budget(group.platform, now) if group.route is Route.API else None
        )
        if budget is not None and budget.closed_until is not None and budget.closed_until > now:
            for progress, accounts in asked:
                progress.hold([account.key for account in accounts], SkipReason.RESTING)
            return budget.closed_until
        known = [self._post_counts(group, calendar, one, budget) for one in asked]
        granted: Mapping[Priority, float] = {}
        if budget is not None:
            rate = self._rate(group, calendar, asked, known)
            granted = self._granted(group, calendar, asked, open_slots, rate, budget, now)
        for (progress, accounts), post_counts in zip(asked, known, strict=True):
            self._fill(group, calendar, progress, accounts, post_counts, granted)
            if budget is not None:
                progress.ask_again = min(now + _AGAIN, budget.resets_at)
        return None

    def _post_counts(
        self, group: Group, calendar: Calendar, asked: _Asked, budget: Budget | None
    ) -> PostCounts:
        """What is known of the posts, where a decision depends on it."""
        progress, accounts = asked
        slot = progress.slot
        if slot.kind is not VisitKind.TIMELINE or not self._depends(group, calendar, slot, budget):
            return {}
        keys = [account.key for account in accounts]
        return self._store.post_counts(keys, _age_windows(calendar, slot), slot.at)

    def _depends(self, group: Group, calendar: Calendar, slot: Slot, budget: Budget | None) -> bool:
        if budget is not None:
            return True
        if not slot.routine_timeline:
            return False
        overdue = any(reach.since < slot.at for reach in calendar.reaches(slot.at))
        return overdue or self.traits(group).refresh_by_id

    # --- budget

    def _granted(
        self,
        group: Group,
        calendar: Calendar,
        asked: Sequence[_Asked],
        open_slots: Sequence[SlotProgress],
        rate: float,
        budget: Budget,
        now: datetime,
    ) -> Mapping[Priority, float]:
        """The share of each rank's visits that the budget of the day has room for."""
        cost_model = self._cost_model(group, rate)
        begin = min(progress.slot.at for progress, _ in asked)
        for slot in cost_model.served(calendar.between(_midnight(now), begin)):
            cost_model.add(slot)
        demands = _Demands()
        for progress, accounts in asked:
            demands.add(cost_model, progress.slot, len(accounts) / len(group.accounts), later=False)
        following = now + timedelta(microseconds=1)
        for slot in cost_model.served(calendar.between(following, budget.resets_at)):
            demands.add(cost_model, slot, 1.0, later=True)
        return granted_shares(budget.left - self._committed(group, open_slots, rate), demands.all())

    def _committed(self, group: Group, open_slots: Sequence[SlotProgress], rate: float) -> float:
        """Units of visits that are on their way already."""
        total = 0.0
        for progress in open_slots:
            if progress.open:
                share = len(progress.open) / len(group.accounts)
                total += share * self._cost_model(group, rate).add(progress.slot).units
        return total

    def _rate(
        self,
        group: Group,
        calendar: Calendar,
        asked: Sequence[_Asked],
        known: Sequence[PostCounts],
    ) -> float:
        """Posts a day and account, as far as they are known; else as they last were."""
        for (progress, accounts), post_counts in zip(asked, known, strict=True):
            age_windows = _age_windows(calendar, progress.slot)
            days = sum((one.window.end - one.window.start) / _DAY for one in age_windows)
            if post_counts and days > 0:
                posts = sum(
                    post_count.known for counts in post_counts.values() for post_count in counts
                )
                self._rates[group.platform] = posts / days / len(accounts)
        return self._rates.get(group.platform, 0.0)

    def _cost_model(self, group: Group, rate: float) -> CostModel:
        traits = self.traits(group)
        fleet = Fleet(accounts=len(group.accounts), posts_per_day=rate)
        return CostModel(traits.tariff, traits.minimum, fleet, traits.profile_rides_along)

    # --- visits

    def _fill(
        self,
        group: Group,
        calendar: Calendar,
        progress: SlotProgress,
        accounts: Sequence[Account],
        post_counts: PostCounts,
        granted: Mapping[Priority, float],
    ) -> None:
        slot = progress.slot
        keys = [account.key for account in accounts]
        served = set(chosen(keys, granted.get(Priority.of(slot), 1.0), slot.at, self._served))
        progress.hold([key for key in keys if key not in served], SkipReason.BUDGET)
        whole = set(chosen(sorted(served), granted.get(Priority.OLD, 1.0), slot.at, self._served))
        reaches = calendar.reaches(slot.at) if slot.routine_timeline else ()
        unknown = (PostCount(),) * len(reaches)
        for account in accounts:
            if account.key not in served:
                continue
            if slot.kind is VisitKind.TIMELINE:
                self._served[account.key] = slot.at
            if not reaches:
                progress.decide(account.key, [self._visit(group, account, slot, slot.window)])
                continue
            counts = post_counts.get(account.key, unknown)
            level = self._level(account.key, slot.at, reaches, counts)
            if level and account.key not in whole:
                progress.narrowed.add(account.key)
                level = 0
            visits = self._routine(group, account, slot, reaches[: level + 1], counts)
            progress.decide(account.key, visits)

    def _level(
        self, account: str, at: datetime, reaches: Sequence[Reach], counts: Sequence[PostCount]
    ) -> int:
        """The oldest band to be read: one whose turn it is, or that was not read in its turn."""
        failing = self._failing.get(account)
        level = 0
        for number, (reach, post_count) in enumerate(zip(reaches, counts, strict=True)):
            missed = post_count.unread > 0 and (failing is None or failing < reach.since)
            if reach.since == at or (number and missed):
                level = number
        return level

    def _routine(
        self,
        group: Group,
        account: Account,
        slot: Slot,
        reaches: Sequence[Reach],
        counts: Sequence[PostCount],
    ) -> list[Visit]:
        """One timeline over all bands, or one over the youngest and the older posts by id."""
        whole, young = Window(reaches[-1].start, slot.at), Window(reaches[0].start, slot.at)
        if whole.start >= whole.end:
            return []
        old = sum(post_count.known for post_count in counts[1 : len(reaches)])
        if not self.traits(group).by_id(counts[0].known, old):
            return [self._visit(group, account, slot, whole)]
        window = Window(whole.start, young.start)
        posts = tuple(self._store.posts_published(account.key, window))
        timeline = self._visit(group, account, slot, young)
        if not posts:
            return [timeline]
        refresh = visit_of(account, slot, group.route, window, posts, VisitKind.REFRESH)
        return [timeline, refresh]

    def _visit(self, group: Group, account: Account, slot: Slot, window: Window | None) -> Visit:
        """A visit of the slot's kind; with the known posts where a route cannot list them, or knows
        the account by nothing else."""
        posts: tuple[str, ...] = ()
        if self.traits(group).recognised_by_posts:
            posts = tuple(self._store.newest_posts(account.key, RECOGNISED_BY))
        elif window is not None and self._takes_known_posts(group):
            posts = tuple(self._store.posts_published(account.key, window, missed=True))
        return visit_of(account, slot, group.route, window, posts)

    def _takes_known_posts(self, group: Group) -> bool:
        if group.name not in self._carrying:
            traits = self._traits[group.platform]
            carries = any(traits.of(route).takes_known_posts for route in group.routes)
            self._carrying[group.name] = carries
        return self._carrying[group.name]


class _Demands:
    """Adds up units by rank."""

    def __init__(self) -> None:
        self._now: dict[Priority, float] = {}
        self._later: dict[Priority, float] = {}

    def add(self, cost_model: CostModel, slot: Slot, share: float, *, later: bool) -> None:
        """What a slot takes for a share of the accounts."""
        into = self._later if later else self._now
        for priority, units in cost_model.by_priority(slot).items():
            into[priority] = into.get(priority, 0.0) + units * share

    def all(self) -> list[Demand]:
        """One for each reason."""
        priorities = sorted({*self._now, *self._later}, key=lambda priority: priority.order)
        return [Demand(r, self._now.get(r, 0.0), self._later.get(r, 0.0)) for r in priorities]


def visit_of(
    account: Account,
    slot: Slot,
    route: Route,
    window: Window | None = None,
    posts: tuple[str, ...] = (),
    kind: VisitKind | None = None,
) -> Visit:
    """The visit of an account for a slot."""
    return Visit(
        platform=account.platform,
        account=account.id,
        handle=account.handle,
        kind=kind or slot.kind,
        slot=slot.at,
        window=window or slot.window,
        posts=posts,
        route=route,
    )


def _age_windows(calendar: Calendar, slot: Slot) -> list[AgeWindow]:
    """Each band's posts alone, as bands reach back one behind the other; of an edge, all posts."""
    if not slot.routine_timeline:
        return [AgeWindow(slot.window, slot.at)] if slot.window is not None else []
    rings, end = [], slot.at
    for reach in calendar.reaches(slot.at):
        rings.append(AgeWindow(Window(min(reach.start, end), end), reach.since))
        end = min(reach.start, end)
    return rings


def _midnight(now: datetime) -> datetime:
    """The begin of the UTC day, since which nothing is billed twice."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
