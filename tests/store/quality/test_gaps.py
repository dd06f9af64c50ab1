"""What is missing is named with its day and its reason; what was read is not."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from unittest import mock

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.account import Account
from model.messages import Outcome, Visit, VisitKind, Window
from model.visit import Expected, Priority, Reason, Skipped, SkipReason, Slot
from scheduler.calendar import slots
from scheduler.plan import Plan, Tier
from store.accounts import accounts, put_accounts
from store.database import Store
from store.ingest.writer import Writer
from store.month.coverage import is_covered
from store.quality import gaps as quality
from store.quality.gaps import Gap, GapState, Harm, find_gaps
from tests.store.harvest import ACCOUNT, KEY, MAY, Message, account, closed, day, page, post, visit

ONE = Account(platform="facebook", id=ACCOUNT, handle="visit_somewhere", city="nanjing")
OTHER = Account(platform="facebook", id="2002", handle="other", city="beijing")
DAYS = timedelta(days=1)
PLAN = Plan(
    bands=(Tier(8 * DAYS, DAYS), Tier(35 * DAYS, 7 * DAYS)),
    profile_every=DAYS / 2,
    at_end=False,
)
AFTER = MAY.cutoff + timedelta(days=5)
MINUTE = timedelta(minutes=1)


def expected() -> list[Expected]:
    return [
        Expected(at=s.at, kind=s.kind, reason=s.reason, window=s.window, until=s.at + PLAN.lateness)
        for s in slots(MAY, PLAN)
    ]


def of(slot: Slot, account_id: str = ACCOUNT, attempt: int = 0) -> Visit:
    return visit(slot.at, slot.kind, account_id=account_id, window=slot.window, attempt=attempt)


def carried_out(slot: Slot, account_id: str = ACCOUNT) -> list[Message]:
    """A visit as it should go."""
    one, at = of(slot, account_id), slot.at + MINUTE
    items = [account(at, account_id=account_id, followers=9)]
    return [
        page(one, at, accounts=items if slot.kind is VisitKind.PROFILE else ()),
        closed(one, at),
    ]


def write(db: Store, messages: list[Message]) -> None:
    Writer(db).write(messages)


def everything(db: Store, *left_out: Slot, account_id: str = ACCOUNT) -> None:
    """All visits of the plan but these, and but confirmations."""
    due = [s for s in slots(MAY, PLAN) if s.reason is not Reason.CONFIRM]
    write(db, [m for s in due if s not in left_out for m in carried_out(s, account_id)])


def find(reason: Reason, kind: VisitKind, number: int = 0) -> Slot:
    return [s for s in slots(MAY, PLAN) if (s.reason, s.kind) == (reason, kind)][number]


def found(db: Store, now: datetime = AFTER, *accounts: Account) -> list[Gap]:
    asked = db, MAY, accounts or (ONE,), lambda _: expected(), now
    gaps = find_gaps(*asked)
    # The same as if every account had been looked at closely.
    with mock.patch.object(quality, "without_gap", return_value=set()):
        assert find_gaps(*asked) == gaps
    return gaps


def gone_wrong(slot: Slot, how: str, account_id: str) -> list[Message]:
    """What comes of a visit."""
    one, late = of(slot, account_id), slot.at + timedelta(hours=30)
    failed = closed(one, slot.at + MINUTE, Outcome.SERVER_ERROR, detail="502")
    wide = msgspec.structs.replace(one, window=Window(MAY.start, MAY.end))
    return {
        "nothing": [],
        "failed": [failed],
        "late": [closed(one, late)],
        "again": [failed, closed(of(slot, account_id, attempt=1), slot.at + 5 * MINUTE)],
        "wider": [closed(one, slot.at + MINUTE), closed(wide, late)],
        "refresh": [
            *carried_out(slot, account_id),
            closed(msgspec.structs.replace(one, kind=VisitKind.REFRESH), late, Outcome.GAVE_UP),
        ],
        "read": [page(one, slot.at + MINUTE, accounts=[account(slot.at, account_id=account_id)])],
    }[how]


WAYS = ("nothing", "failed", "late", "again", "wider", "refresh", "read")


@pytest.mark.parametrize("seed", range(4))
def test_accounts_that_lack_nothing_are_told_without_a_closer_look(db: Store, seed: int) -> None:
    draw, messages = random.Random(seed), list[Message]()
    for account_id in (ACCOUNT, "2002", "2003"):
        timely = [s for s in slots(MAY, PLAN) if s.reason is not Reason.CONFIRM]
        wrong = {n: draw.choice(WAYS) for n in draw.sample(range(len(timely)), draw.randrange(4))}
        for number, slot in enumerate(timely):
            ended = gone_wrong(slot, wrong[number], account_id) if number in wrong else None
            messages += carried_out(slot, account_id) if ended is None else ended
    write(db, messages)
    third = msgspec.structs.replace(OTHER, id="2003", handle="third")
    for now in (AFTER, day(17), day(9) + timedelta(hours=5)):
        found(db, now, ONE, OTHER, third)


def skipped(priority: Priority) -> Skipped:
    return Skipped(
        platform="facebook",
        slot=ROUTINE.at,
        kind=VisitKind.TIMELINE,
        priority=priority,
        why=SkipReason.BUDGET,
        accounts=(KEY,),
    )


ROUTINE = find(Reason.ROUTINE, VisitKind.TIMELINE, 11)
CUTOFF = find(Reason.CUTOFF, VisitKind.TIMELINE)
EDGE = find(Reason.EDGE, VisitKind.PROFILE, 1)
RESTING = Skipped(
    platform="facebook",
    slot=ROUTINE.at,
    kind=VisitKind.PROFILE,
    priority=Priority.PROFILE,
    why=SkipReason.RESTING,
    accounts=(KEY,),
)


def test_a_month_that_was_read_has_no_gaps(db: Store) -> None:
    everything(db)
    assert found(db) == []


def test_nothing_is_missing_before_it_is_due(db: Store) -> None:
    assert found(db, MAY.start - timedelta(days=1)) == []
    (edge,) = found(db, MAY.start - PLAN.edge_lead)
    assert (edge.state, edge.reason, edge.day) == (GapState.WAITING, "edge", "2025-04-30")


def test_nothing_is_missing_of_an_account_before_it_was_on_the_list(db: Store) -> None:
    late = msgspec.structs.replace(ONE, watched_from=ROUTINE.at)
    days = [gap.day for gap in found(db, AFTER, late)]
    assert days
    assert min(day or "" for day in days) == "2025-05-12"
    assert found(db, ROUTINE.at - DAYS, late) == []
    assert len(days) < len(found(db))


def test_since_when_an_account_is_watched_is_kept(db: Store) -> None:
    new = Account(platform="x", id="", handle="Somewhere", city="nanjing")
    put_accounts(db, [new], at=MAY.start)
    put_accounts(db, [msgspec.structs.replace(new, note="seen")], at=MAY.end)
    put_accounts(db, [msgspec.structs.replace(new, id="12")], at=MAY.end)
    assert [(one.id, one.note, one.watched_from) for one in accounts(db, "x")] == [
        ("12", "", MAY.start)
    ]


def test_a_failed_visit_says_why_and_when_again(db: Store) -> None:
    everything(db, ROUTINE)
    at, retry = ROUTINE.at + MINUTE, ROUTINE.at + timedelta(hours=1)
    write(db, [closed(of(ROUTINE), at, Outcome.RATE_LIMITED, retry_at=retry, detail="429")])
    (gap,) = found(db, ROUTINE.at + 2 * MINUTE)
    assert (gap.state, gap.outcome, gap.why, gap.retry_at) == (
        GapState.RETRYING,
        Outcome.RATE_LIMITED,
        "429",
        retry,
    )
    (gap,) = found(db)
    assert (gap.state, gap.attempts, gap.day) == (GapState.FAILED, 1, "2025-05-12")
    write(db, [closed(of(ROUTINE, attempt=1), retry)])
    assert found(db) == []


@pytest.mark.parametrize(
    ("slot", "outcome", "harm"),
    [
        (ROUTINE, Outcome.TIMEOUT, Harm.DAILY),
        (CUTOFF, Outcome.QUOTA_SPENT, Harm.POSTS),
        (EDGE, Outcome.SERVER_ERROR, Harm.FOLLOWERS),
        (find(Reason.ROUTINE, VisitKind.PROFILE, 3), Outcome.FORBIDDEN, Harm.DAILY),
    ],
)
def test_one_failure_harms_only_what_nothing_else_tells(
    db: Store, slot: Slot, outcome: Outcome, harm: Harm
) -> None:
    everything(db, slot)
    write(db, [closed(of(slot), slot.at + MINUTE, outcome)])
    (gap,) = found(db)
    assert (gap.outcome, gap.harm) == (outcome, harm)


def test_posts_found_after_the_cutoff_have_no_counts_as_of_it(db: Store) -> None:
    everything(db, CUTOFF)
    write(db, [closed(of(CUTOFF), CUTOFF.at + MINUTE, Outcome.QUOTA_SPENT)])
    write(db, [closed(visit(AFTER - timedelta(days=1)), AFTER - timedelta(days=1))])
    (gap,) = found(db)
    assert gap.harm is Harm.COUNTS


def test_posts_are_missing_where_nobody_looked(db: Store) -> None:
    timelines = [s for s in slots(MAY, PLAN) if s.kind is VisitKind.TIMELINE]
    first = [s for s in timelines if s.at < day(12)]
    everything(db, *(s for s in timelines if s not in first))
    never = [gap for gap in found(db) if gap.kind is VisitKind.TIMELINE]
    assert {gap.state for gap in never} == {GapState.NEVER}
    harms = {gap.day: gap.harm for gap in never if gap.reason == "routine"}
    assert harms["2025-05-13"] is Harm.POSTS
    assert {gap.harm for gap in never if gap.reason == "cutoff"} == {Harm.POSTS}


def test_followers_at_an_edge_are_missing_without_a_reading_near_it(db: Store) -> None:
    profiles = [s for s in slots(MAY, PLAN) if s.kind is VisitKind.PROFILE]
    late = [s for s in profiles if s.at > EDGE.at - timedelta(days=2)]
    everything(db, *late)
    (gap,) = [gap for gap in found(db) if gap.reason == "edge"]
    assert (gap.harm, gap.day) == (Harm.FOLLOWERS, "2025-05-31")


def test_followers_that_ride_along_are_no_gap(db: Store) -> None:
    """The timeline of the same instant read them."""
    profile = next(
        s for s in slots(MAY, PLAN) if s.kind is VisitKind.PROFILE and s.at == ROUTINE.at
    )
    everything(db, profile)
    assert [gap.kind for gap in found(db)] == [VisitKind.PROFILE]
    at = ROUTINE.at + MINUTE
    write(db, [page(of(ROUTINE), at, accounts=[account(at, followers=5)])])
    assert found(db) == []


def test_a_late_reading_is_told_from_none(db: Store) -> None:
    everything(db, CUTOFF)
    write(db, [closed(of(CUTOFF), CUTOFF.at + timedelta(hours=7))])
    (gap,) = found(db)
    assert (gap.state, gap.harm, gap.outcome) == (GapState.LATE, Harm.COUNTS, None)


def test_known_posts_are_to_be_refreshed_and_others_are_not(db: Store) -> None:
    everything(db)
    refreshes = [
        Expected(
            at=day(at),
            kind=VisitKind.REFRESH,
            reason=Reason.ROUTINE,
            until=day(at + 0.5),
            window=Window(MAY.start, day(at - 8)),
        )
        for at in (15, 22, 29)
    ]
    published = day(22 - 9)
    write(db, [page(of(ROUTINE), ROUTINE.at, posts=[post("1", published, published, likes=1)])])
    missing = find_gaps(db, MAY, [ONE], lambda _: refreshes, AFTER)
    assert [gap.day for gap in missing] == ["2025-05-22", "2025-05-29"]
    wide = visit(day(22), window=Window(MAY.start, day(22)))
    write(db, [closed(wide, wide.slot)])
    assert [gap.day for gap in find_gaps(db, MAY, [ONE], lambda _: refreshes, AFTER)] == [
        "2025-05-29"
    ]


@pytest.mark.parametrize(
    ("others", "earlier", "why"),
    [
        (True, True, "lost on its way"),
        (False, True, "was `cityreach up` running"),
        (True, False, "was it added later"),
    ],
)
def test_what_nobody_carried_out_says_what_other_visits_tell(
    db: Store, others: bool, earlier: bool, why: str
) -> None:
    last = find(Reason.ROUTINE, VisitKind.PROFILE, -1)
    before = [] if earlier else [s for s in slots(MAY, PLAN) if s.at <= last.at]
    everything(db, last, find(Reason.ROUTINE, VisitKind.TIMELINE, -1), *before)
    if others:
        everything(db, account_id=OTHER.id)
    gap = next(
        g
        for g in found(db, AFTER, ONE, OTHER)
        if g.day == "2025-05-31" and g.kind is VisitKind.PROFILE and g.reason == "routine"
    )
    assert why in gap.why
    assert gap.account == ONE


def test_accounts_that_are_not_visited_at_all_are_listed_once(db: Store) -> None:
    unknown = Account(platform="x", id="", handle="a", city="nanjing")
    off = Account(platform="tiktok", id="1", handle="b", city="nanjing")
    rows = find_gaps(db, MAY, [unknown, off], lambda _: expected(), AFTER, frozenset({"tiktok"}))
    assert [(gap.account, gap.state, gap.day) for gap in rows] == [
        (unknown, GapState.UNVERIFIED, None),
        (off, GapState.OFF, None),
    ]


def test_what_the_planner_gave_up_is_told_with_its_reason(db: Store) -> None:
    everything(db, ROUTINE)
    left = {(KEY, ROUTINE.at): [skipped(Priority.YOUNG), RESTING]}
    (gap,) = find_gaps(db, MAY, [ONE], lambda _: expected(), AFTER, left=left)
    assert (gap.state, gap.harm) == (GapState.GIVEN_UP, Harm.DAILY)
    assert "budget had no room" in gap.why


def test_older_posts_that_were_left_out_are_a_gap_of_their_own(db: Store) -> None:
    everything(db)
    left = {(KEY, ROUTINE.at): [skipped(Priority.OLD)]}
    (gap,) = find_gaps(db, MAY, [ONE], lambda _: expected(), AFTER, left=left)
    assert (gap.kind, gap.state) == (VisitKind.REFRESH, GapState.GIVEN_UP)


def test_a_refresh_that_failed_beside_its_timeline(db: Store) -> None:
    everything(db)
    older = visit(ROUTINE.at, VisitKind.REFRESH, window=Window(MAY.start, day(3)))
    write(db, [closed(older, ROUTINE.at + MINUTE, Outcome.SERVER_ERROR, detail="502")])
    (gap,) = found(db)
    assert (gap.kind, gap.outcome, gap.why, gap.harm) == (
        VisitKind.REFRESH,
        Outcome.SERVER_ERROR,
        "502",
        Harm.DAILY,
    )


def test_like_gaps_of_a_day_are_one_row(db: Store) -> None:
    often = [
        Expected(
            at=day(4) + timedelta(hours=2 * n),
            kind=VisitKind.PROFILE,
            reason=Reason.ROUTINE,
            until=day(4) + timedelta(hours=2 * n + 1),
        )
        for n in range(6)
    ]
    (row,) = find_gaps(db, MAY, [ONE], lambda _: often, AFTER)
    assert (row.slots, row.day, row.account.key) == (6, "2025-05-04", KEY)


spans = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=6)


@pytest.mark.slow
@given(span=st.tuples(st.integers(0, 30), st.integers(0, 30)), others=spans)
def test_covered_means_every_instant(span: tuple[int, int], others: list[tuple[int, int]]) -> None:
    every = all(any(a <= hour < b for a, b in others) for hour in range(*span))
    made = [(day(1 + a), day(1 + b)) for a, b in others]
    assert is_covered((day(1 + span[0]), day(1 + span[1])), made) is every
