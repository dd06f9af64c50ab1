"""From a slot that is due to the visits that serve it, with the fewest calls, within the budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from model.account import Account
from model.messages import Visit, VisitKind, Window
from model.platform import PlatformName
from model.route import Route
from model.visit import AgeWindow, PostCount, Priority, SkipReason, Slot
from scheduler.budget import Budget, BudgetSource, Want, chosen, granted_shares
from scheduler.calendar import Calendar
from scheduler.contract import PlannerStore, Traits
from scheduler.forecast import CostModel, Fleet
from scheduler.plan import Reach
from scheduler.progress import Group, SlotProgress

Asked = tuple[SlotProgress, list[Account]]
Tallies = Mapping[str, Sequence[PostCount]]
_AGAIN = timedelta(minutes=10)
"""What there was no budget for is asked for again after so long."""
_DAY = timedelta(days=1)


class Allocator:
    """Decides for a group of accounts at a time."""

    def __init__(
        self, truth: PlannerStore, traits: Mapping[PlatformName, Traits], allowance: BudgetSource
    ) -> None:
        self._truth = truth
        self._traits = traits
        self._allowance = allowance
        self._served: dict[str, datetime] = {}
        self._hopeless: dict[str, datetime] = {}
        self._rates: dict[PlatformName, float] = {}
        self._carrying: dict[tuple[PlatformName, tuple[Route, ...]], bool] = {}

    def traits(self, group: Group) -> Traits:
        """The traits of the group's first route."""
        return self._traits[group.platform].of(group.route)

    def hopeless(self, account: str, slot: datetime) -> None:
        """A timeline fails at something old: its older posts wait for their next instant."""
        self._hopeless[account] = slot

    def decide(
        self,
        group: Group,
        calendar: Calendar,
        asked: Sequence[Asked],
        books: Sequence[SlotProgress],
        now: datetime,
    ) -> datetime | None:
        """Enters into the books which visits are to be made, and which are not for now.

        `asked`: books with the accounts to decide on; `books`: all that are open. Gives the instant
        before which no call is allowed, if there is one.
        """
        purse = self._allowance.purse(group.platform, now) if group.route is Route.API else None
        if purse is not None and purse.closed_until is not None and purse.closed_until > now:
            for book, accounts in asked:
                book.hold([account.key for account in accounts], SkipReason.RESTING)
            return purse.closed_until
        known = [self._tallies(group, calendar, one, purse) for one in asked]
        granted: Mapping[Priority, float] = {}
        if purse is not None:
            rate = self._rate(group, calendar, asked, known)
            granted = self._granted(group, calendar, asked, books, rate, purse, now)
        for (book, accounts), post_counts in zip(asked, known, strict=True):
            self._fill(group, calendar, book, accounts, post_counts, granted)
            if purse is not None:
                book.ask_again = min(now + _AGAIN, purse.resets_at)
        return None

    def _tallies(
        self, group: Group, calendar: Calendar, asked: Asked, purse: Budget | None
    ) -> Tallies:
        """What is known of the posts, where a decision depends on it."""
        book, accounts = asked
        slot = book.slot
        if slot.kind is not VisitKind.TIMELINE or not self._depends(group, calendar, slot, purse):
            return {}
        keys = [account.key for account in accounts]
        return self._truth.post_counts(keys, _stretches(calendar, slot), slot.at)

    def _depends(self, group: Group, calendar: Calendar, slot: Slot, purse: Budget | None) -> bool:
        if purse is not None:
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
        asked: Sequence[Asked],
        books: Sequence[SlotProgress],
        rate: float,
        purse: Budget,
        now: datetime,
    ) -> Mapping[Priority, float]:
        """The share of each rank's visits that the budget of the day has room for."""
        meter = self._meter(group, rate)
        begin = min(book.slot.at for book, _ in asked)
        for slot in meter.served(calendar.between(_midnight(now), begin)):
            meter.add(slot)
        wants = _Wants()
        for book, accounts in asked:
            wants.add(meter, book.slot, len(accounts) / len(group.accounts), later=False)
        following = now + timedelta(microseconds=1)
        for slot in meter.served(calendar.between(following, purse.resets_at)):
            wants.add(meter, slot, 1.0, later=True)
        return granted_shares(purse.left - self._committed(group, books, rate), wants.all())

    def _committed(self, group: Group, books: Sequence[SlotProgress], rate: float) -> float:
        """Units of visits that are on their way already."""
        total = 0.0
        for book in books:
            if book.open:
                share = len(book.open) / len(group.accounts)
                total += share * self._meter(group, rate).add(book.slot).units
        return total

    def _rate(
        self,
        group: Group,
        calendar: Calendar,
        asked: Sequence[Asked],
        known: Sequence[Tallies],
    ) -> float:
        """Posts a day and account, as far as they are known; else as they last were."""
        for (book, accounts), post_counts in zip(asked, known, strict=True):
            stretches = _stretches(calendar, book.slot)
            days = sum((one.window.end - one.window.start) / _DAY for one in stretches)
            if post_counts and days > 0:
                posts = sum(
                    post_count.known for counts in post_counts.values() for post_count in counts
                )
                self._rates[group.platform] = posts / days / len(accounts)
        return self._rates.get(group.platform, 0.0)

    def _meter(self, group: Group, rate: float) -> CostModel:
        traits = self.traits(group)
        population = Fleet(accounts=len(group.accounts), posts_per_day=rate)
        return CostModel(traits.tariff, traits.minimum, population, traits.profile_rides_along)

    # --- visits

    def _fill(
        self,
        group: Group,
        calendar: Calendar,
        book: SlotProgress,
        accounts: Sequence[Account],
        post_counts: Tallies,
        granted: Mapping[Priority, float],
    ) -> None:
        slot = book.slot
        keys = [account.key for account in accounts]
        served = set(chosen(keys, granted.get(Priority.of(slot), 1.0), slot.at, self._served))
        book.hold([key for key in keys if key not in served], SkipReason.BUDGET)
        whole = set(chosen(sorted(served), granted.get(Priority.OLD, 1.0), slot.at, self._served))
        reaches = calendar.reaches(slot.at) if slot.routine_timeline else ()
        unknown = (PostCount(),) * len(reaches)
        for account in accounts:
            if account.key not in served:
                continue
            if slot.kind is VisitKind.TIMELINE:
                self._served[account.key] = slot.at
            if not reaches:
                book.decide(account.key, [self._visit(group, account, slot, slot.window)])
                continue
            counts = post_counts.get(account.key, unknown)
            level = self._level(account.key, slot.at, reaches, counts)
            if level and account.key not in whole:
                book.narrowed.add(account.key)
                level = 0
            visits = self._routine(group, account, slot, reaches[: level + 1], counts)
            book.decide(account.key, visits)

    def _level(
        self, account: str, at: datetime, reaches: Sequence[Reach], counts: Sequence[PostCount]
    ) -> int:
        """The oldest band to be read: one whose turn it is, or that was not read in its turn."""
        hopeless = self._hopeless.get(account)
        level = 0
        for number, (reach, post_count) in enumerate(zip(reaches, counts, strict=True)):
            missed = post_count.unread > 0 and (hopeless is None or hopeless < reach.since)
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
        posts = tuple(self._truth.posts_published(account.key, window))
        timeline = self._visit(group, account, slot, young)
        if not posts:
            return [timeline]
        refresh = visit_of(account, slot, group.route, window, posts, VisitKind.REFRESH)
        return [timeline, refresh]

    def _visit(self, group: Group, account: Account, slot: Slot, window: Window | None) -> Visit:
        """A visit of the slot's kind; with the known posts where a route cannot list them."""
        posts: tuple[str, ...] = ()
        if window is not None and self._takes_known_posts(group):
            posts = tuple(self._truth.posts_published(account.key, window))
        return visit_of(account, slot, group.route, window, posts)

    def _takes_known_posts(self, group: Group) -> bool:
        if group.name not in self._carrying:
            traits = self._traits[group.platform]
            carries = any(traits.of(route).takes_known_posts for route in group.routes)
            self._carrying[group.name] = carries
        return self._carrying[group.name]


class _Wants:
    """Adds up units by rank."""

    def __init__(self) -> None:
        self._now: dict[Priority, float] = {}
        self._later: dict[Priority, float] = {}

    def add(self, meter: CostModel, slot: Slot, share: float, *, later: bool) -> None:
        """What a slot takes for a share of the accounts."""
        into = self._later if later else self._now
        for rank, units in meter.by_rank(slot).items():
            into[rank] = into.get(rank, 0.0) + units * share

    def all(self) -> list[Want]:
        """One for each reason."""
        ranks = sorted({*self._now, *self._later}, key=lambda rank: rank.order)
        return [Want(r, self._now.get(r, 0.0), self._later.get(r, 0.0)) for r in ranks]


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


def _stretches(calendar: Calendar, slot: Slot) -> list[AgeWindow]:
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
