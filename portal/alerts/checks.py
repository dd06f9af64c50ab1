"""The checks that rules can name. Each looks at one thing and gives the problems it finds."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pymongo import timeout
from pymongo.errors import PyMongoError
from redis.exceptions import RedisError

from bus import keys
from bus.dead import lost_letters, number_of_letters
from bus.replies import decoded
from model.account import Account
from model.messages import Outcome
from model.platform import PLATFORMS, PlatformName
from model.route import Route
from portal.alerts import letters, machine, quota, tokens
from portal.alerts.problems import Find, Problem, Scene
from portal.alerts.rules import Check, Rule, RuleError, load_rules
from registry.cities import load_cities
from store.accounts import accounts
from store.database import VISITS
from store.month.coverage import coverage_shares
from store.quality.flagging import stored_flags
from store.quality.flags import FlagKind

log = logging.getLogger(__name__)

_EXAMPLES = 3
DATABASE_WITHIN = 10.0
"""Seconds in which MongoDB has to answer a check."""
_IN_DATABASE = frozenset(
    {"no_reading", "outcomes", "schema_drift", "quota_forecast", "coverage", "digests"}
)
"""Checks that can tell nothing without MongoDB."""


def no_reading(scene: Scene, rule: Rule) -> Iterator[Problem]:
    """Accounts without a single complete visit in the last hours, platform by platform.

    Not before the platform has been visited for so long at all.
    """
    since = scene.now - timedelta(hours=rule.limits["hours"])
    for platform, watched in _by_platform(scene).items():
        of = {"platform": platform}
        if scene.db[VISITS].find_one({**of, "observed_at": {"$lt": since}}) is None:
            continue
        recent = {**of, "complete": True, "observed_at": {"$gte": since}}
        read = set(scene.db[VISITS].distinct("account", recent))
        silent = [account for account in watched if account not in read]
        if silent:
            facts = {
                "platform": platform,
                "accounts": len(silent),
                "of": len(watched),
                "hours": rule.limits["hours"],
                "examples": _some(scene, silent),
            }
            yield Problem(rule=rule, subject=platform, facts=facts, weight=len(silent))


def outcomes(scene: Scene, rule: Rule) -> Iterator[Problem]:
    """Visits that ended in certain outcomes, platform by platform and outcome by outcome."""
    wanted = [_outcome(name, rule).value for name in rule.limits["outcomes"]]
    since = scene.now - timedelta(hours=rule.limits["hours"])
    found = scene.db[VISITS].aggregate(
        [
            {"$match": {"observed_at": {"$gte": since}, "outcome": {"$in": wanted}}},
            {"$sort": {"observed_at": -1}},
            {
                "$group": {
                    "_id": {"platform": "$platform", "outcome": "$outcome"},
                    "visits": {"$sum": 1},
                    "accounts": {"$addToSet": "$account"},
                    "detail": {"$first": "$detail"},
                }
            },
            {"$sort": {"_id": 1}},
        ]
    )
    for row in found:
        if row["visits"] < rule.limits["least"]:
            continue
        facts = {
            **row["_id"],
            "visits": row["visits"],
            "accounts": len(row["accounts"]),
            "hours": rule.limits["hours"],
            "detail": row["detail"],
            "examples": _some(scene, sorted(row["accounts"])),
        }
        subject = f"{row['_id']['platform']}:{row['_id']['outcome']}"
        yield Problem(rule=rule, subject=subject, facts=facts, weight=row["visits"])


def _outcome(name: str, rule: Rule) -> Outcome:
    try:
        return Outcome(name)
    except ValueError:
        raise RuleError(f"rule {rule.id}: there is no outcome {name}") from None


def schema_drift(scene: Scene, rule: Rule) -> Iterator[Problem]:
    """Fields that vanished across accounts, and answers of many accounts that cannot be mapped."""
    since = scene.now - timedelta(hours=rule.limits["hours"])
    for flag in stored_flags(scene.db, since, scene.now, kinds=[FlagKind.SCHEMA_DRIFT.value]):
        facts = {
            "platform": flag["platform"],
            "what": flag["subject"].partition(":")[2],
            "accounts": flag["facts"]["lost"],
            "of": flag["facts"]["accounts"],
        }
        yield Problem(rule=rule, subject=flag["subject"], facts=facts, weight=facts["accounts"])
    yield from _other_versions(scene, rule, since)
    changed = {"outcome": Outcome.CHANGED_SHAPE.value, "observed_at": {"$gte": since}}
    for platform, watched in _by_platform(scene).items():
        found = scene.db[VISITS].distinct("account", {**changed, "platform": platform})
        if len(found) >= rule.limits["accounts"]:
            facts = {
                "platform": platform,
                "what": Outcome.CHANGED_SHAPE.value,
                "accounts": len(found),
                "of": len(watched),
            }
            yield Problem(rule=rule, subject=platform, facts=facts, weight=len(found))


def _other_versions(scene: Scene, rule: Rule, since: datetime) -> Iterator[Problem]:
    """An API whose version was retired answers as the next one does."""
    watched = _by_platform(scene)
    for flag in stored_flags(scene.db, since, scene.now, kinds=[FlagKind.API_VERSION.value]):
        said = flag["facts"]
        facts = {
            "platform": flag["platform"],
            "what": f"API {said['asked']}, answered as {said['answered']}",
            "accounts": said["accounts"],
            "of": len(watched.get(flag["platform"], ())),
        }
        yield Problem(rule=rule, subject=flag["subject"], facts=facts, weight=facts["accounts"])


def token_expiring(scene: Scene, rule: Rule) -> Iterator[Problem]:
    """Tokens that end within days, or have ended."""
    today = scene.now.date()
    for platform in sorted(scene.enabled & scene.tokens.keys()):
        left = (scene.tokens[platform] - today).days
        if left <= rule.limits["days"]:
            facts = {"platform": platform, "days": left, "day": f"{scene.tokens[platform]}"}
            yield Problem(rule=rule, subject=platform, facts=facts, weight=1 if left > 1 else 10)


def queue_age(scene: Scene, rule: Rule) -> Iterator[Problem]:
    """Streams whose oldest entry has waited for long, by the queue server's own clock."""
    seconds, _ = _server_time(scene)
    for stream in (keys.HARVEST, *(keys.visit_queue(p, r) for p in PLATFORMS for r in Route)):
        oldest = scene.redis.xrange(stream, count=1)
        if not oldest:
            continue
        since = int(decoded(oldest[0][0]).partition("-")[0]) / 1000
        minutes = (seconds - since) / 60
        if minutes >= rule.limits["minutes"]:
            facts = {
                "stream": stream,
                "minutes": round(minutes),
                "entries": scene.redis.xlen(stream),
            }
            yield Problem(rule=rule, subject=stream, facts=facts, weight=max(minutes, 1.0))


def _server_time(scene: Scene) -> tuple[int, int]:
    time = scene.redis.time()
    return int(time[0]), int(time[1])


def dead_letters(scene: Scene, rule: Rule) -> Iterator[Problem]:
    """Messages that were set aside."""
    dead = number_of_letters(scene.redis)
    if dead >= rule.limits["least"]:
        yield Problem(rule=rule, subject="dead", facts={"letters": dead}, weight=dead)


def letters_lost(scene: Scene, rule: Rule) -> Iterator[Problem]:
    """Messages that were set aside and had to make room for newer ones."""
    lost = lost_letters(scene.redis)
    if lost >= rule.limits["least"]:
        yield Problem(rule=rule, subject="lost", facts={"letters": lost}, weight=lost)


def no_scheduler(scene: Scene, rule: Rule) -> Iterator[Problem]:
    """Nobody leads, so nothing is planned. Only a check from outside the scheduler can see it."""
    if not scene.redis.exists(keys.LEADER):
        yield Problem(rule=rule, subject="scheduler", facts={})


def low_coverage(scene: Scene, rule: Rule) -> Iterator[Problem]:
    """Shortly before a cut-off: accounts of whose month too little was looked at so far."""
    before = timedelta(days=rule.limits["days"])
    for period in scene.periods():
        if not period.cutoff - before <= scene.now < period.cutoff:
            continue
        elapsed = min(scene.now, period.end) - period.start
        whole = period.end - period.start
        for platform, watched in _by_platform(scene).items():
            shares = coverage_shares(scene.db, period, watched)
            low = [a for a in watched if shares[a] * (whole / elapsed) < rule.limits["share"]]
            if low:
                facts = {
                    "platform": platform,
                    "period": period.name,
                    "accounts": len(low),
                    "of": len(watched),
                    "share": rule.limits["share"],
                    "cutoff": f"{period.cutoff.astimezone(ZoneInfo(period.tz)):%Y-%m-%d %H:%M %z}",
                    "examples": _some(scene, low),
                }
                subject = f"{platform}:{period.name}"
                yield Problem(rule=rule, subject=subject, facts=facts, weight=len(low))


def _by_platform(scene: Scene) -> dict[PlatformName, list[str]]:
    """Keys of the watched accounts of the platforms that are switched on."""
    found: dict[PlatformName, list[str]] = {}
    for account in accounts(scene.db):
        if account.id and account.platform in scene.enabled and account.is_visited(scene.now):
            found.setdefault(account.platform, []).append(account.key)
    return found


def _some(scene: Scene, keys: list[str]) -> str:
    """The first of them, by handle and city as far as they are known."""
    known = {one.key: one for one in accounts(scene.db) if one.handle}
    shown = ", ".join(_owner(known[key]) if key in known else key for key in keys[:_EXAMPLES])
    return f"{shown}, …" if len(keys) > _EXAMPLES else shown


def _owner(account: Account) -> str:
    """With both names of the city: the same facts are told in both languages."""
    city = load_cities().get(account.city)
    named = account.city if city is None else f"{city.name_zh} {city.name_en}"
    return f"{account.handle} ({named})"


_FINDERS: Mapping[str, tuple[Find, Check]] = {
    "no_reading": (
        no_reading,
        Check({"hours": 30}, frozenset({"platform", "accounts", "of", "hours", "examples"})),
    ),
    "outcomes": (
        outcomes,
        Check(
            {"outcomes": ["empty_unexpected"], "hours": 6, "least": 3},
            frozenset({"platform", "outcome", "visits", "accounts", "hours", "detail", "examples"}),
        ),
    ),
    "schema_drift": (
        schema_drift,
        Check({"hours": 48, "accounts": 3}, frozenset({"platform", "what", "accounts", "of"})),
    ),
    "quota_forecast": (
        quota.forecast,
        Check({"share": 1.0}, frozenset({"platform", "spent", "forecast", "budget", "day"})),
    ),
    "token_expiring": (token_expiring, Check({"days": 7}, frozenset({"platform", "days", "day"}))),
    "refused_token": (
        tokens.refused_tokens,
        Check({}, frozenset({"platform", "credential", "outcome", "reason"})),
    ),
    "queue_age": (queue_age, Check({"minutes": 60}, frozenset({"stream", "minutes", "entries"}))),
    "dead_letters": (dead_letters, Check({"least": 1}, frozenset({"letters"}))),
    "lost_letters": (letters_lost, Check({"least": 1}, frozenset({"letters"}))),
    "no_scheduler": (no_scheduler, Check({}, frozenset())),
    "disk": (
        machine.disk,
        Check({"share": 0.1, "gigabytes": 5.0}, frozenset({"where", "free", "total", "percent"})),
    ),
    "queue_memory": (
        machine.queue_memory,
        Check({"share": 0.7}, frozenset({"used", "limit", "percent"})),
    ),
    "digests": (
        letters.undelivered,
        Check({"days": 7}, frozenset({"state", "digests", "examples"})),
    ),
    "coverage": (
        low_coverage,
        Check(
            {"share": 0.9, "days": 3},
            frozenset({"platform", "period", "accounts", "of", "share", "cutoff", "examples"}),
        ),
    ),
}

CHECKS: Mapping[str, Check] = {name: check for name, (_, check) in _FINDERS.items()}


def load(path: Path | None) -> list[Rule]:
    """The rules of a file, or the shipped ones. Raises RuleError."""
    rules = load_rules(path, CHECKS)
    for rule in rules:
        for name in rule.limits.get("outcomes", ()):
            _outcome(name, rule)
    return rules


@dataclass(frozen=True, slots=True)
class Findings:
    """All that is wrong, as far as it could be seen."""

    problems: list[Problem]
    unchecked: list[str]
    """Rules that could not be checked."""
    queue_away: bool
    """Whether that was because the queue server cannot be reached."""
    database_error: PyMongoError | None
    """Why MongoDB could not be asked."""


def find(scene: Scene, rules: Iterable[Rule]) -> Findings:
    """Every rule by itself: what hinders one check hides nothing that another finds.

    Once MongoDB does not answer in time, the checks that need it are left out.
    """
    found: list[Problem] = []
    unchecked: list[str] = []
    away, database_error = False, _ask_database(scene)
    for rule in rules:
        if database_error is not None and rule.check in _IN_DATABASE:
            unchecked.append(rule.id)
            continue
        try:
            with timeout(DATABASE_WITHIN):
                found += _FINDERS[rule.check][0](scene, rule)
        except RedisError:
            unchecked.append(rule.id)
            away = True
        except PyMongoError as error:
            unchecked.append(rule.id)
            database_error = error
        except OSError as error:
            log.warning("rule %s cannot be checked: %s", rule.id, error)
            unchecked.append(rule.id)
        if database_error is not None and rule.check == "disk":
            # It has looked at our disk alone.
            unchecked.append(rule.id)
    return Findings(found, unchecked, away, database_error)


def _ask_database(scene: Scene) -> PyMongoError | None:
    """Why MongoDB cannot be asked; None if it can."""
    try:
        with timeout(DATABASE_WITHIN):
            scene.db.command("ping")
    except PyMongoError as error:
        return error
    return None
