"""By which route a visit is made: the official API first, the public pages where it says no."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from model.account import Account
from model.messages import Outcome
from model.route import Route, RouteSetting
from model.visit import VisitState
from scheduler.retry import due_again

API_REFUSALS = frozenset({Outcome.FORBIDDEN, Outcome.TOKEN_INVALID, Outcome.QUOTA_SPENT})
"""How an official API says no: the public pages may still say yes."""


@dataclass(frozen=True, slots=True)
class Routing:
    """What the settings of one platform say about its routes."""

    setting: RouteSetting = RouteSetting.API
    """`api`, `web`, or `auto`: the API where there are credentials, and where it refuses, or there
    are none, the public pages."""
    credentials: bool = True
    accounts: Mapping[str, RouteSetting] = field(default_factory=dict)
    """The same for single accounts, by id."""

    def allowed(self, account: Account, web_served: bool) -> tuple[Route, ...]:
        """The routes that an account's visits may take, the first choice first.

        `web_served`: whether some crawler opens pages at present. Where none does, the API's later
        attempts are not given up for pages that nobody would open.
        """
        setting = self.accounts.get(account.id, self.setting)
        if setting is not RouteSetting.AUTO:
            return (Route(setting),)
        if not self.credentials:
            return (Route.WEB,)
        return (Route.API, Route.WEB) if web_served else (Route.API,)


def next_attempt(
    allowed: tuple[Route, ...], state: VisitState, scale: float = 1.0
) -> tuple[Route, datetime] | None:
    """The route of an unsuccessful visit's next attempt, and when it is due; None: never.

    A second choice is open only after the first one refused. Each route has its own pauses; what
    was not tried yet is due at once, and of two the earlier one is taken.
    """
    if state.complete:
        return None
    tried = {one.route: one for one in (state.other, state) if one is not None}
    options: list[tuple[datetime, int, Route]] = []
    for priority, route in enumerate(allowed):
        before = tried.get(route)
        if priority > 0 and not _refused(tried.get(allowed[0])):
            continue
        due = state.ended_at if before is None else due_again(before, scale)
        if due is not None:
            options.append((due, priority, route))
    if not options:
        return None
    due, _, route = min(options)
    return route, due


def _refused(state: VisitState | None) -> bool:
    return state is not None and state.outcome in API_REFUSALS
