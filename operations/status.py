"""What runs, what waits, what is late, what failed and what to do, in one screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from redis.exceptions import RedisError

from bus import keys
from embedded import ask_mongo, ask_redis
from embedded.checks import ServerAnswer
from embedded.reasons import why_unusable
from model.messages import Outcome
from model.platform import PlatformName
from model.platforms import FACTS
from operations import parts_status
from operations.alerts import scene_of, watch_of
from operations.gaps import lately
from operations.media.files_status import media_state
from operations.remedies import REMEDIES
from operations.runtime import Runtime
from portal.alerts.memory import ALERTS, problem_words
from portal.alerts.remedies import check_remedy
from portal.wording import local_stamp
from store.database import ACCOUNTS, POSTS, VISITS, Store, connect_mongo
from store.ingest.attempts import redelivered
from store.plan.platform_pauses import platform_pauses
from store.plan.skipped import JOB_NOTES

_Row = dict[str, Any]
_RECENT = timedelta(days=1)
_PATIENCE = 3.0
"""Seconds in which MongoDB has to answer."""
_ALERTS = 10
_RESUME = "resume it on the portal's page of the collection once it may go on"
_OK = "ok"


def status_of(runtime: Runtime) -> _Row:
    """Everything `cityreach status` shows; instants are ISO 8601 UTC. What is unknown while a
    server is away is None.
    """
    uri, name = runtime.servers.mongo_uri or runtime.mongo_uri, runtime.settings.mongo_database
    # Not `runtime.db`, which waits longer and creates indexes first.
    mongo = _reached(ask_mongo(uri))
    if mongo != _OK:
        return _state(runtime, None, mongo)
    db = connect_mongo(uri, name, timeout=_PATIENCE)
    with db.client:
        return _state(runtime, db, mongo)


def _state(runtime: Runtime, db: Store | None, mongo: str) -> _Row:
    now = runtime.clock.now()
    queue, redis = _queue(runtime)
    state: _Row = {
        "now": now.isoformat(),
        "zone": runtime.settings.zone,
        "servers": {"mongodb": mongo, "redis": redis},
        "scheduler": None if queue is None else runtime.redis.get(keys.LEADER) is not None,
        "harvest_waiting": None if queue is None else queue["harvest_waiting"],
        "dead_letters": None if queue is None else queue["dead_letters"],
        "queue": queue,
        "disk": parts_status.disk_row(runtime),
        "jobs": None if queue is None else parts_status.job_rows(runtime, now),
        "credentials": None if queue is None else parts_status.credential_rows(runtime, now),
        "platforms": _platforms(runtime, db, queue, now),
        "paused": None if db is None else _paused(db),
        "media": None if db is None else media_state(runtime, db),
        "redelivered": None if db is None else _redelivered(db, now),
        "trouble": None if db is None else _trouble(db, now),
        "alerts": None if db is None else _alerts(db, now),
    }
    return {**state, "to_do": list(_to_do(runtime, db, state))}


def _reached(answer: ServerAnswer) -> str:
    return _OK if answer.usable else answer.sentence


def _queue(runtime: Runtime) -> tuple[_Row | None, str]:
    """What waits in the queue; None where Redis cannot be worked with, and why."""
    how = _reached(ask_redis(runtime.servers.redis_uri or runtime.redis_uri))
    if how != _OK:
        return None, how
    try:
        return parts_status.queue_rows(runtime.redis), _OK
    except RedisError as error:
        return None, f"Redis {why_unusable(error)}"


def _platforms(runtime: Runtime, db: Store | None, queue: _Row | None, now: datetime) -> list[_Row]:
    """One row for each platform that is switched on."""
    late: Mapping[PlatformName, _Row] = {} if db is None else lately(runtime, _since(db, now))
    rows: list[_Row] = []
    for name in runtime.settings.enabled:
        row: _Row = {"platform": name}
        if db is not None:
            last = db[VISITS].find_one(
                {"platform": name, "complete": True}, sort=[("observed_at", -1)]
            )
            row |= {
                "accounts": db[ACCOUNTS].count_documents({"platform": name}),
                "posts": db[POSTS].count_documents({"platform": name}),
                "last_success": last["observed_at"].isoformat() if last else None,
                **late[name],
            }
        if queue is not None:
            row |= parts_status.queued_visits(runtime, name)
        rows.append(row)
    return rows


def _paused(db: Store) -> list[_Row]:
    """Platforms that are not visited by decision."""
    return [
        {
            "platform": one.platform,
            "since": one.since.isoformat(),
            "reason": one.reason,
            "by": one.by,
            "accounts": one.accounts,
        }
        for one in platform_pauses(db)
    ]


def _since(db: Store, now: datetime) -> datetime:
    """A day ago, or when planning began: before that nothing was late."""
    began = db[JOB_NOTES].find_one({"_id": "began"})
    return max(now - _RECENT, began["at"]) if began else now


def _redelivered(db: Store, now: datetime) -> int:
    """Visits of the last day that were handed out once more after a kill or a stop."""
    recent = {"observed_at": {"$gte": now - _RECENT}, "attempts.deliveries": {"$gt": 1}}
    return sum(redelivered(visit) for visit in db[VISITS].find(recent, {"attempts.seen": False}))


def _trouble(db: Store, now: datetime) -> list[_Row]:
    """Unsuccessful visits of the last day by platform and outcome, with an example and a remedy."""
    found = db[VISITS].aggregate(
        [
            {"$match": {"complete": False, "observed_at": {"$gte": now - _RECENT}}},
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


def _alerts(db: Store, now: datetime) -> list[_Row]:
    """What the scheduler's alerts say: what lasts, and what was over within the last day."""
    lasting = {"over_since": {"$exists": False}, "live": True}
    over = {"over_since": {"$gte": now - _RECENT}}
    found = db[ALERTS].find({"$or": [lasting, over]}).sort("first_seen", -1).limit(_ALERTS)
    return [
        {
            "since": one["first_seen"].isoformat(),
            "over": one["over_since"].isoformat() if "over_since" in one else None,
            "severity": one["severity"],
            "text": one["text"]["en"],
            "text_zh": one["text"].get("zh", ""),
            "told": sorted(one["told"]),
        }
        for one in found
    ]


def _to_do(runtime: Runtime, db: Store | None, state: _Row) -> Iterator[_Row]:
    """Everything that somebody should see to, and how; what is worst comes first."""
    for name, how in state["servers"].items():
        if how != "ok":
            what, _, remedy = how.rpartition("; ")
            yield _item(what, remedy or f"look at the log of {name}")
    if db is not None:
        report = watch_of(runtime).look(scene_of(runtime, db))
        worst_first = sorted(report.problems, key=lambda problem: problem.rule.severity.value)
        for problem in worst_first:
            words, remedy = problem_words(problem), check_remedy(problem.rule.check, problem.facts)
            yield {**_item(words["en"], remedy), "what_zh": words["zh"]}
    if state["queue"] is not None:
        yield from _idle(runtime, state["queue"], state["platforms"])
        yield from _jobs(state["jobs"])
        if db is None:
            # Otherwise the alerts have told it.
            yield from _credentials(state["credentials"])
    if db is not None:
        yield from _late(state["platforms"])
        yield from _resting(state["paused"], state["zone"])


def _item(what: str, remedy: str) -> _Row:
    return {"what": what, "remedy": remedy}


def _idle(runtime: Runtime, queue: _Row, platforms: list[_Row]) -> Iterator[_Row]:
    if queue["harvest_waiting"] and not queue["writers"]:
        yield _item(
            f"{queue['harvest_waiting']} harvest entries wait and no writer takes them",
            "start `cityreach up`, or `cityreach write`",
        )
    for name in parts_status.unserved(runtime, platforms):
        yield _item(
            f"visits wait and no crawler takes them: {name}",
            f"start `cityreach up`, or `cityreach crawl --platform {name}`",
        )


def _jobs(jobs: Sequence[_Row]) -> Iterator[_Row]:
    for job in jobs:
        if job["state"] == "failed":
            yield _item(
                f"job {job['job']} failed at {job['last']:.16}Z: {job['error']}",
                "it is tried again by itself; the scheduler's log says more",
            )
        elif job["state"] == "overdue":
            yield _item(
                f"job {job['job']} ran last at {job['last']:.16}Z",
                "is the scheduler running, and not at its limit?",
            )


def _credentials(rows: Sequence[_Row]) -> Iterator[_Row]:
    for row in rows:
        if row["state"] == "dead":
            again = f", tried again at {row['until']:.16}Z" if row["until"] else ""
            yield _item(
                f"{row['platform']}: credential {row['credential']} is refused{again}: "
                f"{row['reason']}",
                REMEDIES[Outcome.TOKEN_INVALID],
            )


def _late(platforms: Sequence[_Row]) -> Iterator[_Row]:
    if missed := _each(platforms, "missed"):
        yield _item(
            f"readings of the last day were missed: {missed}",
            "`cityreach gaps --period` says which and why",
        )
    if unverified := _each(platforms, "unverified"):
        yield _item(
            f"accounts are not visited, for their ids are not known: {unverified}",
            "`cityreach accounts verify`",
        )


def _resting(paused: Sequence[_Row], zone: str) -> Iterator[_Row]:
    for row in paused:
        facts, by, why = FACTS[row["platform"]], row["by"], row["reason"]
        since = local_stamp(datetime.fromisoformat(row["since"]), zone)
        name = facts.en
        what = f"{name} is not visited since {since}, by decision of {by}: {why}"
        yield {
            **_item(what, _RESUME),
            "what_zh": f"{facts.zh} 自 {since} 起经 {by} 决定停止访问：{why}",
        }


def _each(platforms: Sequence[_Row], name: str) -> str:
    """`x 3, youtube 5`: platforms of which there are any."""
    return ", ".join(f"{row['platform']} {row[name]}" for row in platforms if row[name])
