"""A scene to look at, channels to tell, and visits that make trouble."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from redis import Redis

from model.account import Account
from model.messages import Outcome, VisitKind, Window
from model.months import Months
from model.platform import PLATFORMS, PlatformName
from portal.alerts import checks
from portal.alerts.problems import Problem, Scene
from portal.alerts.rules import Rule
from store.accounts import put_accounts
from store.database import Store
from store.ingest.writer import Writer
from tests.store.harvest import closed, visit

GIGABYTE = 1024**3
HOUR = timedelta(hours=1)
RULES = {rule.id: rule for rule in checks.load(None)}


def roomy(path: Path) -> tuple[int, int]:
    return 1000 * GIGABYTE, 900 * GIGABYTE


def scene(db: Store, redis: Redis, now: datetime, **more: Any) -> Scene:
    """How things stand, with room on the disk and no limits of quota."""
    given = {
        "enabled": frozenset(PLATFORMS),
        "data_dir": Path(),
        "usage": roomy,
        "months": Months(),
        **more,
    }
    return Scene(db=db, redis=redis, now=now, **given)


def found(scene_: Scene, rule: str, **limits: Any) -> list[Problem]:
    """What one of the shipped rules finds, with other limits."""
    shipped = RULES[rule]
    changed = Rule(
        shipped.id, shipped.check, shipped.severity, {**shipped.limits, **limits}, shipped.text
    )
    return checks.find(scene_, [changed]).problems


def watch_accounts(db: Store, *ids: str, platform: PlatformName = "facebook") -> None:
    """Puts accounts into the registry."""
    put_accounts(
        db, [Account(platform=platform, id=one, handle=f"h{one}", city="nanjing") for one in ids]
    )


def visited(
    db: Store,
    account: str,
    at: datetime,
    outcome: Outcome = Outcome.OK,
    *,
    platform: PlatformName = "facebook",
    kind: VisitKind = VisitKind.PROFILE,
    window: Window | None = None,
) -> None:
    """One visit that ended so."""
    of = visit(at, kind, platform=platform, account_id=account, window=window)
    Writer(db).write([closed(of, at, outcome, detail="as the platform said")])
