"""Whoever reads: a person or a program, and what both may see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from portal.users.people import Person
from portal.users.roles import Role, TokenScope
from portal.users.tokens import Token


class Right(StrEnum):
    """What a page or an address of the API asks for. Each route has one."""

    OPEN = "open"
    """Nothing: signing in, static files."""
    SELF = "self"
    """To be signed in: one's own settings, published numbers."""
    DRAFTS = "drafts"
    """Months that are not published, comparisons, what-if."""
    CITY = "city"
    """Posts, accounts and daily readings of one city: one's own, or any for analysts."""
    PUBLISH = "publish"
    """To draft, freeze, revise and withdraw issues. Never a program's."""
    TEAM = "team"
    """How the collection stands."""
    ADMIN = "admin"
    """Users, tokens, accounts, audit log."""


ROLE_RIGHTS: dict[Role, frozenset[Right]] = {
    Role.ANALYST: frozenset({Right.SELF, Right.DRAFTS, Right.PUBLISH, Right.CITY, Right.TEAM}),
    Role.OPERATOR: frozenset({Right.SELF, Right.CITY}),
    Role.ADMIN: frozenset(
        {Right.SELF, Right.DRAFTS, Right.PUBLISH, Right.CITY, Right.TEAM, Right.ADMIN}
    ),
}
"""Beside `OPEN`, which everybody has."""


class NotThere(LookupError):
    """What was asked for does not exist, or does not for this reader: both look the same."""

    def __init__(self, kind: str, name: str, near: Iterable[str] = ()) -> None:
        self.kind, self.name, self.near = kind, name, tuple(near)
        super().__init__(f"unknown {kind}")


@dataclass(frozen=True, slots=True)
class Viewer:
    """One who reads."""

    name: str
    role: Role
    bound: frozenset[str] | None
    """The cities of which more than published numbers may be seen; None: of all."""
    rights: frozenset[Right]
    language: str | None = None
    form_token: str = ""
    session: str = ""
    must_change: bool = False

    def may(self, right: Right) -> bool:
        """Whether a route that asks for this right is open."""
        return right is Right.OPEN or right in self.rights

    def sees(self, city: str) -> bool:
        """Whether posts, accounts and daily readings of a city may be seen."""
        return Right.CITY in self.rights and (self.bound is None or city in self.bound)

    @property
    def sees_all(self) -> bool:
        """Whether there is no city of which only published numbers may be seen."""
        return Right.CITY in self.rights and self.bound is None


def person_viewer(
    person: Person, form_token: str, session: str, *, outside: bool = False
) -> Viewer:
    """One who has signed in; `outside`: with a provider's word, so that no password is due."""
    return Viewer(
        name=person.name,
        role=person.role,
        bound=frozenset(person.cities) if person.role is Role.OPERATOR else None,
        rights=ROLE_RIGHTS[person.role],
        language=person.language,
        form_token=form_token,
        session=session,
        must_change=person.must_change and not outside,
    )


def token_viewer(token: Token, owner: Person) -> Viewer:
    """A program: never more than its owner may now, and never what changes anything."""
    whole = person_viewer(owner, "", "")
    bound = whole.bound
    if token.cities:
        bound = frozenset(token.cities) if bound is None else bound & frozenset(token.cities)
    rights = whole.rights - {Right.ADMIN, Right.PUBLISH}
    if bound is not None:
        rights -= {Right.DRAFTS, Right.TEAM}
    if token.scope is TokenScope.PUBLISHED:
        rights = frozenset({Right.SELF})
    return Viewer(f"token {token.id}", whole.role, bound, rights)
