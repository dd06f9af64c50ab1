"""How the scheduler's jobs went last, for people."""

from __future__ import annotations

from datetime import datetime

import msgspec
from redis import Redis

from bus import keys
from bus.replies import hash_fields, rows_of


class JobState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One job's latest run."""

    name: str
    at: datetime
    """When it ended."""
    seconds: float
    by: str
    """Which scheduler ran it."""
    error: str = ""
    """What it met; empty if all went well."""


_encode = msgspec.json.Encoder().encode


def note_job(client: Redis, state: JobState) -> None:
    """Takes the place of the job's earlier run."""
    client.hset(keys.JOBS, state.name, _encode(state))


def job_states(client: Redis) -> list[JobState]:
    """All jobs that ever ran, by name."""
    found = hash_fields(client, keys.JOBS)
    states = rows_of(keys.JOBS, found.values(), JobState)
    return sorted(states, key=lambda state: state.name)
