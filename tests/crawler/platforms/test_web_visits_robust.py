"""Visits of public pages with an answer that is damaged: one end, by its name, nothing made up."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.contract import Answer, Call, Captured
from crawler.platforms import platform
from model.messages import Outcome, Visit, VisitKind
from model.platform import PlatformName
from sandbox.world.model import WorldAccount
from tests.crawler.platforms.against_sandbox import in_may
from tests.crawler.platforms.driver import Run, drive
from tests.crawler.platforms.opening import config, opening, visit
from tests.sandbox.running import CUTOFF, Sandbox

NAMES: tuple[PlatformName, ...] = ("youtube", "facebook", "instagram")
ODD = (b"null", b"-1", b'""', b"[]", b"{}", b"1e400", b"9223372036854775808", b'"1.2K"', b"true")
_VALUE = re.compile(rb'(?<=":)(?:"[^"\\]*"|-?\d+|true|false|null)')
Damage = Callable[[bytes], bytes]


class Recorded:
    """A timeline visit and its answers by address."""

    def __init__(self, visit: Visit, answers: dict[str, Answer]) -> None:
        self.visit = visit
        self.answers = answers

    def __repr__(self) -> str:
        return f"Recorded({len(self.answers)} answers)"


Recordings = dict[PlatformName, Recorded]


def account(sandbox: Sandbox, name: PlatformName) -> WorldAccount:
    """One whose month takes a handful of answers."""
    accounts = sandbox.world.accounts[name].values()
    return next(a for a in accounts if 5 <= len(in_may(sandbox, a)) <= 9)


@pytest.fixture(scope="session")
def recorded(sandbox_process: Sandbox) -> Recordings:
    """A timeline visit of each platform, and its answers by address."""
    sandbox_process.reset()
    sandbox_process.at(CUTOFF)
    found: Recordings = {}
    for name in NAMES:
        one = visit(sandbox_process, account(sandbox_process, name), VisitKind.TIMELINE)
        answers: dict[str, Answer] = {}
        ask = opening(sandbox_process)

        def respond(call: Call, ask: Callable[[Call], Answer] = ask) -> Answer:
            answers[call.url] = answer = ask(call)  # noqa: B023
            return answer

        run = drive(platform(name), config(sandbox_process, platform(name)), [one], respond)
        assert run.close(one).outcome is Outcome.OK
        found[name] = Recorded(one, answers)
    return found


def damaged(
    sandbox: Sandbox,
    recorded: Recordings,
    name: PlatformName,
    place: int,
    damage: Damage,
) -> Run:
    """The visit with one of its answers damaged; the page's own answers count like the others."""
    one, answers = recorded[name].visit, recorded[name].answers
    bodies = sum(1 + len(answer.captured) for answer in answers.values())
    numbers, target = count(), place % bodies

    def spoilt(body: bytes) -> bytes:
        return damage(body) if next(numbers) == target else body

    def respond(call: Call) -> Answer:
        answer = answers.get(call.url)
        if answer is None:
            return Answer(call=call, status=404, headers={}, body=b"none", observed_at=sandbox.now)
        body = spoilt(answer.body)
        captured = tuple(
            Captured(url=c.url, status=c.status, body=spoilt(c.body)) for c in answer.captured
        )
        return replace(answer, call=call, body=body, captured=captured)

    return drive(platform(name), config(sandbox, platform(name)), [one], respond)


@pytest.mark.parametrize("name", NAMES)
@given(place=st.integers(0, 50), at=st.floats(0, 0.999), end=st.sampled_from([b"", b"\x00\xff"]))
def test_a_cut_answer_never_makes_a_complete_visit_of_less(
    sandbox_process: Sandbox,
    recorded: Recordings,
    name: PlatformName,
    place: int,
    at: float,
    end: bytes,
) -> None:
    run = damaged(
        sandbox_process, recorded, name, place, lambda body: body[: int(len(body) * at)] + end
    )
    (close,) = run.closes
    truth = in_may(sandbox_process, account(sandbox_process, name))
    assert not close.outcome.complete or set(close.seen) == truth.keys()
    assert close.outcome.complete or close.detail


@pytest.mark.parametrize("name", NAMES)
@given(
    place=st.integers(0, 50),
    values=st.lists(st.tuples(st.floats(0, 1), st.sampled_from(ODD)), min_size=1, max_size=4),
)
def test_odd_values_end_a_visit_once_and_make_no_number(
    sandbox_process: Sandbox,
    recorded: Recordings,
    name: PlatformName,
    place: int,
    values: list[tuple[float, bytes]],
) -> None:
    def damage(body: bytes) -> bytes:
        for share, odd in values:
            found = list(_VALUE.finditer(body))
            if found:
                match = found[min(int(share * len(found)), len(found) - 1)]
                body = body[: match.start()] + odd + body[match.end() :]
        return body

    run = damaged(sandbox_process, recorded, name, place, damage)
    (close,) = run.closes
    assert close.visit.id == recorded[name].visit.id
    posts = sandbox_process.world.posts[name]
    for row in run.posts:
        truth = set(sandbox_process.shown(posts[row.id]).values()) if row.id in posts else set()
        exact = [c.value for c in row.counts.values() if c.value is not None and c.step == 1]
        # Facebook says of a post that nobody shared that it has 0 shares.
        unshared = {0} if name == "facebook" else set()
        assert row.id not in posts or set(exact) <= truth | unshared
