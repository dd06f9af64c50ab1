"""Accounts and known posts by id, a hundred a call, across visits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import msgspec

from crawler.contract import Action, Answer, Close, Fetch, Page
from crawler.errors import Retry
from crawler.platforms.paging import handle_of, knows_id, with_owners
from crawler.platforms.x import api_map, calls
from crawler.platforms.x.config import XConfig
from model.items import AccountItem, Mapped
from model.messages import Outcome, Visit


def profiles(visits: tuple[Visit, ...], config: XConfig) -> list[Action]:
    """One lookup for up to 100 accounts: by id, or by handle where the ids are not known yet."""
    if knows_id(visits[0]):
        call = calls.users_by_id([visit.account for visit in visits], config)
    else:
        call = calls.users_by_handle([handle_of(visit) for visit in visits], config)
    return [Fetch(call, lambda answer: _read_profiles(visits, answer), visits)]


def _read_profiles(visits: tuple[Visit, ...], answer: Answer) -> list[Action]:
    document = calls.document_of(answer)
    mapped = api_map.read_users(document, answer.observed_at, api_map.ASKED_FIELDS)
    refused = {problem.id.lower(): problem for problem in api_map.problems(document)}
    if not mapped.accounts and not refused:
        raise Retry(Outcome.EMPTY_UNEXPECTED, "neither users nor errors in the answer")
    by_id = knows_id(visits[0])
    shown = {item.id if by_id else _bare(item.handle): item for item in mapped.accounts}
    closes = [_closed_profile(visit, shown, refused, mapped) for visit in visits]
    return [Page(answer, mapped, visits), *closes]


def _closed_profile(
    visit: Visit,
    shown: dict[str, AccountItem],
    refused: dict[str, api_map.ApiProblem],
    mapped: Mapped,
) -> Close:
    key = visit.account if knows_id(visit) else _bare(visit.handle)
    if item := shown.get(key):
        renamed = knows_id(visit) and _bare(item.handle) != _bare(visit.handle)
        return Close(visit, Outcome.OK, f"the handle is now @{item.handle}" if renamed else "")
    if problem := refused.get(key):
        return Close(visit, problem.outcome, problem.detail)
    if mapped.unmapped:
        return Close(visit, Outcome.CHANGED_SHAPE, f"not as expected: {mapped.unmapped[0]}")
    return Close(visit, Outcome.EMPTY_UNEXPECTED, "neither among the users nor among the errors")


def _bare(handle: str | None) -> str:
    return "" if handle is None else handle.removeprefix("@").lower()


def refreshes(visits: tuple[Visit, ...], config: XConfig) -> list[Action]:
    """Known posts of several accounts: calls of 100 ids, one after another.

    A call that fails for good ends the visits it concerns; the others go on.
    """
    idle: list[Action] = [
        Close(visit, Outcome.OK_NOTHING_NEW, "no posts to read again")
        for visit in visits
        if not visit.posts
    ]
    busy = tuple(visit for visit in visits if visit.posts)
    if not busy:
        return idle
    owners = {id_: visit.account for visit in busy for id_ in visit.posts}
    return [*idle, _Refresh(config, busy, owners, tuple(owners)).fetch()]


@dataclass(frozen=True, slots=True)
class _Refresh:
    """The part of a group of refreshes that is still to be read."""

    config: XConfig
    visits: tuple[Visit, ...]
    owners: dict[str, str]
    ids: tuple[str, ...]
    unread: frozenset[str] = frozenset()
    """Ids that an answer should have covered and did not."""
    withheld: frozenset[str] = frozenset()
    """Ids that exist but are not shown to us."""

    def fetch(self) -> Fetch:
        asked = self.ids[: calls.BATCH]
        call = calls.lookup_posts(asked, self.config)
        return Fetch(call, self.read, self.touched(asked), partial(self.without, asked))

    def touched(self, asked: Sequence[str]) -> tuple[Visit, ...]:
        """The visits some of whose posts are among `asked`."""
        return tuple(visit for visit in self.visits if set(visit.posts) & set(asked))

    def without(self, asked: Sequence[str]) -> list[Action]:
        """Goes on with the visits that a call which failed for good does not concern."""
        failed = self.touched(asked)
        visits = tuple(visit for visit in self.visits if visit not in failed)
        needed = {id_ for visit in visits for id_ in visit.posts}
        ids = tuple(id_ for id_ in self.ids if id_ in needed)
        return replace(self, visits=visits, ids=ids).proceed()

    def read(self, answer: Answer) -> list[Action]:
        document = calls.document_of(answer)
        asked, rest = self.ids[: calls.BATCH], self.ids[calls.BATCH :]
        mapped = api_map.read_posts(
            document, answer.observed_at, asked=api_map.ASKED_FIELDS, references_asked=True
        )
        withheld = _withheld(document)
        unread = set(asked) - {post.id for post in mapped.posts} - set(mapped.gone) - withheld
        if len(unread) == len(asked):
            raise Retry(Outcome.EMPTY_UNEXPECTED, "none of the posts is in the answer")
        mapped = _owned(mapped, self.owners, tuple(sorted(unread)))
        after = replace(
            self, ids=rest, unread=self.unread | unread, withheld=self.withheld | withheld
        )
        return [Page(answer, mapped, self.touched(asked)), *after.proceed()]

    def proceed(self) -> list[Action]:
        """Closes the visits that have been read whole, and goes on with the others."""
        pending = set(self.ids)
        done = [visit for visit in self.visits if not pending & set(visit.posts)]
        left = tuple(visit for visit in self.visits if pending & set(visit.posts))
        closes: list[Action] = [self.closed(visit) for visit in done]
        return [*closes, replace(self, visits=left).fetch()] if left else closes

    def closed(self, visit: Visit) -> Close:
        lost, kept = self.unread & set(visit.posts), self.withheld & set(visit.posts)
        if lost:
            detail = f"neither among the posts nor among the errors: {', '.join(sorted(lost)[:3])}"
            return Close(visit, Outcome.CHANGED_SHAPE, detail)
        if len(kept) == len(set(visit.posts)):
            return Close(visit, Outcome.FORBIDDEN, "none of the posts is shown to us")
        return Close(visit, Outcome.OK, f"{len(kept)} posts are not shown to us" if kept else "")


def _withheld(document: dict[str, Any]) -> frozenset[str]:
    return frozenset(
        problem.id for problem in api_map.problems(document) if problem.outcome is not Outcome.GONE
    )


def _owned(mapped: Mapped, owners: dict[str, str], unread: tuple[str, ...]) -> Mapped:
    posts = with_owners(mapped, owners)
    paths = tuple(f"data ({id_})" for id_ in unread)
    return msgspec.structs.replace(mapped, posts=posts, unmapped=mapped.unmapped + paths)
