"""Who is watched: the list, one more by address, an import, and pauses."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pymongo.client_session import ClientSession
from starlette.responses import Response

from model.account import Account, PauseKind
from model.platform import PLATFORMS
from portal.asking.asked import Asked, adds, asked_of, to_page
from portal.asking.choices import check_choice
from portal.asking.sent_files import sent_file
from portal.rights.viewer import Right
from portal.users.audit import note_change
from portal.users.errors import AccessError
from portal.web.drawing import draw
from registry.accounts import read_accounts
from registry.handles import HandleError, read_handle
from store.accounts import Imported, accounts_to_come, put_accounts
from store.errors import NoReason, PauseError
from store.plan.pauses import Stop, named, pause_accounts, resume_accounts

router = APIRouter()
Ask = Annotated[Asked, Depends(asked_of)]
_MOST_ROWS = 20_000
_LONGEST = 300


def _text(asked: Asked, field: str) -> str:
    return str(asked.form.get(field, "")).strip()[:_LONGEST]


def _note(asked: Asked, what: str, subject: str, **detail: Any) -> None:
    note_change(asked.portal.db, asked.portal.clock.now(), asked.known.name, what, subject, detail)


@adds(router, "GET", "/accounts", Right.TEAM)
def accounts_page(asked: Ask) -> Response:
    """Who is watched, and who rests."""
    return _accounts(asked)


def _accounts(asked: Asked, **values: Any) -> Response:
    shown = {
        "problems": (),
        "checked": None,
        "done": None,
        "few": 50,
        "one": None,
        "found": None,
        **values,
    }
    now, rows = asked.portal.clock.now(), asked.reading.accounts()
    pauses = {one.key: pause for one in rows if (pause := one.pause_at(now)) is not None}
    return draw(
        asked,
        "accounts.html",
        accounts=rows,
        pauses=pauses,
        names=asked.portal.cities,
        cities=sorted(asked.portal.cities.values(), key=lambda city: city.name_en),
        **shown,
    )


@adds(router, "POST", "/accounts", Right.ADMIN)
def import_form(asked: Ask) -> Response:
    """Checks a CSV or XLSX of accounts, and takes it if asked: all of it, or nothing."""
    with sent_file(asked) as path:
        found = read_accounts(path, asked.portal.cities)
    if found.problems:
        problems = [str(one) for one in found.problems]
        return _accounts(asked, problems=problems, checked=len(found.rows))
    if len(found.rows) > _MOST_ROWS:
        raise AccessError("file", "expected at most {n} rows", n=_MOST_ROWS)
    if _text(asked, "take") != "yes":
        to_come = accounts_to_come(asked.portal.db, found.rows)
        return _accounts(asked, checked=len(found.rows), done=to_come)
    return _accounts(asked, done=_taken(asked, found.rows))


def _taken(asked: Asked, rows: list[Account]) -> Imported:
    """All of them and the entry that says so, or nothing, whenever the portal is killed."""
    db, now, who = asked.portal.db, asked.portal.clock.now(), asked.known.name

    def take(session: ClientSession) -> Imported:
        done = put_accounts(db, rows, session=session, at=now)
        moved = [f"{one.account}: {one.before} -> {one.city}" for one in done.moved]
        detail = {"added": done.added, "changed": done.changed, "moved": moved}
        note_change(db, now, who, "accounts.import", "", detail, session)
        return done

    with db.client.start_session() as session:
        return session.with_transaction(take)


@adds(router, "POST", "/accounts/add", Right.ADMIN)
def add_form(asked: Ask) -> Response:
    """One more account by its address or handle; checked first, and taken if asked."""
    account = _given(asked)
    known = {f"{one.platform}:{one.handle.lower()}": one for one in asked.reading.accounts()}
    there = known.get(f"{account.platform}:{account.handle.lower()}") if account.handle else None
    if there is not None:
        raise AccessError(
            "address",
            "{account} is watched already, for {city}",
            account=there.key,
            city=there.city,
        )
    team = asked.portal.team
    if _text(asked, "take") != "yes":
        return _accounts(asked, one=account, found=team.look_up(account))
    put_accounts(asked.portal.db, [account], at=asked.portal.clock.now())
    _note(asked, "accounts.add", account.key, city=account.city)
    row = team.verify(account.key)
    return to_page(f"/accounts/{row['platform']}:{row['id'] or '@' + row['handle'].lower()}")


def _given(asked: Asked) -> Account:
    platform, city, address = (_text(asked, key) for key in ("platform", "city", "address"))
    check_choice("platform", platform, PLATFORMS)
    check_choice("city", city, asked.portal.cities)
    try:
        named_so = read_handle(platform, address)
    except HandleError as error:
        raise AccessError("address", f"expected {error}") from None
    return Account(platform=platform, id=named_so.id, handle=named_so.handle, city=city)


@adds(router, "POST", "/accounts/pause", Right.ADMIN)
def pause_form(asked: Ask) -> Response:
    """Has an account rest, removes it, or has it visited again, from now on."""
    kind, key, reason = (_text(asked, field) for field in ("kind", "account", "reason"))
    check_choice("kind", kind, ("resumed", *PauseKind))
    db, now = asked.portal.db, asked.portal.clock.now()
    try:
        chosen = named(db, [key])
        if kind == "resumed":
            resume_accounts(db, chosen, now, zone=asked.portal.months.zone, now=now)
        else:
            stop = Stop(PauseKind(kind), now, reason)
            pause_accounts(db, chosen, stop, asked.portal.months, now=now)
    except PauseError as error:
        field = "reason" if isinstance(error, NoReason) else "account"
        raise AccessError(field, str(error)) from None
    _note(asked, f"accounts.{kind}", key, reason=reason)
    return to_page(f"/accounts/{chosen[0].key}")
