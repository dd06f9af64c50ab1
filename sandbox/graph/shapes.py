"""Forms that Facebook and Instagram have in common."""

from __future__ import annotations

from sandbox.service.exchange import JsonObject
from sandbox.world.model import to_moment


def graph_time(instant: int) -> str:
    """A time as the Graph API writes it."""
    return f"{to_moment(instant):%Y-%m-%dT%H:%M:%S}+0000"


def wrapped(answer: JsonObject) -> JsonObject:
    """An answer as pages hand it to their scripts."""
    stream = ["adp_Profile", {"__bbox": {"complete": True, "result": answer}}]
    inner = {"__bbox": {"require": [["RelayPrefetchedStreamCache", "next", [], stream]]}}
    return {"require": [["ScheduledServerJS", "handle", None, [inner]]]}
