"""What was spent at each platform, per day of the platform, credential and endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from redis import Redis
from redis import asyncio as redis_asyncio

from bus import keys
from bus.replies import text
from model.platform import PlatformName

RESET_ZONES: Mapping[PlatformName, str] = {
    # YouTube Data API: daily quota resets at midnight Pacific time; the others count UTC days.
    "youtube": "America/Los_Angeles",
}
KEEP_SECONDS = 90 * 86_400


@dataclass(frozen=True, slots=True)
class Spent:
    """Calls and units of one platform, credential and endpoint on one day."""

    platform: PlatformName
    day: date
    credential: str
    endpoint: str
    calls: int
    units: int


def platform_day(platform: PlatformName, now: datetime) -> date:
    """The platform's own day at an instant."""
    return now.astimezone(ZoneInfo(RESET_ZONES.get(platform, "UTC"))).date()


class Ledger:
    """The crawler's side: every call is entered before it leaves."""

    def __init__(self, client: redis_asyncio.Redis, platform: PlatformName) -> None:
        self._client = client
        self._platform = platform

    async def enter(self, now: datetime, credential: str, endpoint: str, units: int) -> int:
        """Books one call; gives the credential's total units of the day, this call included."""
        name = keys.ledger(self._platform, platform_day(self._platform, now))
        async with self._client.pipeline(transaction=False) as pipe:
            pipe.hincrby(name, f"{credential}|{endpoint}|calls", 1)
            pipe.hincrby(name, f"{credential}|{endpoint}|units", units)
            pipe.hincrby(name, f"{credential}||total", units)
            pipe.expire(name, KEEP_SECONDS)
            answers = await pipe.execute()
        return int(answers[2])


def spending(client: Redis) -> list[Spent]:
    """Everything in the ledger, days in order."""
    rows: list[Spent] = []
    for name in sorted(client.scan_iter("cr:ledger:*")):
        _, _, platform, day = text(name).split(":")
        fields = {text(k): int(v) for k, v in client.hgetall(name).items()}
        rows.extend(_rows(platform, date.fromisoformat(day), fields))  # type: ignore[arg-type]
    return rows


def _rows(platform: PlatformName, day: date, fields: Mapping[str, int]) -> list[Spent]:
    pairs = {tuple(name.split("|")[:2]) for name in fields if not name.endswith("||total")}
    return [
        Spent(
            platform=platform,
            day=day,
            credential=credential,
            endpoint=endpoint,
            calls=fields[f"{credential}|{endpoint}|calls"],
            units=fields[f"{credential}|{endpoint}|units"],
        )
        for credential, endpoint in sorted(pairs)
    ]
