"""What X would answer: users, timelines and lookups of a handful of accounts, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from crawler.contract import Answer, Call
from model.messages import Visit, VisitKind, Window
from tests.crawler.platforms.driver import NOW, answered

MAY = Window(datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC))
PROBLEMS = "https://api.x.com/2/problems"


def visit(kind: VisitKind, account: str = "11", **changes: Any) -> Visit:
    """A visit of NOW; a timeline has the window MAY."""
    values: dict[str, Any] = {"handle": f"city{account}", "slot": NOW, **changes}
    if kind is VisitKind.TIMELINE:
        values.setdefault("window", MAY)
    return Visit(platform="x", account=account, kind=kind, **values)


def post(id_: int | str, at: datetime, account: str = "11", **changes: Any) -> dict[str, Any]:
    """A post of the classic dialect."""
    return {
        "id": str(id_),
        "text": f"post {id_}",
        "author_id": account,
        "created_at": f"{at:%Y-%m-%dT%H:%M:%S}.000Z",
        "public_metrics": {
            "retweet_count": 4,
            "quote_count": 1,
            "reply_count": 2,
            "like_count": 30,
            "impression_count": 900,
            "bookmark_count": 0,
        },
        **changes,
    }


def daily(number: int, account: str = "11", start: int = 0) -> list[dict[str, Any]]:
    """Posts through May, the newest first."""
    step = timedelta(days=30) / max(number, 1)
    first = MAY.start + timedelta(hours=1)
    ids = range(start, start + number)
    return [post(int(account) * 100_000 + i, first + step * (i - start), account) for i in ids][
        ::-1
    ]


def user(account: str, **changes: Any) -> dict[str, Any]:
    """A user of the classic dialect."""
    return {
        "id": account,
        "name": f"City {account}",
        "username": f"City{account}",
        "created_at": "2014-03-02T08:15:00.000Z",
        "verified": True,
        "public_metrics": {"followers_count": 500, "following_count": 7, "tweet_count": 60},
        **changes,
    }


def problem(slug: str, resource: str, value: str) -> dict[str, str]:
    """A partial error."""
    return {
        "type": f"{PROBLEMS}/{slug}",
        "title": slug,
        "detail": f"{resource} [{value}]",
        "resource_type": resource,
        "resource_id": value,
        "parameter": "ids",
        "value": value,
    }


@dataclass
class Service:
    """Answers calls from lists of users and posts. `page` is how many rows a page holds at most."""

    users: list[dict[str, Any]] = field(default_factory=list)
    posts: list[dict[str, Any]] = field(default_factory=list)
    withheld: set[str] = field(default_factory=set)
    page: int = 100

    def __call__(self, call: Call) -> Answer:
        split = urlsplit(call.url)
        query = {key: values[0] for key, values in parse_qs(split.query).items()}
        match split.path:
            case "/2/users":
                body = self._looked_up(self.users, "id", query["ids"], "user")
            case "/2/users/by":
                body = self._looked_up(self.users, "username", query["usernames"], "user")
            case "/2/tweets":
                body = self._looked_up(self.posts, "id", query["ids"], "tweet")
            case path:
                body = self._timeline(path.split("/")[3], query)
        return answered(call, body)

    def _looked_up(
        self, rows: list[dict[str, Any]], key: str, asked: str, resource: str
    ) -> dict[str, Any]:
        wanted = asked.split(",")
        assert len(wanted) <= 100
        by_key = {row[key].lower(): row for row in rows}
        data = [by_key[one.lower()] for one in wanted if one.lower() in by_key]
        errors = [
            problem(
                "not-authorized-for-resource" if one in self.withheld else "resource-not-found",
                resource,
                one,
            )
            for one in wanted
            if one.lower() not in by_key
        ]
        return {k: v for k, v in (("data", data), ("errors", errors)) if v}

    def _timeline(self, account: str, query: dict[str, str]) -> dict[str, Any]:
        assert query["exclude"] == "retweets"
        own = [row for row in self.posts if row["author_id"] == account]
        bounds = (query.get("start_time", ""), query.get("end_time", "9"))
        own = [row for row in own if bounds[0] <= row["created_at"] < bounds[1]]
        start = int(query.get("pagination_token", "p0")[1:])
        size = min(self.page, int(query["max_results"]))
        rows = own[start : start + size]
        meta: dict[str, Any] = {"result_count": len(rows)}
        if start + size < len(own):
            meta["next_token"] = f"p{start + size}"
        return {"data": rows, "meta": meta} if rows else {"meta": meta}
