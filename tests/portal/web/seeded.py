"""A small store for pages: eight cities, two platforms, two months and the beginning of a third."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from bus.connection import connect_redis
from model.account import Account
from model.items import PostType
from model.messages import Outcome, VisitKind, Window
from model.months import Months
from portal.asking.asked import Portal, TeamSource
from portal.config import PortalSettings
from portal.published import drafted, keep_issue
from registry.cities import load_cities
from scoring.publish.issues import freeze
from store import accounts
from store.database import Store, connect_mongo, ensure_indexes
from store.ingest.writer import Writer
from tests.store.harvest import MAY, account, closed, page, post, visit

APRIL, JUNE = MAY.previous(), MAY.following()
NOW = JUNE.start + timedelta(days=4)
CITIES = ("beijing", "shanghai", "qingdao", "xiamen", "kunming", "hefei", "ningbo", "foshan")
PLATFORMS = ("facebook", "x")
HOSTILE = "<script>alert(1)</script>\u202e=HYPERLINK(1)\x00"
MINE, OTHER = "shanghai", "qingdao"


class Standing:
    """A clock that stands."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        """The instant it was set to."""
        return self.at


def account_key(city: str, platform: str = "facebook") -> str:
    """As the store names it."""
    return f"{platform}:{100 + CITIES.index(city)}"


def post_key(city: str, number: int = 0, platform: str = "facebook") -> str:
    """Of a city's post of May."""
    return f"{platform}:{(100 + CITIES.index(city)) * 1000 + 500 + number}"


@contextmanager
def seeded_store(mongo_uri: str, name: str) -> Iterator[Store]:
    """A database of this name with the seeded months, dropped in the end."""
    db = connect_mongo(mongo_uri, name)
    ensure_indexes(db)
    _seed(db)
    yield db
    db.client.drop_database(db.name)
    db.client.close()


def _seed(db: Store) -> None:
    """Writes everything, drafts May and publishes April."""
    accounts.put_accounts(
        db,
        [
            Account(platform=platform, id=str(100 + n), handle=f"visit{n}", city=city)
            for n, city in enumerate(CITIES)
            for platform in PLATFORMS
        ],
    )
    Writer(db).write([message for n in range(len(CITIES)) for message in _messages(n)])
    april = drafted(db, APRIL, "giu", APRIL.cutoff)
    keep_issue(db, freeze(april.issue, APRIL.cutoff.isoformat()), april.basis)
    may = drafted(db, MAY, "giu", MAY.cutoff)
    keep_issue(db, may.issue, may.basis)


def _messages(n: int) -> Any:
    for platform in PLATFORMS:
        one = str(100 + n)
        for slot in (APRIL.start, APRIL.end, MAY.end):
            profile = visit(slot, VisitKind.PROFILE, platform=platform, account_id=one)
            followers = 1000 * (n + 2) + slot.month * (17 - n)
            shown = account(slot, account_id=one, platform=platform, followers=followers)
            yield page(profile, slot, accounts=[shown])
            yield closed(profile, slot)
        for number, period in enumerate((APRIL, MAY, JUNE)):
            yield from _month(n, platform, one, number, period)


def _month(n: int, platform: str, one: str, number: int, period: Any) -> Any:
    timeline = visit(
        period.end if period is not JUNE else NOW,
        platform=platform,
        account_id=one,
        window=Window(period.start, min(period.end, NOW)),
    )
    shown = []
    for k in range(n + 2 if number < 2 else 1):
        at = period.start + timedelta(days=k, hours=3 * k)
        read = min(period.cutoff, NOW)
        key = str((100 + n) * 1000 + (number + 0) * 500 + k)
        likes = (37 * (n + 3) * (k + 1)) % 400 + 10 * number
        values: dict[str, int | None] = {"likes": likes, "comments": k, "shares": n}
        if k == 1:
            values["comments"] = None
        text = HOSTILE if k == 0 else f"post {k} of {one}"
        kind = PostType.VIDEO if k % 2 else PostType.PHOTO
        shown.append(
            post(key, read, at, platform=platform, account=one, kind=kind, text=text, **values)
        )
    at = min(period.cutoff, NOW)
    yield page(timeline, at, posts=shown)
    yield closed(timeline, at, Outcome.OK, seen=[one.id for one in shown])


def portal_over(mongo_uri: str, name: str, redis_uri: str) -> Portal:
    """The portal over servers of tests."""
    return Portal(
        settings=PortalSettings(language="en"),
        open_db=lambda: connect_mongo(mongo_uri, name),
        open_redis=lambda: connect_redis(redis_uri),
        clock=Standing(NOW),
        months=Months(),
        method="giu",
        cities=load_cities(),
        team=TEAM,
    )


def _status() -> dict[str, Any]:
    return {
        "now": NOW.isoformat(),
        "zone": "Asia/Shanghai",
        "servers": {"mongodb": "ok", "redis": "ok"},
        "scheduler": True,
        "harvest_waiting": 0,
        "dead_letters": 0,
        "disk": {"free_gb": 1.5, "percent": 40},
        "jobs": [
            {"job": "plan", "state": "failed", "last": _AT, "seconds": 0.1, "error": HOSTILE},
            {"job": "score", "state": "not yet", "last": None, "seconds": None, "error": ""},
        ],
        "platforms": [{"platform": "x", "accounts": 8, "posts": 1, "last_success": None}],
        "paused": [{"platform": "x", "since": _AT, "reason": HOSTILE, "by": "root", "accounts": 8}],
        "trouble": [],
        "alerts": [],
        "to_do": [{"what": "<b>something</b>", "remedy": "see to it"}],
    }


_AT = NOW.isoformat()
_ALERTS: list[dict[str, Any]] = [
    {
        "rule": "no_reading",
        "severity": severity,
        "subject": "x",
        "since": _AT,
        "last_seen": _AT,
        "over": over,
        "text": {"en": f"nothing was read, {severity} {HOSTILE}", "zh": f"没有读数 {severity}"},
        "told": {"desk": _AT} if over else {},
        "remedy": "look at the visits",
    }
    for severity, over in (("critical", None), ("warning", None), ("warning", _AT))
]
_PLAN: dict[str, Any] = {
    "rules": [{"rule": "no_reading", "severity": "critical", "limits": {"days": 2}}],
    "channels": [{"channel": "desk", "kind": "feishu", "severity": "warning"}],
    "every_minutes": 5,
}
_FOUND: dict[str, Any] = {
    "platform": "x",
    "handle": "somebody",
    "id": "4242",
    "state": "resolved",
    "handle_now": "Somebody",
    "name": f"Some {HOSTILE}",
    "followers": 12_345,
    "verified": True,
    "created_at": "2020-01-02T03:04:05Z",
    "taken_by": None,
    "detail": "",
}


def _found(account: Account) -> dict[str, Any]:
    """As the platform would tell it, by the handle."""
    kinds = {"nobody": "absent", "taken": "duplicate", "unasked": "failed", "hidden": "unresolved"}
    state = kinds.get(account.handle.lower(), "resolved")
    detail = "no credentials" if state == "failed" else ""
    known = {} if state == "resolved" else {"id": "", "name": None, "followers": None}
    return {**_FOUND, **known, "handle": account.handle, "state": state, "detail": detail}


_ENDED: dict[str, Any] = {
    "id": "x:101 profile",
    "platform": "x",
    "account": "x:101",
    "handle": f"visit1{HOSTILE}",
    "city": MINE,
    "kind": "profile",
    "slot": _AT,
    "outcome": "throttled",
    "attempts": 2,
    "redelivered": 1,
    "ended_at": _AT,
    "retry_at": _AT,
    "calls": 7,
    "detail": HOSTILE,
    "remedy": "wait",
}
_LIVE: list[dict[str, Any]] = [
    {
        **{key: _ENDED[key] for key in ("id", "platform", "account", "handle", "city", "kind")},
        **{"route": "api", "slot": _AT, "attempt": 1, "sent_at": _AT},
        **{"holder": holder, "lease_left": left, "deliveries": 2},
    }
    for holder, left in ((f"crawler-1{HOSTILE}", 61.0), ("crawler-2", -3.0), (None, None))
]
_GAPS: list[dict[str, Any]] = [
    {
        **{key: _ENDED[key] for key in ("platform", "account", "handle", "city", "attempts")},
        **{"kind": "profile", "reason": "daily", "readings": 3, "state": "failed"},
        **{"harms": harm, "outcome": "throttled", "why": HOSTILE, "retry_at": None},
        **{"remedy": "wait", "day": day},
    }
    for harm, day in (("followers", "2025-05-02"), ("daily", "2025-05-03"), ("posts", None))
]
_FLAG: dict[str, Any] = {
    **{"at": _AT, "kind": "fell", "platform": "x", "subject": "x:101000", "account": "x:101"},
    **{"readings": [], "facts": {"likes": [20, 10], "note": HOSTILE}},
}
_QUOTA: dict[str, Any] = {
    **{"platform": "x", "unit": "posts", "day": "2025-06-05", "calls": 9, "spent": 90},
    **{"limit": 100, "left": 10, "resets_at": _AT, "forecast": 120, "fits": False},
    **{"accounts": 8, "month": "2025-06", "month_spent": 400, "month_forecast": 2_000},
    **{"dollars_today": 0.5, "dollars_month": 2.0, "dollars_forecast": 10.25},
    "closed_until": _AT,
    "credentials": [
        {
            **{"credential": f"first{HOSTILE}", "state": "limited", "until": _AT},
            **{"reason": HOSTILE, "calls": 9, "units": 90},
        }
    ],
}
_UNMETERED = {**_QUOTA, "platform": "facebook", "limit": None, "left": None, "fits": None}

TEAM = TeamSource(
    status=_status,
    quota=lambda: [_QUOTA, {**_UNMETERED, "accounts": 0, "closed_until": None, "credentials": []}],
    visits=lambda wanted, most: [_ENDED],
    dead=lambda most: [],
    requeue=lambda ids: [{"id": ids[0], "requeued": False, "why": "there is no such visit"}],
    live=lambda most: _LIVE,
    gaps=lambda month, platform: _GAPS,
    flags=lambda month, platform: [_FLAG],
    gauges=list,
    alerts=lambda: _ALERTS,
    alert_plan=lambda: _PLAN,
    look_up=_found,
    verify=lambda key: {**_FOUND, "platform": key.partition(":")[0]},
)
