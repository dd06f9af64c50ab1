"""Users, tokens, the audit log."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from portal.asking.asked import Asked, adds, asked_of
from portal.asking.choices import check_choice
from portal.rights.viewer import Right
from portal.users.audit import changes, note_change
from portal.users.errors import AccessError
from portal.users.passwords import one_time_password
from portal.users.people import add_person, disable_person, people, set_password
from portal.users.roles import Role, TokenScope
from portal.users.tokens import create_token, revoke_token, tokens
from portal.web.drawing import draw

router = APIRouter()
Ask = Annotated[Asked, Depends(asked_of)]


@adds(router, "GET", "/admin", Right.ADMIN)
def admin_page(asked: Ask) -> Response:
    """Users, tokens and the newest changes."""
    return _admin(asked, "")


def _admin(asked: Asked, done: Any, shown: str = "") -> Response:
    db = asked.portal.db
    return draw(
        asked,
        "admin.html",
        people=people(db),
        tokens=tokens(db),
        changes=changes(db),
        roles=[role.value for role in Role],
        scopes=[scope.value for scope in TokenScope],
        done=done,
        shown=shown,
    )


def _note(asked: Asked, what: str, subject: str, **detail: Any) -> None:
    note_change(asked.portal.db, asked.portal.clock.now(), asked.known.name, what, subject, detail)


def _text(asked: Asked, field: str) -> str:
    return str(asked.form.get(field, "")).strip()[:200]


def _cities(asked: Asked) -> list[str]:
    cities = _text(asked, "cities").replace(",", " ").split()
    for city in cities:
        check_choice("cities", city, asked.portal.cities)
    return cities


@adds(router, "POST", "/admin/users", Right.ADMIN)
def add_user_form(asked: Ask) -> Response:
    """Lets somebody in; the one-time password is shown once."""
    role, name, password = _text(asked, "role"), _text(asked, "name"), one_time_password()
    check_choice("role", role, tuple(Role))
    cities = _cities(asked)
    add_person(asked.portal.db, name, Role(role), cities, password, asked.portal.clock.now())
    _note(asked, "user.add", name, role=role, cities=cities)
    said = asked.words("One-time password of {name}, shown this once", name=name)
    return _admin(asked, said, password)


@adds(router, "POST", "/admin/users/disable", Right.ADMIN)
def disable_user_form(asked: Ask) -> Response:
    """Lets somebody in no more, or again."""
    name, again = _text(asked, "name"), _text(asked, "again") == "yes"
    disable_person(asked.portal.db, name, disabled=not again)
    _note(asked, "user.enable" if again else "user.disable", name)
    return _admin(asked, asked.words("Done: {name}", name=name))


@adds(router, "POST", "/admin/users/password", Right.ADMIN)
def reset_password_form(asked: Ask) -> Response:
    """A new one-time password; all sessions of the user end."""
    name, password = _text(asked, "name"), one_time_password()
    set_password(asked.portal.db, name, password, one_time=True)
    _note(asked, "password.reset", name)
    said = asked.words("One-time password of {name}, shown this once", name=name)
    return _admin(asked, said, password)


@adds(router, "POST", "/admin/tokens", Right.ADMIN)
def create_token_form(asked: Ask) -> Response:
    """A token; shown once."""
    scope, days = _text(asked, "scope"), _text(asked, "days")
    check_choice("scope", scope, tuple(TokenScope))
    if not (days.isascii() and days.isdigit() and len(days) < 5):
        raise AccessError("days", "expected a number of days")
    secret, token = create_token(
        asked.portal.db,
        _text(asked, "user"),
        asked.portal.clock.now(),
        note=_text(asked, "note"),
        scope=TokenScope(scope),
        cities=_cities(asked),
        days=int(days),
    )
    _note(asked, "token.create", token.id, user=token.user, scope=scope)
    return _admin(asked, asked.words("Token {id}, shown this once", id=token.id), secret)


@adds(router, "POST", "/admin/tokens/revoke", Right.ADMIN)
def revoke_token_form(asked: Ask) -> Response:
    """From now on it opens nothing."""
    token = revoke_token(asked.portal.db, _text(asked, "id"))
    _note(asked, "token.revoke", token.id, user=token.user)
    return _admin(asked, asked.words("Done: {name}", name=token.id))
