"""Plans as data: those that have a name (`plans.toml`), and those that a team writes itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from model.platform import PLATFORMS, PlatformName
from model.route import Route
from model.tables.toml_text import TomlFault, toml_file
from scheduler.plan import Plan, PlanError, Tier

NAMED = Path(__file__).with_name("plans.toml")
WEB = "web"
"""The plan, and the table of a plan, for accounts that are read by their public pages."""
_SPAN = re.compile(r"(\d{1,5})([mhd])", re.ASCII)
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_SPANS = ("profile_every", "edge_lead", "lateness", "confirm_after")
_SWITCHES = ("at_end", "stop_at_cutoff")
PLAN_KEYS = ("bands", *_SPANS, *_SWITCHES)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Plans:
    """One plan for all, and others for single platforms and for public pages."""

    base: Plan = field(default_factory=Plan)
    overrides: Mapping[PlatformName, Plan] = field(default_factory=dict)
    web: Plans | None = None

    def of(self, platform: PlatformName, route: Route = Route.API) -> Plan:
        """The plan of a platform's accounts that are read by a route."""
        if route is Route.WEB and self.web is not None:
            return self.web.of(platform)
        return self.overrides.get(platform, self.base)


def duration(text: str, name: str) -> timedelta:
    """A length of time such as `2h`. Raises PlanError."""
    match = _SPAN.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise PlanError(f"{name}: {text!r}: expected a length of time such as 30m, 2h or 7d")
    return int(match[1]) * _UNITS[match[2]]


def changed(plan: Plan, data: Mapping[str, Any]) -> Plan:
    """The plan with what `data` says otherwise. Raises PlanError naming the key."""
    unknown = sorted(set(data) - set(PLAN_KEYS))
    if unknown:
        raise PlanError(f"{unknown[0]}: there is no such key; known are {', '.join(PLAN_KEYS)}")
    values: dict[str, Any] = {name: duration(data[name], name) for name in _SPANS if name in data}
    for name in _SWITCHES:
        if name in data:
            if not isinstance(data[name], bool):
                raise PlanError(f"{name}: expected true or false, got {data[name]!r}")
            values[name] = data[name]
    if "bands" in data:
        values["bands"] = _bands(data["bands"])
    return replace(plan, **values)


def _bands(rows: Any) -> tuple[Tier, ...]:
    expected = 'bands: expected [["2d", "2h"], …]: up to an age, read every so often'
    if not isinstance(rows, list | tuple):
        raise PlanError(expected)
    bands = []
    for row in rows:
        if not isinstance(row, list | tuple) or len(row) != 2:
            raise PlanError(expected)
        bands.append(Tier(duration(row[0], "bands"), duration(row[1], "bands")))
    return tuple(bands)


def plans_from(data: Mapping[str, Any], base: Plan | None = None) -> Plans:
    """A plan with its tables for platforms and for public pages. Raises PlanError."""
    tables: dict[str, Mapping[str, Any]] = {
        name: data[name] for name in (*PLATFORMS, WEB) if isinstance(data.get(name), Mapping)
    }
    plain = {k: v for k, v in data.items() if k not in tables and k != "about"}
    common = changed(base or Plan(), plain)
    own = {
        name: _within(name, lambda table: changed(common, table), tables[name])
        for name in PLATFORMS
        if name in tables
    }
    web = tables.get(WEB)
    if web is None:
        return Plans(common, own)
    return Plans(common, own, _within(WEB, lambda table: plans_from(table, common), web))


def _within(name: str, read: Callable[[Mapping[str, Any]], _T], table: Mapping[str, Any]) -> _T:
    """What a table says; the PlanError of what is wrong in it names the table."""
    try:
        return read(table)
    except PlanError as error:
        raise PlanError(f"[{name}] {error}") from error


@cache
def named_plans() -> Mapping[str, Plans]:
    """The plans that come with the project, by name."""
    document = toml_file(NAMED)
    return {name: plans_from(data) for name, data in document.items()}


def load_plans(name: str) -> Plans:
    """A plan by its name, or from a TOML file that holds one. Raises PlanError."""
    if name in named_plans():
        return named_plans()[name]
    path = Path(name)
    if path.suffix != ".toml":
        known = ", ".join(named_plans())
        raise PlanError(f"plan {name!r}: expected one of {known}, or a file ending in .toml")
    try:
        return plans_from(toml_file(path))
    except (OSError, TomlFault) as error:
        raise PlanError(f"{name}: {error}") from error
    except PlanError as error:
        raise PlanError(f"{name}: {error}") from error


def about(name: str) -> str:
    """What a named plan is for."""
    return str(toml_file(NAMED)[name]["about"])
