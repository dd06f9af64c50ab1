"""What verification leaves with accounts: absences a day apart, handles of before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from model.account import Account
from store.accounts import accounts, put_accounts
from store.database import ACCOUNTS, Store
from store.plan.account_status import AccountAbsence, add_former_handles, mark_absent, mark_present

AT = datetime(2025, 6, 3, 12, tzinfo=UTC)
DAY = timedelta(days=1)
KNOWN = Account(platform="x", id="12", handle="OldName", city="beijing")
NAMED = Account(platform="x", id="", handle="Other", city="beijing")


def test_absent_twice_a_day_apart_is_gone(db: Store) -> None:
    put_accounts(db, [KNOWN, NAMED])
    keys = [KNOWN.key, NAMED.key]
    assert mark_absent(db, keys, AT) == dict.fromkeys(keys, AccountAbsence(AT, None))
    early = AT + DAY - timedelta(seconds=1)
    assert mark_absent(db, keys, early) == dict.fromkeys(keys, AccountAbsence(AT, None))
    assert mark_absent(db, keys, AT + DAY) == dict.fromkeys(keys, AccountAbsence(AT, AT + DAY))
    # Once confirmed, the instant stays.
    assert mark_absent(db, keys, AT + 3 * DAY) == dict.fromkeys(keys, AccountAbsence(AT, AT + DAY))
    assert accounts(db) == [KNOWN, NAMED]


def test_being_found_ends_an_absence(db: Store) -> None:
    put_accounts(db, [KNOWN, NAMED])
    mark_absent(db, [KNOWN.key], AT)
    assert mark_present(db, [KNOWN.key, NAMED.key]) == 1
    assert mark_present(db, [KNOWN.key, NAMED.key]) == 0
    later = AT + 2 * DAY
    assert mark_absent(db, [KNOWN.key], later) == {KNOWN.key: AccountAbsence(later, None)}


def test_nobody_is_made_up(db: Store) -> None:
    assert mark_absent(db, ["x:77"], AT) == {}
    assert mark_present(db, ["x:77"]) == 0
    add_former_handles(db, {"x:77": "name"}, AT)
    add_former_handles(db, {}, AT)
    assert db[ACCOUNTS].count_documents({}) == 0


def test_former_handles_are_kept_in_order(db: Store) -> None:
    put_accounts(db, [KNOWN])
    add_former_handles(db, {KNOWN.key: "First"}, AT)
    add_former_handles(db, {KNOWN.key: "Second"}, AT + DAY)
    stored = db[ACCOUNTS].find_one({"_id": KNOWN.key})
    assert stored is not None
    assert stored["former_handles"] == [
        {"handle": "First", "until": AT},
        {"handle": "Second", "until": AT + DAY},
    ]
