from __future__ import annotations

import msgspec

from model.account import Account, AccountClass
from store.accounts import Imported, Moved, accounts, accounts_to_come, put_accounts
from store.database import Store
from store.ingest.writer import Writer
from tests.store.harvest import account, day, page, visit

FIRST = Account(platform="facebook", id="1001", handle="visit_somewhere", city="somewhere")
SECOND = Account(
    platform="x",
    id="7",
    handle="Somewhere",
    city="somewhere",
    name="Somewhere",
    account_class=AccountClass.TOURISM,
    primary=False,
    verified_at=day(3),
    source="a public list",
    note="second account",
)


def test_accounts_come_back_as_they_went_in(db: Store) -> None:
    assert put_accounts(db, [SECOND, FIRST]) == Imported(added=2, changed=0, unchanged=0)
    assert accounts(db) == [FIRST, SECOND]
    assert accounts(db, "x") == [SECOND]
    assert put_accounts(db, []) == Imported(0, 0, 0)


def test_an_import_says_what_it_changed(db: Store) -> None:
    put_accounts(db, [FIRST, SECOND])
    renamed = Account(platform="facebook", id="1001", handle="new_name", city="somewhere")
    assert put_accounts(db, [renamed, SECOND]) == Imported(added=0, changed=1, unchanged=1)
    assert accounts(db) == [renamed, SECOND]


def test_a_handle_whose_id_becomes_known_is_one_account(db: Store) -> None:
    unverified = Account(platform="x", id="", handle="Somewhere", city="somewhere")
    put_accounts(db, [unverified])
    assert [one.key for one in accounts(db)] == ["x:@somewhere"]
    put_accounts(db, [SECOND])
    assert [one.key for one in accounts(db)] == ["x:7"]


def test_importing_the_first_list_again_changes_nothing(db: Store) -> None:
    """Lists by handle alone, then with ids, then the first again: the same accounts."""
    lists = [
        [
            Account(platform=platform, id=id_, handle=handle, city="nanjing", note=note)
            for platform, handle, id_ in (
                ("facebook", "Visit.Nanjing", f"{1000 * with_ids or ''}"),
                ("x", "VisitNanjing", f"{2000 * with_ids or ''}"),
            )
        ]
        for with_ids, note in ((0, ""), (1, "verified"), (0, ""))
    ]
    assert put_accounts(db, lists[0]) == Imported(added=2, changed=0, unchanged=0)
    put_accounts(db, lists[1])
    assert accounts(db) == lists[1]
    assert put_accounts(db, lists[2]) == Imported(added=0, changed=0, unchanged=2)
    spelt = Account(platform="facebook", id="", handle="visitnanjing", city="nanjing")
    assert put_accounts(db, [spelt]).added == 0
    assert len(accounts(db)) == 2


def test_what_is_observed_and_what_is_registered_stay_apart(db: Store) -> None:
    writer = Writer(db)

    def seen(number: int) -> None:
        shown = account(day(number), handle="as_observed", followers=9)
        other = account(day(number), account_id="4711", followers=1)
        writer.write([page(visit(day(number)), day(number), accounts=[shown, other])])

    seen(9)
    put_accounts(db, [FIRST])
    seen(10)
    assert accounts(db) == [FIRST], "an account merely observed is not watched"
    (stored,) = db["accounts"].find({"_id": FIRST.key})
    assert stored["observed"]["handle"] == "as_observed"
    assert stored["observed"]["latest"]["counts"] == {"followers": 9}
    assert put_accounts(db, [FIRST]) == Imported(added=0, changed=0, unchanged=1)


def test_an_account_that_goes_to_another_city_is_told(db: Store) -> None:
    """By its id, by its handle alone, and when its id becomes known together with its city."""
    by_handle = Account(platform="x", id="", handle="Quay", city="nanjing")
    put_accounts(db, [FIRST, by_handle])
    elsewhere = [msgspec.structs.replace(one, city="wuhan") for one in (FIRST, by_handle)]
    told = (Moved(FIRST.key, FIRST.city, "wuhan"), Moved("x:@quay", "nanjing", "wuhan"))
    assert accounts_to_come(db, elsewhere).moved == told
    assert put_accounts(db, elsewhere).moved == told
    assert put_accounts(db, elsewhere).moved == ()
    known = msgspec.structs.replace(by_handle, id="77", city="suzhou")
    assert put_accounts(db, [known]).moved == (Moved("x:77", "wuhan", "suzhou"),)
