"""What runs, what waits, what failed and what to do, in one screen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bus import keys
from bus.dispatch import Dispatcher
from cityreach.house import House
from cityreach.remedies import REMEDIES
from model.messages import Outcome
from model.platform import PLATFORMS, PlatformName

_RECENT = timedelta(days=1)


def status_of(house: House) -> dict[str, Any]:
    """Everything `cityreach status` shows; instants are ISO 8601 UTC."""
    now = house.clock.now()
    waiting = Dispatcher(house.redis).waiting()
    return {
        "now": now.isoformat(),
        "zone": house.settings.zone,
        "harvest_waiting": int(house.redis.xlen(keys.HARVEST)),
        "dead_letters": int(house.redis.xlen(keys.DEAD)),
        "scheduler": house.redis.get(keys.LEADER) is not None,
        "platforms": [_platform(house, name, waiting) for name in PLATFORMS],
        "trouble": _trouble(house),
    }


def _platform(
    house: House, name: PlatformName, waiting: Mapping[PlatformName, int]
) -> dict[str, Any]:
    last = house.db.visits.find_one(
        {"platform": name, "complete": True}, sort=[("observed_at", -1)]
    )
    return {
        "platform": name,
        "accounts": house.db.accounts.count_documents({"platform": name}),
        "posts": house.db.posts.count_documents({"platform": name}),
        "visits_waiting": waiting[name],
        "last_success": last["observed_at"].isoformat() if last else None,
    }


def _trouble(house: House) -> list[dict[str, Any]]:
    """Unsuccessful visits of the last day by platform and outcome, with an example and a remedy."""
    since = house.clock.now() - _RECENT
    found = house.db.visits.aggregate(
        [
            {"$match": {"complete": False, "observed_at": {"$gte": since}}},
            {"$sort": {"observed_at": -1}},
            {
                "$group": {
                    "_id": {"platform": "$platform", "outcome": "$outcome"},
                    "visits": {"$sum": 1},
                    "latest": {"$first": "$observed_at"},
                    "account": {"$first": "$account"},
                    "detail": {"$first": "$detail"},
                }
            },
            {"$sort": {"visits": -1}},
        ]
    )
    return [
        {
            **row["_id"],
            "visits": row["visits"],
            "latest": row["latest"].isoformat(),
            "account": row["account"],
            "detail": row["detail"],
            "remedy": REMEDIES.get(Outcome(row["_id"]["outcome"]), ""),
        }
        for row in found
    ]
