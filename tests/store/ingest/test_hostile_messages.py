"""One bad message, and a good one behind it: the good one is stored, the bad one set aside with its
reason, its visit ends as given up. (Rows Q1 to Q7 and A1 of the hostile cases.)
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import reduce
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zstandard
from redis import Redis

from bus import keys
from bus.dead import DeadLetter, read_dead_letters
from bus.harvest import HarvestOut
from model.backoff import Backoff
from model.messages import HarvestPage, encode
from store.database import COLLECTIONS, Store
from store.ingest import entities
from store.ingest.loop import LoopTiming, run
from store.ingest.merging import merge_answers
from store.ingest.raw import DamagedAnswer, answer
from store.ingest.transaction import Written
from store.ingest.writer import Conflict, Writer
from store.replay.run import Replay, Scope
from tests.operations.mappers import RIGHT, VERSIONS
from tests.store.harvest import MAY, Message, account, closed, day, page, post, visit
from tests.store.ingest.test_fuzz import writing
from tests.store.mongod import Mongod
from tests.waiting import LIMIT, wait_until

QUICK = LoopTiming(count=20, block=0.01, backoff=Backoff(first=0.01, most=0.02))
BAD, GOOD = visit(day(10), account_id="bad"), visit(day(10), account_id="good")


def bad_page(**more: Any) -> HarvestPage:
    items = [post("bad_1", day(10), day(9), account="bad", likes=1)]
    shown = [account(day(10), account_id="bad", followers=1)]
    message, _ = page(BAD, day(10), posts=items, accounts=shown, **more)
    assert isinstance(message, HarvestPage)
    return message


def good_messages() -> list[Message]:
    items = [post("good_1", day(10), day(9), account="good", likes=1)]
    return [page(GOOD, day(10), posts=items), closed(GOOD, day(10), seen=["good_1"])]


def send(redis: Redis, message: Message | bytes) -> None:
    data, raw = (message, None) if isinstance(message, bytes) else (encode(message[0]), message[1])
    redis.xadd(keys.HARVEST, {"m": data} | ({} if raw is None else {"raw": raw}))  # type: ignore[arg-type]


def written(redis: Redis, writer: Writer) -> list[DeadLetter]:
    """Runs the loop until the harvest is empty; gives the dead letters."""
    harvest, stop = HarvestOut(redis, "writer-1", idle_ms=0), threading.Event()
    for message in good_messages():
        send(redis, message)
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(run, harvest, writer, stop, QUICK)
        try:
            wait_until(lambda: running.done() or not harvest.waiting(), "all was taken")
        finally:
            stop.set()
    running.result()
    return read_dead_letters(redis)


def outcome(db: Store, of: str) -> Any:
    found = db["visits"].find_one({"_id": of})
    return None if found is None else (found["outcome"], found["complete"])


def page_json(before: bytes, after: bytes) -> bytes:
    data = encode(bad_page(gone=["8"]))
    assert before in data
    return data.replace(before, after)


def end_json(before: bytes, after: bytes) -> bytes:
    message, _ = closed(BAD, day(10), seen=["1"], detail="said", retry_at=day(11))
    data = encode(message)
    assert before in data
    return data.replace(before, after)


def _observed(before: bytes, after: bytes) -> Callable[[], bytes]:
    named = b'"observed_at":"%s","counts"'
    return lambda: page_json(named % before, named % after)


def _and_visit(of: str) -> bytes:
    """A page that was had for one more visit."""
    more = f'"visits":["facebook:bad:timeline:{of}",'.encode()
    return page_json(b'"visits":[', more)


AT = b"2025-05-10T00:00:00Z"
HOSTILE: dict[str, Callable[[], bytes]] = {
    "observed near year 1": _observed(AT, b"0001-01-01T00:00:00+14:00"),
    "observed near 9999": _observed(AT, b"9999-12-31T23:59:59-14:00"),
    "published in year 1": lambda: page_json(b'"published_at":"2025', b'"published_at":"0001'),
    "slot of 9999": lambda: page_json(b'"slot":"2025', b'"slot":"9999'),
    "closed in 9999": lambda: end_json(
        b'"observed_at":"' + AT, b'"observed_at":"9999-12-31T23:59:59-14:00'
    ),
    "retry near 9999": lambda: end_json(b'"retry_at":"2025', b'"retry_at":"9999'),
    "account of 20 MB": lambda: page_json(b'"id":"bad"', b'"id":"' + b"x" * 20_000_000 + b'"'),
    "detail of 17 MB": lambda: end_json(b'"said"', b'"' + b"x" * 17_000_000 + b'"'),
    "a detail that fits the message": lambda: end_json(b'"said"', b'"' + b"x" * 5_000_000 + b'"'),
    "a million seen": lambda: end_json(
        b'["1"]', b"[" + b",".join(b'"%d"' % n for n in range(1_000_000)) + b"]"
    ),
    "150,000 posts": lambda: page_json(b'"gone":["8"]', b'"gone":[' + b'"8",' * 150_000 + b'"8"]'),
    "calls below none": lambda: end_json(b'"calls":1', b'"calls":-5'),
    "backward window": lambda: end_json(b'"end":"2025', b'"end":"2024'),
    "negative counts": lambda: page_json(b'"value":1', b'"value":-1'),
    "beyond 64 bits": lambda: page_json(b'"value":1', b'"value":18446744073709551616'),
    "a size that is none": lambda: page_json(b'"size":', b'"size":-'),
    "no zone": lambda: page_json(b'"slot":"' + AT, b'"slot":"2025-05-10T00:00:00'),
    "posts of another platform": lambda: page_json(
        b'"platform":"facebook","id":"bad_1"', b'"platform":"youtube","id":"bad_1"'
    ),
    "an account of another platform": lambda: page_json(
        b'"platform":"facebook","id":"bad"', b'"platform":"x","id":"bad"'
    ),
    "the same key twice": lambda: page_json(b'"gone":["8"]', b'"gone":["8"],"slot":5'),
    "a visit of no day": lambda: _and_visit("99999999T999999:-"),
    "a visit of the year 1": lambda: _and_visit("00010101T000000:-"),
    "a window of no day": lambda: _and_visit("20250510T000000:20250231T000000-20250501T000000"),
    "a visit's backward window": lambda: _and_visit(
        "20250510T000000:20250531T000000-20250501T000000"
    ),
    "of the future": lambda: page_json(b'"page/1"', b'"page/2"'),
}
NO_VISIT = frozenset({"backward window"})
"""Where the visit itself cannot be told."""


@pytest.mark.parametrize("name", HOSTILE)
def test_a_bad_message_is_set_aside_and_its_visit_never_ok(
    redis: Redis, db: Store, name: str
) -> None:
    send(redis, HOSTILE[name]())
    (letter,) = written(redis, Writer(db))
    assert "not a harvest message of schema 1" in letter.reason
    assert db["posts"].find_one({"_id": "facebook:good_1"}) is not None
    assert outcome(db, GOOD.id) == ("ok", True)
    assert outcome(db, BAD.id) == (None if name in NO_VISIT else ("gave_up", False))


@pytest.mark.parametrize("late", [False, True])
def test_an_end_said_to_be_ok_is_none_where_a_page_was_lost(
    redis: Redis, db: Store, late: bool
) -> None:
    """Whichever of two writers comes first."""
    end = closed(BAD, day(10.01), seen=["bad_1"])
    spoilt = page_json(b'"value":1', b'"value":-1')
    for message in (end, spoilt) if late else (spoilt, end):
        send(redis, message)
    written(redis, Writer(db))
    found = db["visits"].find_one({"_id": BAD.id})
    assert found is not None
    assert (found["outcome"], found["complete"], found["attempts"][-1]["complete"]) == (
        "gave_up",
        False,
        False,
    )
    assert "a page was set aside" in found["detail"]
    Writer(db).write([closed(visit(day(10), account_id="bad", attempt=1), day(11), seen=["bad_1"])])
    assert outcome(db, BAD.id) == ("ok", True), "the next attempt lost nothing"
    Writer(db).write([end])
    again = db["visits"].find_one({"_id": BAD.id})
    assert again is not None
    assert len(again["attempts"]) == 3


def test_a_large_page_is_split_over_transactions(
    redis: Redis, db: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = [post(f"bad_{n}", day(10), day(9), account="bad", likes=n) for n in range(4500)]
    transactions: list[int] = []
    within = Writer._in_transaction

    def counted(self: Writer, folded: Any) -> Written:
        transactions.append(len(folded.posts))
        return within(self, folded)

    monkeypatch.setattr(Writer, "_in_transaction", counted)
    send(redis, page(BAD, day(10), posts=items))
    assert written(redis, Writer(db)) == []
    assert db["posts"].count_documents({"account": "facebook:bad"}) == 4500
    assert max(transactions) <= 2001
    assert db["raw"].count_documents({}) == 2


@pytest.mark.parametrize("error", [KeyError("x"), ValueError("x"), MemoryError(), RecursionError()])
def test_whatever_else_goes_wrong_with_one_message_isolates_it(
    redis: Redis, db: Store, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    document = entities.post_document

    def failing(key: str, *rest: Any) -> Any:
        if key == "facebook:bad_1":
            raise error
        return document(key, *rest)

    monkeypatch.setattr(entities, "post_document", failing)
    send(redis, (bad_page(), None))
    (letter,) = written(redis, Writer(db))
    assert type(error).__name__ in letter.reason
    assert outcome(db, GOOD.id) == ("ok", True)
    assert outcome(db, BAD.id) == ("gave_up", False)


@pytest.fixture
def failing(db: Store) -> Iterator[Store]:
    yield db
    db.client.admin.command({"configureFailPoint": "failCommand", "mode": "off"})


def test_an_unknown_error_of_the_server_isolates_too(redis: Redis, failing: Store) -> None:
    """The server refuses one insert and takes other writes: it is the message."""
    how = {"failCommands": ["insert"], "errorCode": 2}
    failing.client.admin.command(
        {"configureFailPoint": "failCommand", "mode": {"times": 4}, "data": how}
    )
    send(redis, (bad_page(), None))
    letters = written(redis, Writer(failing))
    assert 1 <= len(letters) < 4
    assert all("OperationFailure" in letter.reason for letter in letters)


def test_the_probe_leaves_nothing_behind(db: Store) -> None:
    Writer(db)._probe()
    assert all(db[name].count_documents({}) == 0 for name in COLLECTIONS)


def test_a_full_disk_is_waited_for(redis: Redis, failing: Store) -> None:
    how = {"failCommands": ["insert", "update"], "errorCode": 14031}
    failing.client.admin.command(
        {"configureFailPoint": "failCommand", "mode": {"times": 6}, "data": how}
    )
    assert written(redis, Writer(failing)) == []
    assert outcome(failing, GOOD.id) == ("ok", True)


def test_a_transaction_that_is_always_aborted_is_not_tried_for_ever(
    redis: Redis, db: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    within = Writer._in_transaction

    def aborted(self: Writer, folded: Any) -> Written:
        if "facebook:bad_1" in folded.posts:
            raise Conflict("Transaction 1 has been aborted")
        return within(self, folded)

    monkeypatch.setattr(Writer, "_in_transaction", aborted)
    send(redis, (bad_page(), None))
    (letter,) = written(redis, Writer(db, patience=timedelta(milliseconds=5)))
    assert "has been aborted" in letter.reason
    assert outcome(db, GOOD.id) == ("ok", True)


# --- raw answers


def raw_page(body: bytes, *, observed: float = 10, **raw: Any) -> HarvestPage:
    message = bad_page(body=body)
    changed = msgspec.structs.replace(message.raw, observed_at=day(observed), **raw)
    return msgspec.structs.replace(message, raw=changed)


BOMB = zstandard.compress(bytes(300_000_000))


@pytest.mark.parametrize(
    ("message", "raw"),
    [
        pytest.param(raw_page(b"real", observed=9), zstandard.compress(b"forged"), id="forged"),
        pytest.param(raw_page(b"real", size=2), BOMB, id="a bomb"),
        pytest.param(raw_page(b"real", size=3), zstandard.compress(b"real"), id="another size"),
        pytest.param(raw_page(b"real"), b"real", id="no zstd"),
        pytest.param(raw_page(b"real"), zstandard.compress(b"real")[:-1], id="cut off"),
    ],
)
def test_a_body_that_is_not_the_one_named_is_refused(
    redis: Redis, db: Store, message: HarvestPage, raw: bytes
) -> None:
    stored = raw_page(b"real")
    Writer(db).write([(stored, zstandard.compress(b"real"))])
    send(redis, (message, raw))
    (letter,) = written(redis, Writer(db))
    assert f"raw answer {stored.raw.sha256}" in letter.reason
    assert answer(db, stored.raw.sha256) == b"real"


def test_the_stored_body_stays_whatever_comes_under_its_name(db: Store) -> None:
    first, second = zstandard.compress(b"real" * 99, 1), zstandard.compress(b"real" * 99, 19)
    Writer(db).write([(raw_page(b"real" * 99), first)])
    Writer(db).write([(raw_page(b"real" * 99, observed=9), second)])
    (stored,) = db["raw"].find()
    assert (stored["body"], stored["observed_at"]) == (first, day(9))


def test_a_frame_may_leave_its_size_out(db: Store) -> None:
    compressor = zstandard.ZstdCompressor(write_content_size=False)
    Writer(db).write([(raw_page(b"real"), compressor.compress(b"real"))])
    assert answer(db, raw_page(b"real").raw.sha256) == b"real"


@pytest.mark.parametrize("change", [{"body": BOMB}, {"body": b"x"}, {"size": 3}, {"size": 2**40}])
def test_what_was_damaged_in_the_archive_is_said_and_bounded(
    db: Store, change: dict[str, Any]
) -> None:
    message = raw_page(b"real")
    Writer(db).write([(message, zstandard.compress(b"real"))])
    db["raw"].update_one({}, {"$set": change})
    with pytest.raises(DamagedAnswer, match=message.raw.sha256):
        answer(db, message.raw.sha256)
    (batch,) = Replay(db, RIGHT, VERSIONS).compared(Scope(day(1, 1)))
    assert message.raw.sha256 in batch.unmapped[0][1]


@pytest.mark.parametrize(
    "visit_id",
    [
        "nonsense",
        "facebook:bad:timeline:20250510T000000:99999999T999999-99999999T999999",
        "facebook:bad:timeline:20250510T000000:20250531T000000-20250501T000000",
    ],
)
def test_replay_survives_visits_that_have_no_ids(db: Store, visit_id: str) -> None:
    """Stored before there were bounds."""
    body = b'{"account": null, "posts": []}'
    message = raw_page(body)
    Writer(db).write([(message, zstandard.compress(body))])
    db["raw"].update_one({}, {"$push": {"pages.0.visits": visit_id}})
    (batch,) = Replay(db, RIGHT, VERSIONS).compared(Scope(day(1, 1)))
    assert f"'{visit_id}' is no visit's id" in batch.unmapped[0][1]


# --- the start


def test_a_writer_that_finds_no_mongod_says_so_and_takes_nothing(
    redis: Redis, redis_uri: str, tmp_path: Path
) -> None:
    """`cityreach up` starts it again and again; alone, its user learns it at once."""
    server = Mongod(tmp_path / "mongod")
    server.start()
    server.stop()
    for message in good_messages():
        send(redis, message)
    waiting = redis.xlen(keys.HARVEST)
    log = tmp_path / "write.log"
    try:
        with writing(redis_uri, server.uri, "late", tmp_path) as process:
            assert process.wait(LIMIT) == 1
        assert "MongoDB" in log.read_text()
        assert "Traceback" not in log.read_text()
        assert redis.xlen(keys.HARVEST) == waiting
        server.start()
        with writing(redis_uri, server.uri, "late", tmp_path) as process:
            wait_until(lambda: redis.xlen(keys.HARVEST) == 0, "all is stored", process)
        assert "Traceback" not in log.read_text()
    finally:
        server.stop()


def test_an_answer_that_comes_again_and_again_keeps_its_newest_uses() -> None:
    """An answer without posts is alike for all accounts, at every visit."""
    uses = [
        {"slot": at, "observed_at": at, "visits": [f"{number}", "b", "c"]}
        for number in range(6000)
        for at in [MAY.start + timedelta(seconds=number)]
    ]
    told = {"_id": "sha", "observed_at": MAY.start, "size": 1, "body": b"x", "platform": "x"}
    told |= {"endpoint": "timeline", "url": "u", "status": 200}
    parts = [{**told, "pages": uses[start : start + 500]} for start in range(0, 6000, 500)]
    merged = [reduce(merge_answers, order) for order in (parts, parts[::-1], parts[6:] + parts[:6])]
    assert merged[0]["pages"] == uses[-2500:]
    assert merged[0] == merged[1] == merged[2]
