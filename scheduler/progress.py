"""What became of one slot for a group of accounts, as far as this process knows.

It only saves queries: what is lost with its process is computed again from the store.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from model.account import Account
from model.messages import Visit, VisitKind
from model.platform import PlatformName
from model.route import Route
from model.visit import Priority, Reason, Skipped, SkipReason, Slot


@dataclass(frozen=True, slots=True)
class Group:
    """Accounts of one platform whose visits may take the same routes."""

    platform: PlatformName
    routes: tuple[Route, ...]
    accounts: dict[str, Account]
    """By key."""

    @property
    def name(self) -> tuple[PlatformName, tuple[Route, ...]]:
        """The same for the same group of a later pass."""
        return self.platform, self.routes

    @property
    def route(self) -> Route:
        """The first choice."""
        return self.routes[0]


@dataclass(slots=True)
class SlotProgress:
    """One slot of a group."""

    slot: Slot
    open: dict[str, list[Visit]] = field(default_factory=dict)
    """By account, the visits that were decided on and have not come to their end."""
    settled: set[str] = field(default_factory=set)
    """Accounts for which nothing is left to do."""
    failed: set[str] = field(default_factory=set)
    """Accounts of which a visit failed for good."""
    held: dict[str, SkipReason] = field(default_factory=dict)
    """Accounts whose visits cannot be made for now."""
    narrowed: set[str] = field(default_factory=set)
    """Accounts whose older posts were left out for want of budget."""
    ask_again: datetime | None = None
    """When accounts held for want of budget are considered anew."""
    noted: dict[str, Skipped] = field(default_factory=dict)
    """What was noted in the skip log, by the entry's id."""

    @property
    def name(self) -> tuple[datetime, VisitKind, bool]:
        """The slot's place: the look for absent posts stands beside other timelines."""
        return self.slot.at, self.slot.kind, self.slot.reason is Reason.CONFIRM

    def undecided(self, group: Group, now: datetime) -> list[Account]:
        """Accounts that this pass has to decide on."""
        asleep = self.ask_again is not None and now < self.ask_again
        return [
            account
            for key, account in group.accounts.items()
            if key not in self.settled
            and key not in self.open
            and not (asleep and self.held.get(key) is SkipReason.BUDGET)
        ]

    def hold(self, accounts: Sequence[str], why: SkipReason) -> None:
        """These cannot be visited for now."""
        self.held.update(dict.fromkeys(accounts, why))

    def decide(self, account: str, visits: list[Visit]) -> None:
        """These visits are to be made; none: there is nothing to do for the account."""
        self.held.pop(account, None)
        if visits:
            self.open[account] = visits
        else:
            self.settled.add(account)

    def sent(self, account: str, attempt: Visit) -> None:
        """A further attempt of a visit is on its way."""
        visits = self.open[account]
        self.open[account] = [attempt if one.id == attempt.id else one for one in visits]

    def end(self, account: str, visit: Visit, *, complete: bool) -> None:
        """A visit has come to its end."""
        self.held.pop(account, None)
        if not complete:
            self.failed.add(account)
        mine = self.open.get(account, ())
        left = [one for one in mine if one is not visit and one.id != visit.id]
        if left:
            self.open[account] = left
        else:
            self.open.pop(account, None)
            self.settled.add(account)

    def pending(self, group: Group) -> Iterator[tuple[str, Visit]]:
        """Visits of accounts that are still of the group."""
        for account, visits in self.open.items():
            if account in group.accounts:
                for visit in visits:
                    yield account, visit

    def given_up(self, group: Group, why: SkipReason, accounts: Collection[str]) -> Skipped:
        """An entry for the skip log."""
        return self._entry(group, Priority.of(self.slot), why, accounts)

    def short(self, group: Group) -> list[Skipped]:
        """What there was no budget for, as far as the skip log has no such entry yet."""
        held = [key for key, why in self.held.items() if why is SkipReason.BUDGET]
        now = [
            self._entry(group, Priority.of(self.slot), SkipReason.BUDGET, held),
            self._entry(group, Priority.OLD, SkipReason.BUDGET, self.narrowed),
        ]
        news = [e for e in now if (e.accounts or e.id in self.noted) and self.noted.get(e.id) != e]
        self.noted.update({entry.id: entry for entry in news})
        return news

    def closing(self, group: Group) -> list[Skipped]:
        """What is left undone when the slot is past."""
        if self.slot.special:
            left = {*self.open, *self.held, *self.failed}
            mine = [key for key in left if key in group.accounts]
            return [self.given_up(group, SkipReason.MISSED, mine)] if mine else []
        entries = []
        for why in (SkipReason.BEHIND, SkipReason.RESTING):
            held = [k for k, w in self.held.items() if w is why and k in group.accounts]
            if held:
                entries.append(self.given_up(group, why, held))
        return entries

    def _entry(
        self, group: Group, priority: Priority, why: SkipReason, accounts: Collection[str]
    ) -> Skipped:
        return Skipped(
            platform=group.platform,
            slot=self.slot.at,
            kind=self.slot.kind,
            priority=priority,
            why=why,
            accounts=tuple(sorted(accounts)),
        )
