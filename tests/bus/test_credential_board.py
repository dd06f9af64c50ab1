"""How credentials stand, as crawlers note it and others read it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from redis import Redis

from bus.connection import connect_async
from bus.credentials import CredentialBoard, CredentialState, states_of
from bus.dispatch import Dispatcher
from bus.harvest import HarvestOut
from bus.lease import VisitLeases
from model.messages import Outcome, VisitClosed
from tests.bus.test_visits import SLOT, visit

NOW = datetime(2025, 5, 3, 5, tzinfo=UTC)
LATER = NOW + timedelta(minutes=15)
RESTS = CredentialState(label="b1", state="resting", at=NOW, until=LATER, outcome="rate_limited")
LIVES = CredentialState(label="a1", state="live", at=NOW)


async def test_the_newest_note_of_each_credential_stays(redis: Redis, redis_uri: str) -> None:
    client = connect_async(redis_uri)
    board = CredentialBoard(client, "x")
    for state in (LIVES, CredentialState(label="b1", state="live", at=NOW), RESTS):
        await board.note(state)
    assert await board.noted() == {"a1": LIVES, "b1": RESTS}
    await client.aclose()
    assert states_of(redis, "x") == [LIVES, RESTS]
    assert states_of(redis, "tiktok") == []


def test_a_rest_ends() -> None:
    assert RESTS.rests(NOW)
    assert not RESTS.rests(LATER)
    assert not LIVES.rests(NOW)
    assert CredentialState(label="c", state="dead", at=NOW).rests(LATER)


async def test_a_visit_is_on_its_way_until_it_is_written(redis: Redis, redis_uri: str) -> None:
    dispatcher, one, other = Dispatcher(redis), visit(1), visit(2)
    assert dispatcher.queued([one]) == set()
    dispatcher.dispatch([one])
    assert dispatcher.queued([one, other]) == {one.id}
    assert dispatcher.queued([visit(1, attempt=1)]) == set()
    client = connect_async(redis_uri)
    leases = VisitLeases(client, "x", "one", lease_ms=60_000)
    await leases.open()
    (lease,) = await leases.take(1, 10)
    assert dispatcher.queued([one]) == {one.id}
    await leases.finish(lease, VisitClosed(visit=one, outcome=Outcome.OK, observed_at=SLOT))
    await client.aclose()
    assert dispatcher.queued([one]) == {one.id}
    out = HarvestOut(redis, "writer")
    out.ack(out.read(10, 10))
    assert dispatcher.queued([one]) == set()
