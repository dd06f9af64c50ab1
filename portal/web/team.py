"""The pages of the team: whether all is well, and what to do where it is not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pymongo.client_session import ClientSession
from starlette.responses import Response

from bus.connection import TROUBLE
from model.account import PauseKind
from model.messages import Outcome
from model.platform import PLATFORMS
from portal.asking.asked import Asked, TeamSource, adds, asked_of, to_page
from portal.asking.choices import check_choice, named_by
from portal.figures.answer_fields import LEAST_ANSWERS, SAMPLE, Compared, compared
from portal.figures.lacking import gap_calendar, gap_sums, numbered
from portal.figures.renamed import renamed
from portal.figures.rounds import EARLIER, LEAST_ROUNDS, Round, rounds_of
from portal.rights.viewer import NotThere, Right
from portal.users.audit import note_change
from portal.users.errors import AccessError
from portal.web.drawing import draw
from store.errors import NoReason, PauseError
from store.plan.pauses import Stop
from store.plan.platform_pauses import pause_platform, resume_platform

router = APIRouter()
Ask = Annotated[Asked, Depends(asked_of)]
_MOST_VISITS = 200
_MOST_ROUNDS = 150
_MOST_LIVE = 50
_MOST_RENAMES = 500
_FIELDS_FRESH = 600.0
"""Hundreds of answers are unpacked for it."""
_LIVE_FRESH = 2.0
_ROUNDS_OF = timedelta(days=35)
_LONGEST_REASON = 300
_FRESH = 15.0
"""Seconds for which how things stand is not asked again."""


@adds(router, "GET", "/team", Right.TEAM)
def team_page(asked: Ask) -> Response:
    """One screen: whether all is well."""
    team, shelf = asked.portal.team, asked.portal.shelf
    state = shelf.lately("status", team.status, _FRESH)
    well = all(how == "ok" for how in state["servers"].values())
    quota = shelf.lately("quota", team.quota, _FRESH) if well else []
    return draw(asked, "team.html", status=state, quota=quota, well=well and not state["to_do"])


@adds(router, "POST", "/team/platforms", Right.ADMIN)
def pause_or_resume(asked: Ask) -> Response:
    """Has a platform not visited from now on, or visited again."""
    platform, kind, reason = (
        str(asked.form.get(name, "")).strip()[:_LONGEST_REASON]
        for name in ("platform", "kind", "reason")
    )
    for field, value, known in (
        ("platform", platform, PLATFORMS),
        ("kind", kind, ("paused", "resumed")),
    ):
        check_choice(field, value, known)
    portal, now = asked.portal, asked.portal.clock.now()
    stop = Stop(PauseKind.RESTED, now, reason, at_once=True)

    def change(session: ClientSession) -> None:
        if kind == "paused":
            who = asked.known.name
            count = pause_platform(portal.db, platform, stop, portal.months, who, session)
        else:
            count = resume_platform(portal.db, platform, now, session)
        detail = {"reason": reason, "accounts": count}
        note_change(portal.db, now, asked.known.name, f"platform.{kind}", platform, detail, session)

    try:
        with portal.db.client.start_session() as session:
            session.with_transaction(change)
    except PauseError as error:
        field = "reason" if isinstance(error, NoReason) else "platform"
        raise AccessError(field, str(error)) from None
    portal.shelf.changed()
    return to_page("/team")


@adds(router, "GET", "/team/live", Right.TEAM)
def live_page(asked: Ask) -> Response:
    """Visits that crawlers hold at this moment, and visits that wait."""
    rows = asked.portal.shelf.lately(
        "live", lambda: asked.portal.team.live(_MOST_LIVE), _LIVE_FRESH
    )
    held = [row for row in rows if row["holder"] is not None]
    return draw(
        asked,
        "live.html",
        now=asked.portal.clock.now(),
        held=held,
        waiting=[row for row in rows if row["holder"] is None],
        gone=sum(row["lease_left"] < 0 for row in held),
        names=asked.portal.cities,
        most=_MOST_LIVE,
    )


@adds(router, "GET", "/team/renames", Right.TEAM)
def renames_page(asked: Ask) -> Response:
    """Accounts with another handle than before, and answers with other fields."""
    portal = asked.portal
    fields: list[Compared] = portal.shelf.lately(
        "answer fields",
        lambda: compared(portal.db, PLATFORMS, portal.clock.now()),
        _FIELDS_FRESH,
    )
    rows = renamed(portal.db)
    return draw(
        asked,
        "renames.html",
        renames=rows[:_MOST_RENAMES],
        behind=sum(one.newest and not one.registered for one in rows),
        fields=fields,
        changes=[change for one in fields for change in one.changes],
        comparable=any(one.newest >= LEAST_ANSWERS <= one.before for one in fields),
        names=portal.cities,
        sample=SAMPLE,
        least=LEAST_ANSWERS,
    )


@adds(router, "GET", "/team/rounds", Right.TEAM)
def rounds_page(asked: Ask, platform: str = "") -> Response:
    """Rounds of collecting beside the median of those before."""
    check_choice("platform", platform, PLATFORMS, may_lack=True)
    since = asked.portal.clock.now() - _ROUNDS_OF
    found: list[Round] = asked.portal.shelf.lately(
        ("rounds", platform), lambda: rounds_of(asked.portal.db, since, platform or None)
    )
    return draw(
        asked,
        "rounds.html",
        rounds=found[:_MOST_ROUNDS],
        of=len(found),
        unlike=[one for one in found if one.odd],
        judged=sum(one.judged for one in found),
        platform=platform,
        earlier=EARLIER,
        least=LEAST_ROUNDS,
    )


@adds(router, "GET", "/team/visits", Right.TEAM)
def visits_page(
    asked: Ask, platform: str = "", outcome: str = "", account: str = "", failed: str = ""
) -> Response:
    """Visits that have ended, and what was set aside."""
    wanted = {"platform": platform, "outcome": outcome, "account": account, "failed": failed}
    check_choice("platform", platform, PLATFORMS, may_lack=True)
    check_choice("outcome", outcome, tuple(Outcome), may_lack=True)
    team = asked.portal.team
    rows = team.visits(wanted, _MOST_VISITS)
    return draw(
        asked,
        "visits.html",
        rows=rows,
        by_outcome=numbered(rows, "outcome"),
        names=asked.portal.cities,
        dead=_dead(team),
        wanted=wanted,
        outcomes=[one.value for one in Outcome],
        most=_MOST_VISITS,
        done=(),
    )


def _dead(team: TeamSource) -> list[dict[str, Any]] | None:
    """What was set aside; None while the queue is away, which visits are not kept in."""
    try:
        return team.dead(50)
    except TROUBLE:
        return None


@adds(router, "POST", "/team/visits/requeue", Right.ADMIN)
def requeue(asked: Ask) -> Response:
    """Sends a visit or a dead letter out again."""
    one = str(asked.form.get("id", ""))[:300]
    if not one:
        raise AccessError("id", "expected the id of a visit or of a dead letter")
    (row,) = asked.portal.team.requeue([one]) or ({"requeued": False, "why": "not there"},)
    now = asked.portal.clock.now()
    note_change(asked.portal.db, now, asked.known.name, "visits.requeue", one, _short(row))
    if not row["requeued"]:
        raise AccessError("id", str(row["why"]))
    return to_page("/team/visits")


def _short(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"requeued": row["requeued"], "why": row["why"]}


@adds(router, "GET", "/team/gaps", Right.TEAM)
def gaps_page(asked: Ask, month: str = "", platform: str = "", what: str = "") -> Response:
    """What is missing of a month, or what is odd about its readings (`what=flags`)."""
    check_choice("platform", platform, PLATFORMS, may_lack=True)
    check_choice("what", what, ("gaps", "flags"), may_lack=True)
    name = month or asked.portal.shelf.newest()
    with named_by("month"):
        period = asked.portal.shelf.named(name)
        if period.start > asked.portal.clock.now():
            raise NotThere("month", name, asked.portal.shelf.known()[:3])
    team = asked.portal.team
    ask = team.flags if what == "flags" else team.gaps
    rows = asked.portal.shelf.lately(
        ("gaps", what, name, platform), lambda: ask(name, platform or None)
    )
    return draw(
        asked,
        "gaps.html",
        rows=rows[:500],
        of=len(rows),
        **_summed(rows, what == "flags"),
        names=asked.portal.cities,
        harming=sum(row.get("harms") not in (None, "daily") for row in rows),
        month=name,
        months=asked.portal.shelf.known(),
        platform=platform,
        what=what or "gaps",
    )


def _summed(rows: list[dict[str, Any]], flags: bool) -> dict[str, Any]:
    """The same by reason and by day, or by kind: who sees hundreds of rows asks that first."""
    if flags:
        return {"kinds": numbered(rows, "kind"), "sums": (), "calendar": ()}
    return {"kinds": (), "sums": gap_sums(rows), "calendar": gap_calendar(rows)}


@adds(router, "GET", "/team/quota", Right.TEAM)
def quota_page(asked: Ask) -> Response:
    """What the platforms' quotas have left, and whether the plan fits."""
    return draw(
        asked,
        "quota.html",
        rows=asked.portal.shelf.lately("quota", asked.portal.team.quota, _FRESH),
    )


@adds(router, "GET", "/team/alerts", Right.TEAM)
def alerts_page(asked: Ask) -> Response:
    """What the rules found and who was told; which rules there are."""
    team = asked.portal.team
    rows = asked.portal.shelf.lately("alerts", team.alerts, _FRESH)
    live = [row for row in rows if row["over"] is None]
    return draw(
        asked,
        "alerts.html",
        live=live,
        past=[row for row in rows if row["over"] is not None],
        critical=sum(row["severity"] == "critical" for row in live),
        plan=team.alert_plan(),
    )
