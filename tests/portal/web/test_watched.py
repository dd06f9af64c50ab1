"""Accounts and ratings changed in the portal: checked first, whole or not at all, and noted."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from httpx import Client, Response

from portal.exports.tables import TABLES
from portal.figures.series import daily_series
from portal.users.audit import changes
from store.accounts import accounts, put_accounts
from store.database import ACCOUNTS
from store.plan.platform_pauses import platform_pauses
from store.records import INDICATORS, RATINGS
from tests.portal.web.readers import Readers
from tests.portal.web.seeded import APRIL, MINE, NOW, OTHER, account_key

Send = Callable[..., Response]


@pytest.fixture
def send(readers: Readers) -> Iterator[Send]:
    """Posts a form as the admin."""
    client: Client = readers.of("admin")

    def sent(path: str, file: bytes | None = None, **fields: str) -> Response:
        data = {"form_token": readers.form_token(client), **fields}
        files = None if file is None else {"file": ("sheet", file)}
        return client.post(path, data=data, files=files)

    yield sent
    readers.portal.db[ACCOUNTS].update_many({}, {"$unset": {"pauses": ""}})
    for name in (RATINGS, INDICATORS):
        readers.portal.db[name].delete_many({})


def test_an_account_is_checked_before_it_is_watched(readers: Readers, send: Send) -> None:
    stored = readers.portal.db[ACCOUNTS]
    before = stored.count_documents({})
    given = {"city": MINE, "platform": "x", "address": "https://x.com/Shanghai_Visits"}
    checked = send("/accounts/add", **given)
    assert checked.status_code == 200
    assert "id 4242" in checked.text
    assert stored.count_documents({}) == before
    taken = send("/accounts/add", **given, take="yes")
    assert (taken.status_code, taken.headers["location"]) == (303, "/accounts/x:4242")
    assert send("/accounts/add", **given).status_code == 422
    stored.delete_one({"_id": "x:@shanghai_visits"})


@pytest.mark.parametrize(
    ("handle", "told", "may"),
    [
        ("@somebody", "12.35K", True),
        ("@nobody", "X knows no such account", False),
        ("@taken", "watched already or is somebody else", False),
        ("@unasked", "could not be asked, so nobody knows yet", True),
        ("@hidden", "does not tell its id", True),
    ],
)
def test_the_platform_is_asked(send: Send, handle: str, told: str, may: bool) -> None:
    """What it says stands on the page; whom it does not know cannot be watched by a click."""
    answer = send("/accounts/add", city=MINE, platform="x", address=handle)
    assert answer.status_code == 200
    assert told in answer.text
    assert ('name="take" value="yes"' in answer.text.split("<h2>")[0]) == may
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize(
    ("field", "value"),
    [("city", "atlantis"), ("platform", "orkut"), ("address", "https://example.com/a/b")],
)
def test_what_is_wrong_is_named(send: Send, field: str, value: str) -> None:
    given = {"city": MINE, "platform": "x", "address": "@somebody", field: value}
    answer = send("/accounts/add", **given)
    assert answer.status_code == 422
    assert field in answer.text


def test_an_account_rests_and_is_visited_again(readers: Readers, send: Send) -> None:
    key = account_key(MINE)
    assert send("/accounts/pause", account=key, kind="rested").status_code == 422
    assert send("/accounts/pause", account=key, kind="rested", reason="<i>").status_code == 303
    client = readers.of("admin")
    for page in ("/accounts", f"/accounts/{key}"):
        assert "rested" in client.get(page).text
        assert "<i>" not in client.get(page).text
    assert send("/accounts/pause", account=key, kind="resumed").status_code == 303
    assert send("/accounts/pause", account=key, kind="resumed").status_code == 422
    assert send("/accounts/pause", account="x:1", kind="removed", reason="r").status_code == 422
    noted = readers.portal.db.audit.distinct("what")
    assert {"accounts.rested", "accounts.resumed"} <= set(noted)


def test_a_platform_is_stopped_and_goes_on(readers: Readers, send: Send) -> None:
    """By an admin, with a reason, all or nothing; the log of changes says who and why."""
    path, db = "/team/platforms", readers.portal.db
    for wrong in (
        {"platform": "orkut", "kind": "paused", "reason": "r"},
        {"platform": "x", "kind": "gone", "reason": "r"},
        {"platform": "x", "kind": "paused", "reason": " "},
        {"platform": "x", "kind": "resumed"},
    ):
        assert send(path, **wrong).status_code == 422
    assert platform_pauses(db) == []
    assert send(path, platform="x", kind="paused", reason="they asked us").status_code == 303
    (stopped,) = platform_pauses(db)
    resting = {one.platform for one in accounts(db) if not one.is_visited(NOW)}
    assert (stopped.reason, stopped.by, resting) == ("they asked us", "admin", {"x"})
    assert send(path, platform="x", kind="paused", reason="again").status_code == 422
    assert send(path, platform="x", kind="resumed").status_code == 303
    assert all(one.is_visited(NOW) for one in accounts(db))
    told = [(one["what"], one["subject"], one["detail"]) for one in changes(db)[:2]]
    assert told == [
        ("platform.resumed", "x", {"reason": "", "accounts": stopped.accounts}),
        ("platform.paused", "x", {"reason": "they asked us", "accounts": stopped.accounts}),
    ]


def _bomb() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 80_000_000)
    return made.getvalue()


def _entities() -> bytes:
    made = io.BytesIO()
    lines = [b'<!ENTITY a0 "aaaaaaaaaa">']
    lines += [b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12)]
    text = b"<?xml version='1.0'?><!DOCTYPE w [%s]><w>&a11;</w>" % b"".join(lines)
    with zipfile.ZipFile(made, "w") as archive:
        for name in ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"):
            archive.writestr(name, text)
    return made.getvalue()


BAD_FILES = {
    "nothing": b"",
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(64),
    "zeros": bytes(4096),
    "a bomb of blanks": _bomb,
    "a bomb of entities": _entities,
    "half a zip": b"PK\x03\x04" + bytes(40),
}


@pytest.mark.parametrize("kind", BAD_FILES)
@pytest.mark.parametrize("path", ["/accounts", "/months/2025-05/ratings"])
def test_bad_files_are_refused_whole(readers: Readers, send: Send, path: str, kind: str) -> None:
    given = BAD_FILES[kind]
    before = readers.portal.db[ACCOUNTS].count_documents({})
    answer = send(path, file=given() if callable(given) else given, take="yes")
    assert answer.status_code in (200, 413, 422), answer.text
    assert 'role="alert"' in answer.text or answer.status_code != 200
    assert readers.portal.db[ACCOUNTS].count_documents({}) == before
    assert readers.portal.db[RATINGS].count_documents({}) == 0


def test_an_account_that_goes_to_another_city_is_told(readers: Readers, send: Send) -> None:
    """Before it does and after, for months without an issue then count it elsewhere."""
    db = readers.portal.db
    one = next(one for one in accounts(db) if one.key == account_key(MINE))
    there, back = (
        f"city,platform,handle\n{city},{one.platform},{one.handle}".encode()
        for city in (OTHER, MINE)
    )
    sentence = "1 of them belong to another city than before."
    checked = send("/accounts", file=there)
    assert sentence in checked.text
    assert "0 would be added, 1 changed, 0 stay as before" in checked.text
    assert sentence in send("/accounts", file=there, take="yes").text
    assert changes(db)[0]["detail"]["moved"] == [f"{one.key}: {MINE} -> {OTHER}"]
    assert sentence not in send("/accounts", file=there, take="yes").text
    assert sentence in send("/accounts", file=back, take="yes").text


def test_posts_of_a_published_month_stay_with_its_city(readers: Readers) -> None:
    """An issue counts them there, whoever the account belongs to since."""
    db, client = readers.portal.db, readers.of("analyst")

    def listed(city: str) -> list[tuple[str, str, str]]:
        path = f"/api/v1/months/2025-04/posts?city={city}&platform=facebook&limit=200"
        return [(p["post"], p["account"], p["city"]) for p in client.get(path).json()["items"]]

    one = next(one for one in accounts(db) if one.key == account_key(MINE))
    before = {city: listed(city) for city in (MINE, OTHER)}
    assert before[MINE]
    put_accounts(db, [msgspec.structs.replace(one, city=OTHER)])
    try:
        assert {city: listed(city) for city in (MINE, OTHER)} == before
        page = client.get(f"/months/2025-04/posts?city={MINE}&platform=facebook").text
        assert "No post fits these filters." not in page
        for name in ("posts", "account-days"):
            exported = TABLES[name].rows(db, APRIL, readers.portal.method)
            assert {row["city_id"] for row in exported if row["account"] == one.key} == {MINE}
        theirs = readers.of("operator").get(f"/api/v1/months/2025-04/posts?city={OTHER}")
        assert theirs.status_code == 404
    finally:
        put_accounts(db, [one])


def test_ten_thousand_rows(readers: Readers, send: Send) -> None:
    rows = [f"{MINE},x,name{n},{10**12 + n},{'no' if n else 'yes'}" for n in range(10_000)]
    head = "city,platform,handle,id,primary"
    answer = send("/accounts", file="\n".join([head, *rows]).encode())
    assert answer.status_code == 200
    assert "10,000 accounts are in order" in answer.text or "10000 accounts" in answer.text


def test_ratings_are_imported_and_their_agreement_shown(readers: Readers, send: Send) -> None:
    sheet = readers.of("analyst").get("/months/2025-05/ratings/sheet.csv").text
    assert sheet.lstrip("\ufeff").splitlines()[0].startswith("city,platform,period,rater")
    rows = "city,platform,period,rater,criterion,score\n" + "".join(
        f"{MINE},x,2025-05,{rater},quality,{score}\n" for rater, score in (("a", 4), ("b", 5))
    )
    path = "/months/2025-05/ratings"
    assert "dry run" in send(path, file=rows.encode()).text
    assert readers.portal.db[RATINGS].count_documents({}) == 0
    wrong = send(path, file=rows.replace(",5\n", ",9\n").encode(), take="yes")
    assert "expected a number from 1 to 5" in wrong.text
    assert readers.portal.db[RATINGS].count_documents({}) == 0
    assert send(path, file=rows.encode(), take="yes").status_code == 200
    assert readers.portal.db[RATINGS].count_documents({}) == 2
    assert "2 raters gave 2 ratings" in readers.of("analyst").get(path).text


def test_days_without_a_reading_are_gaps() -> None:
    """In the months' zone: a reading at 16:00 UTC belongs to the next day in Shanghai."""
    at = datetime(2025, 5, 31, 16, tzinfo=UTC)
    readings = [
        {"slot": at + timedelta(days=day), "counts": {"followers": 10 + day}} for day in (0, 1, 4)
    ]
    found = daily_series(readings, "x", "followers", "Asia/Shanghai")
    assert [day.isoformat() for day in found.days][::4] == ["2025-06-01", "2025-06-05"]
    assert found.values == (10, 11, None, None, 14)
    assert found.unread == 2
    assert daily_series([], "x", "followers", "Asia/Shanghai").days == ()
