"""What was spent at each platform, per day of the platform, credential and endpoint."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from redis import Redis
from redis import asyncio as redis_asyncio
from redis.exceptions import ResponseError

from bus import keys
from bus.batches import Batches
from bus.replies import counters, decoded
from model.platform import PlatformName
from model.platforms import FACTS

log = logging.getLogger(__name__)
_KEEP_SECONDS = 90 * 86_400
POSTS, USERS = "posts read", "users read"
ALL = "*"
"""Stands for the credential where a platform's bill does not tell them apart."""


_FOREIGN = ("WRONGTYPE", "INVALIDOBJ", "not an integer", "overflow")
"""In what Redis says of a value that is of another kind than ours."""
_COUNTER = re.compile(rb"-?[0-9]{1,17}")


@dataclass(frozen=True, slots=True)
class Spent:
    """Calls and units of one platform, credential and endpoint on one day."""

    platform: PlatformName
    day: date
    credential: str
    endpoint: str
    calls: int
    units: int


@dataclass(frozen=True, slots=True)
class _Call:
    """One call to be booked."""

    day: date
    credential: str
    endpoint: str
    units: int


def platform_day(platform: PlatformName, now: datetime) -> date:
    """The platform's own day at an instant."""
    return now.astimezone(_zone(platform)).date()


def next_reset(platform: PlatformName, now: datetime) -> datetime:
    """When the platform's next day begins, in UTC."""
    following = platform_day(platform, now) + timedelta(days=1)
    midnight = datetime(following.year, following.month, following.day, tzinfo=_zone(platform))
    return midnight.astimezone(UTC)


def day_begins(platform: PlatformName, now: datetime) -> datetime:
    """When the platform's present day began, in UTC."""
    day = platform_day(platform, now)
    return datetime(day.year, day.month, day.day, tzinfo=_zone(platform)).astimezone(UTC)


def _zone(platform: PlatformName) -> ZoneInfo:
    return ZoneInfo(FACTS[platform].tariff.zone)


def _bills_resources(platform: PlatformName) -> bool:
    """Whether posts and users are billed as they are answered, and not the calls."""
    return FACTS[platform].tariff.billing == "resources"


class Ledger:
    """The crawler's side: every call is entered before it leaves, every answer as it comes."""

    def __init__(self, client: redis_asyncio.Redis, platform: PlatformName) -> None:
        self._client = client
        self._platform = platform
        self._answered: dict[str, set[str]] = {}
        self._calls = Batches(self._enter)

    async def enter(self, now: datetime, credential: str, endpoint: str, units: int) -> int:
        """Books one call; gives the credential's total units of the day, this call included.

        Where answers are billed and not calls, gives what all answers of the day have cost. Calls
        that are entered at the same time are booked together.
        """
        day = platform_day(self._platform, now)
        billed = 0 if _bills_resources(self._platform) else units
        return await self._calls.add(_Call(day, credential, endpoint, billed))

    async def _enter(self, calls: Sequence[_Call]) -> list[int]:
        try:
            return await self._book(calls)
        except ResponseError as error:
            days = {call.day for call in calls}
            await self._clear(error, *(keys.ledger(self._platform, day) for day in days))
            return await self._book(calls)

    async def _book(self, calls: Sequence[_Call]) -> list[int]:
        unread, by_resource = self._answered, _bills_resources(self._platform)
        async with self._client.pipeline(transaction=False) as pipe:
            for call in calls:
                name, owner = keys.ledger(self._platform, call.day), call.credential
                pipe.hincrby(name, f"{owner}|{call.endpoint}|calls", 1)
                pipe.hincrby(name, f"{owner}|{call.endpoint}|units", call.units)
                pipe.hincrby(name, f"{owner}||total", call.units)
            for day in {call.day for call in calls}:
                pipe.expire(keys.ledger(self._platform, day), _KEEP_SECONDS)
            self._bill(pipe)
            for subject in (POSTS, USERS) if by_resource else ():
                pipe.pfcount(keys.billed(self._platform, calls[-1].day, subject))
            answers = await pipe.execute()
        self._billed(unread)
        if by_resource:
            return [sum(int(answer) for answer in answers[-2:])] * len(calls)
        return [int(total) for total in answers[2 : 3 * len(calls) : 3]]

    def answered(self, now: datetime, posts: Sequence[str], users: Sequence[str]) -> None:
        """Notes what an answer showed, where that is billed; it is booked with the next call."""
        if not _bills_resources(self._platform):
            return
        day, noted = platform_day(self._platform, now), dict(self._answered)
        for subject, ids in ((POSTS, posts), (USERS, users)):
            if ids:
                name = keys.billed(self._platform, day, subject)
                noted[name] = noted.get(name, set()) | set(ids)
        self._answered = noted

    async def flush(self) -> None:
        """Books what was answered since the last call."""
        if not self._answered:
            return
        unread = self._answered
        try:
            async with self._client.pipeline(transaction=False) as pipe:
                self._bill(pipe)
                await pipe.execute()
        except ResponseError as error:
            await self._clear(error)
            return
        self._billed(unread)

    async def _clear(self, error: ResponseError, *ledgers: str) -> None:
        """Removes what stands under our names and is nothing of ours: no call could ever be entered
        beside it. Raises the error if it is about something else."""
        if not any(words in str(error) for words in _FOREIGN):
            raise error
        log.warning("%s hold something of somebody else, which is removed: %s", ledgers, error)
        for name in ledgers:
            if await self._client.type(name) not in (b"hash", b"none"):
                await self._client.delete(name)
                continue
            fields: Any = await self._client.hgetall(name)
            if bad := [field for field, value in fields.items() if not _is_counter(value)]:
                await self._client.hdel(name, *bad)
        for name in self._answered:
            try:
                await self._client.pfcount(name)
            except ResponseError:
                await self._client.delete(name)

    def _bill(self, pipe: redis_asyncio.client.Pipeline) -> None:
        for name, ids in self._answered.items():
            pipe.pfadd(name, *ids)
            pipe.expire(name, _KEEP_SECONDS)

    def _billed(self, done: dict[str, set[str]]) -> None:
        """These are booked; what came meanwhile is not."""
        if self._answered is done:
            self._answered = {}
        elif done:
            left = {name: ids - done.get(name, set()) for name, ids in self._answered.items()}
            self._answered = {name: ids for name, ids in left.items() if ids}


def _is_counter(value: bytes) -> bool:
    return _COUNTER.fullmatch(value) is not None


def units_of_day(client: Redis, platform: PlatformName, now: datetime) -> int:
    """Units spent at a platform's official API on its present day, by all credentials."""
    day = platform_day(platform, now)
    if _bills_resources(platform):
        return sum(_distinct(client, keys.billed(platform, day, s)) for s in (POSTS, USERS))
    fields = counters(client, keys.ledger(platform, day))
    return sum(row.units for row in _rows(platform, day, fields) if is_api(row.endpoint))


def is_api(endpoint: str) -> bool:
    """Public pages and tokens cost no units of the official API."""
    return endpoint != "token" and not endpoint.startswith("web.")


def spending(client: Redis) -> list[Spent]:
    """Everything in the ledger, days in order."""
    rows: list[Spent] = []
    for name in sorted(client.scan_iter("cr:ledger:*")):
        if (named := _named(name, 4)) is not None:
            platform, day, _ = named
            rows.extend(_rows(platform, day, counters(client, decoded(name))))
    return [*rows, *_billed(client)]


def _named(name: bytes, parts: int) -> tuple[PlatformName, date, str] | None:
    """Platform, day and what follows them in the name of a key; None for what is none of ours."""
    _, _, platform, day, *rest = [*name.decode(errors="replace").split(":"), "", ""][:5]
    try:
        if platform in FACTS and name.count(b":") == parts - 1:
            return platform, date.fromisoformat(day), rest[0]
    except ValueError:
        pass
    log.warning("%r is not the name of a ledger", name)
    return None


def _billed(client: Redis) -> list[Spent]:
    """What was billed by the piece; near enough (HyperLogLog: within about one per cent)."""
    rows = []
    for name in sorted(client.scan_iter("cr:billed:*")):
        if (named := _named(name, 5)) is not None:
            platform, day, subject = named
            rows.append(Spent(platform, day, ALL, subject, 0, _distinct(client, decoded(name))))
    return rows


def _distinct(client: Redis, name: str) -> int:
    """How many ids a HyperLogLog has counted; none where something else stands under its name."""
    try:
        return int(client.pfcount(name))
    except ResponseError as error:
        if not str(error).startswith(("WRONGTYPE", "INVALIDOBJ")):
            raise
        log.warning("%s is no HyperLogLog: somebody else has written it", name)
        return 0


def _rows(platform: PlatformName, day: date, fields: Mapping[str, int]) -> list[Spent]:
    pairs = {
        tuple(name.split("|")[:2])
        for name in fields
        if name.count("|") == 2 and not name.endswith("||total")
    }
    booked = Counter(fields)  # A field is written with its first booking.
    return [
        Spent(
            platform=platform,
            day=day,
            credential=credential,
            endpoint=endpoint,
            calls=booked[f"{credential}|{endpoint}|calls"],
            units=booked[f"{credential}|{endpoint}|units"],
        )
        for credential, endpoint in sorted(pairs)
    ]
