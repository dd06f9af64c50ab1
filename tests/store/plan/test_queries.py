from __future__ import annotations

from datetime import timedelta

from model.account import Account
from model.items import PostType
from model.messages import Outcome, Window
from model.visit import VisitState
from store import accounts
from store.database import Store
from store.ingest.writer import Writer
from store.plan.queries import StoreQueries
from tests.store.harvest import KEY, MAY, closed, day, page, post, visit


def test_only_accounts_with_an_id_are_due(db: Store) -> None:
    known = Account(platform="x", id="1", handle="a", city="somewhere")
    accounts.put_accounts(db, [known, Account(platform="x", id="", handle="b", city="somewhere")])
    assert StoreQueries(db).accounts() == [known]


def test_how_visits_ended(db: Store) -> None:
    failed, done, never = visit(day(3)), visit(day(4)), visit(day(5))
    later = visit(day(3), attempt=1)
    Writer(db).write(
        [
            closed(failed, day(3), Outcome.SERVER_ERROR),
            closed(later, day(3.1), Outcome.RATE_LIMITED, retry_at=day(3.5)),
            closed(done, day(4), Outcome.OK),
        ]
    )
    assert StoreQueries(db).visit_states([failed.id, done.id, never.id]) == {
        failed.id: VisitState(False, 2, Outcome.RATE_LIMITED, day(3.1), day(3.5)),
        done.id: VisitState(True, 1, Outcome.OK, day(4)),
    }


def test_posts_of_an_account_in_a_window(db: Store) -> None:
    published = {"b": day(5), "a": day(3), "c": day(7)}
    items = [post(name, day(9), at, likes=1) for name, at in published.items()]
    items.append(post("d", day(9), day(5), account="2002", likes=1))
    items.append(post("e", day(9), None, likes=1))
    items.append(post("f", day(9), day(4), kind=PostType.REPOST, likes=1))
    Writer(db).write([page(visit(day(9)), day(9), posts=items)])
    assert StoreQueries(db).posts_published(KEY, Window(day(3), day(7))) == ["a", "b"]


def test_posts_that_were_missed_once(db: Store) -> None:
    writer, queries = Writer(db), StoreQueries(db)
    items = [post(name, day(9), day(5), likes=1) for name in ("a", "b")]
    writer.write([page(visit(day(9)), day(9), posts=items)])
    assert queries.absent_unconfirmed(MAY) == set()
    writer.write([closed(visit(day(12)), day(12), seen=["b"])])
    assert queries.absent_unconfirmed(MAY) == {KEY}
    whole = Window(MAY.start, MAY.end)
    assert queries.posts_published(KEY, whole) == ["b"]
    # Whoever reads known posts by their ids looks for it a second time.
    assert queries.posts_published(KEY, whole, missed=True) == ["a", "b"]
    assert queries.absent_unconfirmed(MAY.following()) == set()
    confirm = visit(day(12) + timedelta(days=1))
    writer.write([closed(confirm, confirm.slot, seen=["b"])])
    assert queries.absent_unconfirmed(MAY) == set()
    assert queries.posts_published(KEY, whole, missed=True) == ["b"]
