"""What is stored depends on what was said, not on the order or the number of times it was said."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import timedelta
from itertools import islice

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.count import Count
from model.items import PostType
from model.messages import Outcome, VisitKind, Window
from store.database import Store
from store.ingest.writer import Writer
from store.month.kept import verify_month
from tests.store.dump import clear, dump
from tests.store.harvest import MAY, Message, account, closed, counts, day, page, post, visit


def _history() -> list[Message]:
    """A month of one account with everything that goes wrong in one."""
    messages: list[Message] = []
    early, late = visit(day(4)), visit(day(11))
    cutoff, confirm = visit(MAY.cutoff), visit(MAY.cutoff + timedelta(days=1))
    shown = [post(str(n), day(4), day(2), likes=n, comments=None) for n in range(1, 5)]
    messages += [
        page(early, day(4), posts=shown[:2], accounts=[account(day(4), followers=10)]),
        page(early, day(4.01), posts=shown[2:]),
        closed(early, day(4.01), seen=["1", "2", "3", "4"]),
    ]
    # A counter falls, one becomes hidden, a fact is told no more; 3 and 4 are missing.
    second = [
        post("1", day(11), day(2), likes=0, comments=4),
        post("2", day(11), day(2), kind=None, text=None, likes=None),
    ]
    messages += [
        page(late, day(11), posts=second, accounts=[account(day(11), handle="new", followers=7)]),
        closed(late, day(11), seen=["1", "2"]),
    ]
    # One visit failed, and was completed hours later; its first page had been written before.
    failed = visit(day(20))
    retried = visit(day(20), attempt=1)
    messages += [
        page(failed, day(20), posts=[post("1", day(20), day(2), likes=8)]),
        closed(failed, day(20), Outcome.TIMEOUT, retry_at=day(20.3)),
        page(retried, day(20.3), posts=[post("1", day(20.3), day(2), likes=9)]),
        page(retried, day(20.1), posts=[post("5", day(20.1), None, kind=None, likes=1)]),
    ]
    # At the cut-off 3 is there again, 4 is not; 5 has its time and views from two calls.
    at = MAY.cutoff + timedelta(minutes=9)
    messages += [
        page(cutoff, at, posts=[post("1", at, day(2), likes=11), post("3", at, day(2), likes=3)]),
        page(cutoff, at, posts=[post("5", at, day(19), kind=PostType.VIDEO, likes=2)]),
        page(
            cutoff,
            at + timedelta(minutes=1),
            posts=[post("5", at, counters={**counts(views=70), "likes": Count.not_read()})],
            gone=["2"],
        ),
        closed(cutoff, at, seen=["1", "3", "5"]),
    ]
    # Afterwards: 2 is seen again, 4 is missed a second time; later readings are not the month's.
    then = confirm.slot
    messages += [
        page(confirm, then, posts=[post("2", then, day(2), likes=99)]),
        closed(confirm, then, seen=["1", "2", "3", "5"]),
        closed(visit(day(11), VisitKind.PROFILE), day(11), Outcome.OK),
        page(
            visit(day(25), window=Window(day(18), day(25))),
            day(25.5),
            posts=[post("5", day(25.5), day(19), likes=1, views=60)],
        ),
    ]
    return messages


HISTORY = _history()


def _write(db: Store, messages: Sequence[Message], sizes: Sequence[int]) -> None:
    writer, rest = Writer(db), iter(messages)
    for size in sizes:
        if piece := list(islice(rest, size)):
            writer.write(piece)
    writer.write(list(rest))


@settings(
    max_examples=settings().max_examples * 2 // 5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    order=st.permutations(range(len(HISTORY))),
    again=st.lists(st.integers(0, len(HISTORY) - 1), max_size=6),
    sizes=st.lists(st.integers(1, 8), max_size=8),
)
def test_neither_order_nor_repetition_nor_batches_matter(
    db: Store, order: list[int], again: list[int], sizes: list[int]
) -> None:
    clear(db)
    _write(db, HISTORY, [])
    expected = dump(db)
    clear(db)
    _write(db, [HISTORY[number] for number in (*order, *again)], sizes)
    assert dump(db) == expected
    assert verify_month(db, MAY) == []


def test_what_the_history_comes_to(db: Store) -> None:
    _write(db, HISTORY, [])
    month = {found["_id"].rpartition(":")[2]: found for found in db["month_posts"].find()}
    assert {key: found.get("absent") for key, found in month.items()} == {
        "1": None,
        "2": None,
        "3": None,
        "4": True,
        "5": None,
    }
    assert month["1"]["counts"] == {"likes": 11}
    assert month["2"]["missing"] == {"likes": "hidden"}
    assert month["3"]["counts"] == {"likes": 3}
    assert (month["5"]["counts"], month["5"]["type"]) == ({"likes": 2, "views": 70}, "video")
    gone = db["posts"].find_one({"_id": "facebook:4"})
    assert gone is not None
    assert (gone["absent_since"], gone["gone_at"]) == (day(11), MAY.cutoff + timedelta(minutes=9))


def test_several_writers_at_once_leave_the_same(db: Store) -> None:
    _write(db, HISTORY, [])
    expected = dump(db)
    for turn in range(4):
        clear(db)
        # On a busy machine another's transaction stands in the way longer than a writer waits.
        writers = [Writer(db, patience=timedelta(minutes=1)) for _ in range(3)]
        pieces = [[*HISTORY[turn:], *HISTORY[:turn]], HISTORY[::-1], HISTORY[::2]]

        def write(writer: Writer, messages: Sequence[Message]) -> None:
            for message in messages:
                writer.write([message])

        work = [
            threading.Thread(target=write, args=pair) for pair in zip(writers, pieces, strict=True)
        ]
        for thread in work:
            thread.start()
        for thread in work:
            thread.join()
        assert dump(db) == expected
