"""The settings of the plan: `CITYREACH_PLAN__NAME=thrifty`, `CITYREACH_PLAN__X__BANDS=…`."""

from __future__ import annotations

from typing import Any, Self, cast

from pydantic import BaseModel, ConfigDict, create_model, model_validator

from model.platform import PLATFORMS
from scheduler.plans import WEB, Plans, changed, load_plans, named_plans, plans_from


class PlanTable(BaseModel):
    """What a plan says otherwise. Lengths of time are written `30m`, `2h` or `7d`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bands: tuple[tuple[str, str], ...] | None = None
    """`[["2d","2h"],["10d","4h"],["35d","1d"]]`: up to an age, posts are read every so often."""
    profile_every: str | None = None
    at_end: bool | None = None
    stop_at_cutoff: bool | None = None
    edge_lead: str | None = None
    lateness: str | None = None
    confirm_after: str | None = None


class PlanSettings(PlanTable):
    """When accounts and posts are read: a plan by name or from a file, and what differs from it.

    `PLAN_SETTINGS` adds a table for each platform.
    """

    name: str = "default"
    """One of the plans that come with the project, or a TOML file."""
    web: PlanTable | None = None
    """For accounts that are read by their public pages."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        self.plans()
        return self

    def plans(self) -> Plans:
        """The plans that these settings describe. Raises PlanError."""
        chosen = load_plans(self.name)
        data: dict[str, Any] = self.model_dump(exclude_none=True, exclude={"name"})
        tables = {name: data.pop(name) for name in (*PLATFORMS, WEB) if name in data}
        base = changed(chosen.base, data)
        own = {n: changed(p, data) for n, p in chosen.overrides.items() if n not in tables}
        given = plans_from(tables, base)
        web, said = chosen.web or named_plans()[WEB], tables.get(WEB, {})
        seen = {name: changed(plan, said) for name, plan in web.overrides.items()}
        return Plans(base, {**own, **given.overrides}, Plans(changed(web.base, said), seen))


PLAN_SETTINGS: type[PlanSettings] = create_model(
    "PlanSettings",
    __base__=PlanSettings,
    **cast(Any, dict.fromkeys(PLATFORMS, (PlanTable | None, None))),
)
"""The settings of the plan with the tables of all platforms."""
