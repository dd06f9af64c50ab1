"""The one place where queries for readers are built: a condition names only what may be seen."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from model.account import Account
from model.period import Period
from portal.alerts.memory import ALERTS
from portal.rights.kept_issues import KeptIssue, KeptIssues
from portal.rights.viewer import NotThere, Right, Viewer
from scoring.publish.issues import Issue
from store.accounts import accounts as watched
from store.database import (
    ACCOUNT_READINGS,
    ACCOUNTS,
    MONTH_POSTS,
    POST_READINGS,
    POSTS,
    VISITS,
    Document,
    Store,
)

MOST_POSTS = 200
"""Of one page."""
_MOST_RECENT = 2_000
_POST_ID = re.compile(r"[a-z]{1,20}:[^\x00-\x1f@]{1,200}")
_INTERACTIONS: Document = {
    "$add": [{"$ifNull": [f"$counts.{name}", 0]} for name in ("likes", "comments", "shares")]
}
_SORTS: dict[str, Any] = {
    "published": "$published_at",
    "interactions": _INTERACTIONS,
    **{name: f"$counts.{name}" for name in ("likes", "comments", "shares", "views")},
}
POST_SORTS = tuple(_SORTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostsWanted:
    """Which posts of a month; what is not given does not matter."""

    city: str | None = None
    platform: str | None = None
    account: str | None = None
    type: str | None = None
    sort: str = "interactions"
    after: tuple[Any, str] | None = None
    """The last row of the page before: its value and its id."""
    count: int = 50


class Reading:
    """What one reader may see of the store."""

    def __init__(self, db: Store, viewer: Viewer, kept: KeptIssues | None = None) -> None:
        self.db = db
        self.viewer = viewer
        self._kept = kept or KeptIssues()
        self._watched: dict[str | None, list[Account]] = {}
        """By city, None for all: asked once a request."""

    def city(self, city: str) -> str:
        """The city, if posts and accounts of it may be seen. Raises NotThere."""
        if not self.viewer.sees(city):
            raise NotThere("city", city)
        return city

    def accounts(self, city: str | None = None) -> list[Account]:
        """The watched accounts that may be seen, of one city or of all."""
        if not self.viewer.may(Right.CITY):
            return []
        if city is not None and not self.viewer.sees(city):
            return []
        if city not in self._watched:
            wanted = self.viewer.bound if city is None else [city]
            self._watched[city] = watched(self.db, cities=wanted)
        return self._watched[city]

    def cities(self) -> list[str]:
        """The ids of the cities whose accounts may be seen, in order."""
        if self.viewer.bound is not None:
            return sorted({one.city for one in self.accounts()})
        return sorted(self.db[ACCOUNTS].distinct("city", {"city": {"$exists": True}}))

    def account(self, key: str) -> Account:
        """One account by `platform:id`. Raises NotThere."""
        for account in watched(self.db, keys=[key]):
            if self.viewer.sees(account.city):
                return account
        raise NotThere("account", key)

    def account_facts(self, account: Account) -> Document:
        """What was observed of it: names, renames, since when it is known."""
        return self.db[ACCOUNTS].find_one({"_id": account.key}) or {}

    def daily(self, account: Account, start: datetime, end: datetime) -> list[Document]:
        """An account's readings from `start` to before `end`, in order of time."""
        found = self.db[ACCOUNT_READINGS].find(
            {
                "_id": {"$gte": f"{account.key}@", "$lt": f"{account.key}A"},
                "slot": {"$gte": start, "$lte": end},
            }
        )
        return list(found.sort("_id", 1))

    def visits(self, account: Account, most: int = 20) -> list[Document]:
        """The newest visits of an account that have ended."""
        unneeded = {"posts": False, "attempts": False}
        found = self.db[VISITS].find({"account": account.key}, unneeded)
        return list(found.sort([("slot", -1)]).limit(most))

    def posts(
        self, period: Period, wanted: PostsWanted, owners: Mapping[str, str] | None = None
    ) -> list[Document]:
        """A page of the month's posts with the counts that entered the sums, and their facts.

        `owners`: by account, the city for which an issue of the month counts it; without them it is
        the one that the registry names today.
        """
        keys = self._keys(wanted) if owners is None else self._keys_of(owners, wanted)
        if not keys:
            return []
        condition: Document = {
            "_id": {"$gte": f"{period.name}:", "$lt": f"{period.name};"},
            "account": {"$in": keys},
            "absent": {"$ne": True},
        }
        condition["type"] = wanted.type if wanted.type else {"$ne": "repost"}
        pipeline: list[Document] = [
            {"$match": condition},
            {"$set": {"by": {"$ifNull": [_SORTS[wanted.sort], -1]}}},
        ]
        if wanted.after is not None:
            value, key = wanted.after
            key = f"{period.name}:{key}"
            after = [{"by": {"$lt": value}}, {"by": value, "_id": {"$gt": key}}]
            pipeline.append({"$match": {"$or": after}})
        count = min(wanted.count, MOST_POSTS)
        pipeline += [{"$sort": {"by": -1, "_id": 1}}, {"$limit": count}]
        return self._with_facts(list(self.db[MONTH_POSTS].aggregate(pipeline)), owners or {})

    def _keys(self, wanted: PostsWanted) -> list[str]:
        if wanted.city is not None:
            self.city(wanted.city)
        if wanted.account is not None:
            mine = self.account(wanted.account)
            fits = wanted.city in (None, mine.city) and wanted.platform in (None, mine.platform)
            return [mine.key] if fits else []
        if wanted.city is None and self.viewer.sees_all:
            watching: Document = {"city": {"$exists": True}}
            if wanted.platform is not None:
                watching["platform"] = wanted.platform
            return [one["_id"] for one in self.db[ACCOUNTS].find(watching, {"_id": True})]
        return [
            one.key for one in self.accounts(wanted.city) if wanted.platform in (None, one.platform)
        ]

    def _keys_of(self, owners: Mapping[str, str], wanted: PostsWanted) -> list[str]:
        if wanted.city is not None:
            self.city(wanted.city)
        return [
            key
            for key, city in owners.items()
            if self.viewer.sees(city)
            if wanted.city in (None, city) and wanted.account in (None, key)
            if wanted.platform in (None, key.partition(":")[0])
        ]

    def _with_facts(self, rows: Sequence[Document], cities: Mapping[str, str]) -> list[Document]:
        ids = [row["_id"].split(":", 1)[1] for row in rows]
        fields = {"text": True, "url": True, "lang": True, "pinned": True, "latest": True}
        facts = {one["_id"]: one for one in self.db[POSTS].find({"_id": {"$in": ids}}, fields)}
        owner = self._owners({row["account"] for row in rows})
        for account, city in cities.items():
            if account in owner and owner[account].city != city:
                owner[account] = msgspec.structs.replace(owner[account], city=city)
        return [
            {**facts.get(key, {}), **row, "post": key, "of": owner[row["account"]]}
            for key, row in zip(ids, rows, strict=True)
        ]

    def _owners(self, keys: set[str]) -> dict[str, Account]:
        """Accounts by key; those that this request has asked for are not asked for again."""
        known = {one.key: one for some in self._watched.values() for one in some}
        if keys - known.keys():
            known |= {one.key: one for one in watched(self.db, keys=keys - known.keys())}
        return known

    def post(self, key: str) -> Document:
        """One post, with its account as `of`. Raises NotThere."""
        found = self.db[POSTS].find_one({"_id": key}) if _POST_ID.fullmatch(key) else None
        try:
            owner = self.account((found or {}).get("account", ""))
        except NotThere:
            raise NotThere("post", key) from None
        return {**(found or {}), "of": owner}

    def readings(self, post: Document, most: int = 500) -> list[Document]:
        """All readings of a post that may be seen, in order of time."""
        span = {"$gte": f"{post['_id']}@", "$lt": f"{post['_id']}A"}
        return list(self.db[POST_READINGS].find({"_id": span}).sort("_id", 1).limit(most))

    def recent_posts(self, city: str, since: datetime, until: datetime) -> list[Document]:
        """A city's posts published between two instants, with their newest readings, newest
        first; each with its account as `of`."""
        owner = {one.key: one for one in self.accounts(self.city(city))}
        condition = {
            "account": {"$in": list(owner)},
            "published_at": {"$gte": since, "$lt": until},
            "type": {"$ne": "repost"},
            "absent_since": {"$exists": False},
        }
        fields = ("account", "published_at", "type", "text", "url", "latest")
        found = self.db[POSTS].find(condition, dict.fromkeys(fields, True))
        newest = found.sort("published_at", -1).limit(_MOST_RECENT)
        return [{**post, "of": owner[post["account"]]} for post in newest]

    def alerts(self, city: str, most: int = 20) -> list[Document]:
        """What the rules found about a city and its accounts, the newest first."""
        keys = [self.city(city), *(one.key for one in self.accounts(city))]
        condition = {"subject": {"$in": keys}}
        return list(self.db[ALERTS].find(condition).sort("first_seen", -1).limit(most))

    def issue(self, period: str, method: str) -> Issue | None:
        """The newest issue of a month: any for those who may see drafts, else a published one."""
        found = self._issues({"period": period, "method": method})
        return found[0].issue if found else None

    def issues(self, method: str) -> list[Document]:
        """Of each month the newest issue that may be seen, the newest month first."""
        found: dict[str, Document] = {}
        for one in self._issues({"method": method}):
            found.setdefault(one.issue.period, one.stored)
        return list(found.values())

    def _issues(self, condition: Document) -> list[KeptIssue]:
        if not self.viewer.may(Right.DRAFTS):
            condition = {**condition, "state": {"$ne": "draft"}}
        return self._kept.of(self.db, condition)
