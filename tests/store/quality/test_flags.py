"""What is odd is flagged where it is, and nothing else is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.database import Document
from store.quality.drift import Vanished
from store.quality.flags import (
    DataFlag,
    FlagKind,
    Measured,
    bursts,
    falls,
    jumps,
    renames,
    reuses,
    silences,
)
from tests.store.harvest import day


def rows(
    *values: int | None,
    name: str = "likes",
    subject: str = "x:1",
    step: int = 1,
    first: float = 1,
    every: float = 1,
) -> list[Document]:
    """Readings of a counter, one a day; None is a reading without it."""
    return [
        {
            "_id": f"{subject}@{number}",
            "account": subject,
            "slot": day(first + number * every),
            "counts": {} if value is None else {name: value},
            **({"steps": {name: step}} if step > 1 else {}),
        }
        for number, value in enumerate(values)
    ]


def test_a_fall_names_both_readings() -> None:
    (flag,) = falls(rows(5, 9, 7, 8), "x:a")
    assert flag.kind is FlagKind.COUNTER_FELL
    assert flag.facts == {"likes": [9, 7]}
    assert flag.readings == ("x:1@1", "x:1@2")
    assert (flag.subject, flag.account, flag.at) == ("x:1", "x:a", day(3))
    assert flag.id == "counter_fell/x:1@20250503T000000"


def test_a_counter_that_was_hidden_in_between_falls_all_the_same() -> None:
    (flag,) = falls(rows(9, None, 7), None)
    assert flag.readings == ("x:1@0", "x:1@2")


def test_followers_may_fall() -> None:
    assert list(falls(rows(900, 800, name="followers"), "x:1")) == []


@pytest.mark.parametrize(
    ("before", "after", "steps", "fell"),
    [
        (1234, 1200, (1, 100), False),
        (1234, 1100, (1, 100), True),
        (541_000, 540_000, (1000, 1000), True),
        (541_000, 540_600, (1000, 1), False),
    ],
)
def test_rounding_is_no_fall(before: int, after: int, steps: tuple[int, int], fell: bool) -> None:
    readings = [rows(before, step=steps[0])[0], rows(0, after, step=steps[1])[1]]
    assert bool(list(falls(readings, None))) is fell


@given(st.lists(st.integers(0, 1000), max_size=20))
def test_what_only_grows_is_never_flagged(values: list[int]) -> None:
    assert list(falls(rows(*sorted(values)), None)) == []


@given(st.lists(st.integers(0, 50), max_size=12))
def test_there_is_a_flag_for_every_fall(values: list[int]) -> None:
    fallen = sum(later < earlier for earlier, later in pairwise(values))
    assert len(list(falls(rows(*values), None))) == fallen


@pytest.mark.parametrize(
    ("values", "flagged"),
    [
        ((10_000, 10_020, 10_045, 10_060, 10_085, 10_100, 12_100, 12_120), [6]),
        ((10_000, 10_020, 10_045, 10_060, 10_085, 10_100, 8_900), [6]),
        ((10_000, 10_020, 10_045, 10_060, 10_085, 10_100, 10_300), []),
        ((1000, 1400, 1700, 2300, 2600, 3100, 3600), []),
        ((1000, 2600), [1]),
        ((1000, 1400), []),
        ((3, 40), []),
    ],
)
def test_jumps_are_judged_by_the_accounts_own_changes(
    values: Sequence[int], flagged: list[int]
) -> None:
    found = list(jumps(rows(*values, name="followers")))
    assert [flag.readings[1] for flag in found] == [f"x:1@{number}" for number in flagged]
    assert {flag.kind for flag in found} <= {FlagKind.FOLLOWERS_JUMPED}


def test_a_long_pause_is_no_jump() -> None:
    steady = [10_000 + 100 * n for n in range(7)]
    before = rows(*steady, name="followers")
    after = rows(*[0] * 7, 13_700, name="followers", every=1)[-1]
    assert len(list(jumps([*before, after]))) == 1
    assert list(jumps([*before, {**after, "slot": day(37)}])) == []


def test_a_rounded_number_jumps_by_its_step_alone() -> None:
    values = (541_000, 541_000, 541_000, 541_000, 541_000, 541_000, 542_000)
    assert list(jumps(rows(*values, name="followers", step=1000))) == []


def handles(*names: str, registry: str = "") -> Document:
    entries = [{"handle": name, "first_seen": day(1 + n)} for n, name in enumerate(names)]
    return {"_id": "x:7", "platform": "x", "handle": registry, "handles": entries}


@pytest.mark.parametrize(
    ("account", "changes"),
    [
        (handles("a"), []),
        (handles("City", "city", registry="@CITY"), []),
        (handles("a", "b"), [("a", "b")]),
        (handles("b", registry="a"), [("a", "b")]),
        (handles("a", "b", "c"), [("a", "b"), ("b", "c")]),
    ],
)
def test_renamed(account: Document, changes: list[tuple[str, str]]) -> None:
    found = list(renames(account))
    assert [(flag.facts["from"], flag.facts["to"]) for flag in found] == changes


def test_a_handle_with_another_id_is_reused() -> None:
    first = handles("Town")
    second = {**handles("other", "town"), "_id": "x:8"}
    elsewhere = {**handles("town"), "_id": "tiktok:9", "platform": "tiktok"}
    (flag,) = reuses([first, second, elsewhere])
    assert (flag.subject, flag.at, flag.facts["before"]) == ("x:8", day(2), "x:7")


def looking(outcome: str, start: float, end: float, seen: list[str] | None = None) -> Document:
    complete = outcome.startswith("ok")
    attempt: dict[str, Any] = {
        "outcome": outcome,
        "complete": complete,
        "detail": "said nothing",
        "observed_at": day(end),
    }
    if complete:
        attempt["seen"] = seen or []
    window = {"start": day(start), "end": day(end)}
    return {
        "_id": "v",
        "platform": "x",
        "account": "x:7",
        "slot": day(end),
        "window": window,
        "attempts": [attempt],
    }


DAILY = [day(n) for n in range(1, 11)]


@pytest.mark.parametrize(
    ("visit", "flagged"),
    [
        (looking("ok_nothing_new", 11, 15), True),
        (looking("ok_nothing_new", 11, 13.5), False),
        (looking("ok", 11, 15, ["p"]), False),
        (looking("ok_nothing_new", 4, 8), False),
        (looking("empty_unexpected", 11, 12), True),
        (looking("timeout", 11, 20), False),
    ],
)
def test_silence_is_judged_by_the_accounts_own_rhythm(visit: Document, flagged: bool) -> None:
    found = list(silences([visit], DAILY))
    assert [flag.kind for flag in found] == [FlagKind.EMPTY_UNEXPECTED] * flagged


def test_an_account_that_always_paused_may_pause_again() -> None:
    seldom = [day(n) for n in (1, 2, 9, 10, 11, 12)]
    assert list(silences([looking("ok_nothing_new", 13, 30)], seldom)) == []


def posts(*totals: int, late: int | None = None) -> list[Measured]:
    """Posts of one account with their interactions; the last one gains `late` after ten days."""
    found = []
    for number, total in enumerate(totals):
        readings = rows(total, first=3, subject=f"x:{number}")
        if late is not None and number == len(totals) - 1:
            readings += rows(total, total + late, first=11, subject=f"x:{number}", every=3)
        found.append(Measured(id=f"x:{number}", account="x:a", published_at=day(1), rows=readings))
    return found


USUAL = (90, 110, 130, 70, 150, 80, 95, 210, 60, 120, 105, 99)


def found_in(given: list[Measured]) -> list[DataFlag]:
    return list(bursts(given))


def test_a_burst_is_far_out_of_the_accounts_own_distribution() -> None:
    assert found_in(posts(*USUAL)) == []
    (flag,) = found_in(posts(*USUAL, 9000))
    assert (flag.kind, flag.subject) == (FlagKind.SUSPICIOUS_ENGAGEMENT, "x:12")
    assert flag.facts == {"interactions": 9000, "median": 105}
    assert found_in(posts(*[v * 1000 for v in USUAL])) == []
    assert found_in(posts(*USUAL[:5], 9000)) == [], "too few posts make no distribution"


@pytest.mark.parametrize(("gain", "flagged"), [(500, 1), (90, 0), (60, 0)])
def test_old_posts_do_not_double(gain: int, flagged: int) -> None:
    assert len(found_in(posts(*USUAL[:3], late=gain))) == flagged


def drifted(lost: int, kept: int, name: str = "likes") -> list[DataFlag]:
    vanished = Vanished()
    for number in range(lost + kept):
        values = (5, None) if number < lost else (5, 6)
        vanished.add("post", rows(*values, name=name), f"x:{number}")
    return list(vanished.flags())


@pytest.mark.parametrize(
    ("lost", "kept", "flagged"), [(3, 0, 1), (3, 3, 1), (3, 4, 0), (2, 0, 0), (0, 9, 0)]
)
def test_drift_is_a_field_that_most_accounts_lose_on_one_day(
    lost: int, kept: int, flagged: int
) -> None:
    found = drifted(lost, kept)
    assert len(found) == flagged
    for flag in found:
        assert (flag.subject, flag.at, flag.account) == ("x:post.likes", day(2), None)
        assert flag.facts == {"accounts": lost + kept, "lost": lost}


def test_an_account_that_kept_the_field_anywhere_did_not_lose_it() -> None:
    vanished = Vanished()
    for number in range(3):
        for post in range(4):
            values = (5, 6) if post == 0 else (5, None)
            vanished.add("post", rows(*values, subject=f"x:{post}"), f"x:{number}")
    assert list(vanished.flags()) == []


def test_days_are_told_apart() -> None:
    vanished = Vanished()
    for number in range(3):
        vanished.add("account", rows(5, None, first=1 + number), f"x:{number}")
    assert list(vanished.flags()) == []
    assert timedelta(days=1) == day(2) - day(1)
