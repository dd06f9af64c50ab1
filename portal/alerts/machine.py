"""Whether there is room left: on disks, and in the queue server's memory."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pymongo.errors import PyMongoError

from portal.alerts.problems import Problem, Scene
from portal.alerts.rules import Rule

_GIGABYTE = 1024**3


def disk_usage(path: Path) -> tuple[int, int]:
    """Total and free bytes where a path lies, or would lie."""
    there = next(one for one in (path.absolute(), *path.absolute().parents) if one.exists())
    usage = shutil.disk_usage(there)
    return usage.total, usage.free


def disk(scene: Scene, rule: Rule) -> Iterator[Problem]:
    """File systems, ours and the database's, with less free than the share and the gigabytes."""
    for where, (total, free) in _places(scene).items():
        little = free < rule.limits["share"] * total and free < rule.limits["gigabytes"] * _GIGABYTE
        if total and little:
            facts = {
                "where": where,
                "free": f"{free / _GIGABYTE:.1f} GB",
                "total": f"{total / _GIGABYTE:.1f} GB",
                "percent": round(100 * free / total),
            }
            yield Problem(rule=rule, subject=where, facts=facts, weight=total / max(free, 1))


def _places(scene: Scene) -> dict[str, tuple[int, int]]:
    places = {"data": scene.usage(scene.data_dir)}
    try:
        stats = scene.db.command("dbStats")
    except PyMongoError:
        # It is away, or lets its user read and write only; our own disk can be looked at all the
        # same.
        return places
    if "fsTotalSize" in stats:
        total = int(stats["fsTotalSize"])
        places["MongoDB"] = (total, total - int(stats["fsUsedSize"]))
    return places


def queue_memory(scene: Scene, rule: Rule) -> Iterator[Problem]:
    """The queue server nears the limit at which it refuses writes."""
    memory: Any = scene.redis.info("memory")
    used, limit = int(memory["used_memory"]), int(memory["maxmemory"])
    if limit and used >= rule.limits["share"] * limit:
        percent = round(100 * used / limit)
        facts = {
            "used": f"{used / 1e6:.0f} MB",
            "limit": f"{limit / 1e6:.0f} MB",
            "percent": percent,
        }
        yield Problem(rule=rule, subject="queue", facts=facts, weight=percent)
