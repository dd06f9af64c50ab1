"""Credentials take turns, rest, die with a reason, and are tried once more; others may read how."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import Response
from scrapy.http.response.text import TextResponse

from bus.credentials import CredentialState
from bus.lease import Lease
from crawler.engine.credentials import Credentials, label_of
from crawler.engine.fetcher import Fetcher
from crawler.engine.group_run import GroupRun
from crawler.errors import Rotate, Wait
from model.messages import Outcome
from tests.crawler.engine.stub import AT, Hand, Memory, Stub, download_from, parts, visit

HOUR = timedelta(hours=1)
REFUSED = Rotate(Outcome.TOKEN_INVALID, "status 401")


def limited(until: datetime, outcome: Outcome = Outcome.RATE_LIMITED) -> Wait:
    return Wait(outcome, "status 429", until)


async def test_live_credentials_take_turns_around_those_that_rest() -> None:
    clock = Hand()
    held = Credentials(("a", "b", "c"), clock)
    first = await held.current()
    held.rest(first, AT + HOUR, limited(AT + HOUR))
    assert (await held.current()).token == "b"
    clock.at = AT + HOUR
    held.rest(await held.current(), AT + 2 * HOUR, limited(AT + 2 * HOUR))
    assert {(await held.current()).token for _ in range(3)} <= {"a", "c"}


async def test_when_all_rest_the_earliest_end_and_its_reason_are_told() -> None:
    held = Credentials(("a", "b"), Hand())
    for hours, outcome in [(2, Outcome.RATE_LIMITED), (1, Outcome.QUOTA_SPENT)]:
        until = AT + hours * HOUR
        held.rest(await held.current(), until, limited(until, outcome))
    with pytest.raises(Wait) as caught:
        await held.current()
    assert (caught.value.until, caught.value.outcome) == (AT + HOUR, Outcome.QUOTA_SPENT)


async def test_the_dead_are_tried_once_more_after_ever_longer_pauses() -> None:
    clock = Hand()
    held = Credentials(("a",), clock)
    one = await held.current()
    for pause in (1, 2, 4, 8, 16, 24, 24):
        held.bury(one, REFUSED)
        held.bury(one, REFUSED)
        clock.at += pause * HOUR - timedelta(seconds=1)
        with pytest.raises(Rotate, match="status 401"):
            await held.current()
        clock.at += timedelta(seconds=1)
        assert await held.current() is one
    held.worked(one)
    assert one.state(clock.at).state == "live"
    assert one.refusals == 0


async def test_the_living_come_before_the_dead() -> None:
    clock = Hand()
    held = Credentials(("a", "b"), clock)
    held.bury(await held.current(), REFUSED)
    clock.at += 2 * HOUR
    assert [(await held.current()).token for _ in range(3)] == ["b"] * 3


async def test_a_call_that_worked_does_not_end_anothers_rest() -> None:
    held = Credentials(("a",), Hand())
    one = await held.current()
    held.rest(one, AT + HOUR, limited(AT + HOUR))
    held.worked(one)
    assert one.state(AT).state == "resting"


async def test_a_client_that_is_refused_a_token_is_not_asked_by_every_visit() -> None:
    clock, asked = Hand(), []

    async def obtain() -> tuple[str, float]:
        asked.append(clock.at)
        raise Rotate(Outcome.TOKEN_INVALID, "invalid_client")

    held = Credentials((), clock, obtain)
    for _ in range(20):
        with pytest.raises(Rotate, match="invalid_client"):
            await held.current()
    assert len(asked) == 1
    clock.at += HOUR
    with pytest.raises(Rotate):
        await held.current()
    assert len(asked) == 2


async def test_a_new_token_does_not_end_the_clients_rest() -> None:
    clock, number = Hand(), iter(range(9))

    async def obtain() -> tuple[str, float]:
        return f"t{next(number)}", 7200.0

    held = Credentials((), clock, obtain)
    midnight = AT + timedelta(days=1)
    held.rest(await held.current(), midnight, limited(midnight, Outcome.QUOTA_SPENT))
    clock.at += 3 * HOUR
    with pytest.raises(Wait) as caught:
        await held.current()
    assert caught.value.until == midnight
    clock.at = midnight
    assert (await held.current()).token in {"t1", "t2"}


def test_a_state_tells_no_secret() -> None:
    held = Credentials(("very-secret",), Hand())
    states = repr([one.state(AT) for one in held._all])
    assert "very-secret" not in states + repr(held._all)
    assert label_of("very-secret") in states


class Noting(Memory):
    """An outlet with a board."""

    def __init__(self, *known: CredentialState) -> None:
        super().__init__()
        self.board = {state.label: state for state in known}
        self.notes: list[str] = []

    async def note(self, state: CredentialState) -> None:
        self.board[state.label] = state
        self.notes.append(f"{state.label} {state.state}")

    async def noted(self) -> Iterable[CredentialState]:
        return self.board.values()


async def run(memory: Noting, serve: object, *accounts: str, **config: object) -> Noting:
    given = parts(Stub(), Hand(), **config)
    fetcher = Fetcher(given, download_from(serve), memory)  # type: ignore[arg-type]
    leases = [Lease(str(n), visit(name)) for n, name in enumerate(accounts)]
    await GroupRun(given, fetcher, memory, leases).run()
    return memory


def refusing(bad: str, status: int, wait: str = "900") -> object:
    def serve(request: Request) -> Response:
        refused = request.headers["authorization"] == f"Bearer {bad}".encode()
        answer = status if refused else 200
        return TextResponse(request.url, status=answer, body=b"p1 1", headers={"wait": wait})

    return serve


@pytest.mark.parametrize(("status", "state"), [(401, "dead"), (429, "resting")])
async def test_the_board_shows_what_became_of_each(status: int, state: str) -> None:
    memory = await run(Noting(), refusing("one", status), "a", "b", tokens=("one", "two"))
    one, two = memory.board[label_of("one")], memory.board[label_of("two")]
    assert (one.state, two.state) == (state, "live")
    assert one.until is not None
    assert one.until > AT
    assert str(status) in one.reason
    assert len(memory.notes) == 2, "only news are noted"


async def test_a_rest_outlasts_a_restart() -> None:
    known = CredentialState(
        label=label_of("one"),
        state="resting",
        at=AT,
        until=AT + HOUR,
        outcome="quota_spent",
        reason="spent",
    )
    memory = await run(Noting(known), refusing("none", 401), "a", tokens=("one",))
    closed = memory.closed["a"]
    assert (closed.outcome, closed.retry_at) == (Outcome.QUOTA_SPENT, AT + HOUR)
    assert memory.booked == []


async def test_a_limit_that_never_passes_is_not_hammered() -> None:
    """A platform whose clock runs behind ours names resets that are past: that ends too."""
    asked: list[str] = []

    def serve(request: Request) -> Response:
        asked.append(request.url)
        return TextResponse(request.url, status=429, headers={"wait": "-5"})

    memory = await run(Noting(), serve, "a", tokens=("one", "two"))
    assert memory.closed["a"].outcome is Outcome.RATE_LIMITED
    assert len(asked) <= 15


async def test_a_spent_budget_says_when_it_is_renewed() -> None:
    memory = await run(Noting(), refusing("none", 401), "a", "b", tokens=("t",), daily_budget=1)
    late = [c for c in memory.closed.values() if c.outcome is Outcome.QUOTA_SPENT]
    assert [closed.retry_at for closed in late] == [AT + timedelta(days=1)]


@pytest.mark.parametrize(
    "junk",
    [
        {"until": datetime(9999, 12, 31, tzinfo=UTC)},
        {"until": AT + timedelta(days=400)},
        {"until": datetime(1, 1, 1, tzinfo=timezone(HOUR))},
        {"until": datetime(2025, 6, 1)},
        {"outcome": "nonsense"},
    ],
)
async def test_rests_that_no_platform_orders_are_not_taken_over(junk: dict[str, Any]) -> None:
    """Somebody else may have written them: they would end all calls."""
    held = Credentials(("a",), Hand())
    state = {"label": label_of("a"), "state": "resting", "at": AT, "until": AT + HOUR} | junk
    held.recall([CredentialState(**state)])
    assert (await held.current()).token == "a"
