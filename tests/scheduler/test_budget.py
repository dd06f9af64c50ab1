"""When there is not enough for all: what matters most first, the rest spread over the day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.account import Account
from model.messages import VisitKind
from model.months import Months
from model.visit import Priority, SkipReason
from scheduler.budget import Demand, chosen, granted_shares
from scheduler.contract import Traits
from scheduler.plan import Plan
from scheduler.planner import Planner
from tests.scheduler.known import DAY, HOUR, MAY, Diary, Hand, Known, Post, Wallet

NOON = MAY.start - HOUR + 14 * DAY


def one_and_more(kind: str, accounts: int, posts: Sequence[int], _: int) -> int:
    """A call an account, and one more for every five posts."""
    return accounts if kind == VisitKind.PROFILE else sum(1 + number // 5 for number in posts)


TRAITS = Traits(False, False, minimum=one_and_more)
AMOUNTS = st.floats(0, 1000, allow_nan=False)
WANTS = st.lists(
    st.builds(Demand, st.sampled_from(list(Priority)), AMOUNTS, AMOUNTS),
    unique_by=lambda want: want.priority,
)


@given(st.floats(0, 5000), WANTS)
def test_no_more_is_granted_than_is_left(left: float, demands: list[Demand]) -> None:
    granted = granted_shares(left, demands)
    spent = sum(granted[want.priority] * (want.now + want.later) for want in demands)
    assert spent <= left + 1e-6
    assert all(0.0 <= share <= 1.0 for share in granted.values())


@given(st.floats(0, 5000), WANTS)
def test_nothing_is_granted_before_what_matters_more(left: float, demands: list[Demand]) -> None:
    granted = granted_shares(left, demands)
    ranked = sorted((w for w in demands if w.now + w.later), key=lambda want: want.priority.order)
    for more, less in pairwise(ranked):
        assert granted[more.priority] == 1.0 or granted[less.priority] == 0.0


def test_what_is_needed_later_today_is_kept_back() -> None:
    demands = [
        Demand(Priority.CUTOFF, 0, 60),
        Demand(Priority.YOUNG, 20, 60),
        Demand(Priority.OLD, 30),
    ]
    assert granted_shares(100, demands) == {
        Priority.CUTOFF: 1.0,
        Priority.YOUNG: 0.5,
        Priority.OLD: 0.0,
    }


@given(st.integers(1, 60), st.floats(0, 1))
def test_a_share_goes_to_those_that_wait_longest(number: int, share: float) -> None:
    accounts = [f"a{n}" for n in range(number)]
    last = {account: MAY.start + n * HOUR for n, account in enumerate(accounts[: number // 2])}
    picked = chosen(accounts, share, NOON, last)
    assert len(picked) == (number if share >= 1 else int(share * number + 1e-9))
    left = set(accounts) - set(picked)
    never = MAY.start - DAY
    waits = max((last.get(a, never) for a in picked), default=never)
    assert all(last.get(account, waits) >= waits for account in left)


def world(number: int = 40, posts: int = 20) -> Known:
    """Accounts that publish once a day, read up to now."""
    accounts = [Account(platform="x", id=str(n), handle="a", city="wuhan") for n in range(number)]
    known = [
        Post(a.key, NOON - age * DAY - HOUR, NOON - HOUR, f"{a.id}-{age}")
        for a in accounts
        for age in range(posts)
    ]
    return Known(accounts, posts=known)


def planner(known: Known, clock: Hand, left: float, **more: object) -> Planner:
    wallet = Wallet(left, resets_at=NOON + DAY)
    return Planner(
        known,
        known,
        clock,
        Plan(),
        {"x": TRAITS},
        budget_source=wallet,
        **more,  # type: ignore[arg-type]
    )


def spans(visits: list[object]) -> Counter[int]:
    return Counter((v.window.end - v.window.start) // DAY for v in visits if v.window)  # type: ignore[attr-defined]


def test_with_enough_everything_is_read() -> None:
    planned = planner(world(), Hand(NOON), 100_000).run(Months())
    assert spans(planned.open) == {13: 40}
    assert planned.given_up == []


def test_short_of_units_the_older_posts_are_left_out_first() -> None:
    diary = Diary(MAY.start + 4 * DAY)
    known = world()
    one = planner(known, Hand(NOON), 760, skip_log=diary)
    planned = one.run(Months())
    found = spans(planned.open)
    assert found[2] > 0
    assert found[2] + found[13] == 40
    (entry,) = diary.entries.values()
    assert (entry.priority, entry.why, len(entry.accounts)) == (
        Priority.OLD,
        SkipReason.BUDGET,
        found[2],
    )


@pytest.mark.slow
def test_shorter_still_young_posts_are_spread_over_the_day() -> None:
    """About as many accounts at each slot, each in its turn, until the day's units are spent."""
    known, clock = world(), Hand(NOON)
    wallet = Wallet(240, resets_at=NOON + DAY)
    one = Planner(known, known, clock, Plan(), {"x": TRAITS}, budget_source=wallet)
    served: list[str] = []
    per_slot = []
    for _ in range(12):
        visits = [v for v in one.run(Months()).open if v.kind is VisitKind.TIMELINE]
        wallet.left -= len(visits)
        known.complete(visits, clock.at)
        served += [visit.account for visit in visits]
        per_slot.append(len(visits))
        clock.at += 2 * HOUR
    assert wallet.left >= 0
    assert max(per_slot) - min(per_slot) <= 4
    assert max(Counter(served).values()) - min(Counter(served).values()) <= 1
    assert len(set(served)) == 40


def test_the_cutoff_later_today_is_served_in_full() -> None:
    known, clock = world(), Hand(MAY.cutoff - 7 * HOUR)
    wallet = Wallet(330, resets_at=MAY.cutoff + 9 * HOUR)
    one = Planner(known, known, clock, Plan(), {"x": TRAITS}, budget_source=wallet)
    while clock.at < MAY.cutoff:
        visits = one.run(Months()).open
        timelines = [v for v in visits if v.window]
        posts = [
            sum(p.published_at in v.window for p in known.posts[:20]) for v in timelines if v.window
        ]
        wallet.left -= len(visits) + sum(posts) // 5
        known.complete(visits, clock.at)
        cutoff = [v for v in timelines if v.slot == MAY.cutoff - HOUR]
        clock.at += 2 * HOUR
    assert len(cutoff) == 40
    assert wallet.left >= 0


def test_what_was_given_up_is_taken_back_when_there_are_units_again() -> None:
    diary, clock = Diary(MAY.start + 4 * DAY), Hand(NOON)
    known, wallet = world(), Wallet(0, resets_at=NOON + HOUR)
    one = Planner(known, known, clock, Plan(), {"x": TRAITS}, budget_source=wallet, skip_log=diary)
    assert one.run(Months()).open == []
    assert sum(len(entry.accounts) for entry in diary.entries.values()) == 80
    wallet.left, wallet.resets_at, clock.at = 1e6, NOON + 2 * DAY, NOON + HOUR
    assert len(one.run(Months()).open) == 80
    assert not any(entry.accounts for entry in diary.entries.values())


@pytest.mark.parametrize("minutes", [0, 59])
def test_while_all_credentials_rest_nothing_is_sent(minutes: int) -> None:
    known, clock = world(3), Hand(NOON + timedelta(minutes=minutes))
    wallet = Wallet(1e6, NOON + DAY, closed_until=NOON + HOUR)
    one = Planner(known, known, clock, Plan(), {"x": TRAITS}, budget_source=wallet)
    planned = one.run(Months())
    assert (planned.open, planned.next_retry) == ([], NOON + HOUR)
    clock.at = NOON + HOUR
    assert len(one.run(Months()).open) == 6


def test_one_platforms_trouble_is_no_others() -> None:
    """X has neither units nor credentials; the other platform is planned as ever."""
    both = world(5)
    other = [Account(platform="instagram", id=a.id, handle="b", city="wuhan") for a in both.watched]
    known = Known([*both.watched, *other], posts=both.posts)

    class OfX(Wallet):
        def budget(self, platform, now):  # type: ignore[no-untyped-def]
            return super().budget(platform, now) if platform == "x" else None

    wallet = OfX(0, NOON + DAY, closed_until=NOON + 9 * HOUR)
    traits = {"x": TRAITS, "instagram": Traits(True, False)}
    one = Planner(known, known, Hand(NOON), Plan(), traits, budget_source=wallet)
    planned = one.run(Months())
    assert Counter(visit.platform for visit in planned.open) == {"instagram": 5}
