"""The portal of a demo that is kept: one reader of each role, and its server."""

from __future__ import annotations

import socket
from collections.abc import Callable

from embedded.supervise import Part
from operations.rehearsal.world_run import DemoRun
from operations.running.parts import part
from portal.figures.leaderboard import leaderboard
from portal.figures.months import MonthShelf
from portal.users.passwords import one_time_password
from portal.users.people import add_person, find_person, set_password
from portal.users.roles import Role
from portal.users.start import prepare_users
from registry.cities import load_cities

_PREFERRED = 8950


def open_portal(
    run: DemoRun, month: str, say: Callable[[str], None], port: int | None = None
) -> None:
    """Starts the portal, and says its address and one-time passwords of three readers."""
    port = _free_port(_PREFERRED if port is None else port)
    environment = {**run.environment, "CITYREACH_PORTAL__PORT": str(port)}
    lines = _readers(run, month)
    run.supervisor.add(Part("portal", part("portal"), environment))
    say("\n".join([f"the portal: http://127.0.0.1:{port}", *lines]))


def _readers(run: DemoRun, month: str) -> list[str]:
    """One line for each reader, with a one-time password that is made anew."""
    runtime, cities = run.runtime, load_cities()
    shelf = MonthShelf(lambda: runtime.db, runtime.months, runtime.settings.method, runtime.clock)
    rows = leaderboard(shelf.figures(month), "composite", cities)
    watched = runtime.db.accounts.distinct("city") or [*cities]
    city = rows[min(5, len(rows) - 1)]["city"] if rows else min(watched)
    wanted = {
        "analyst": (Role.ANALYST, ()),
        "operator": (Role.OPERATOR, (city,)),
        "admin": (Role.ADMIN, ()),
    }
    lines = []
    for name, (role, of) in wanted.items():
        password = one_time_password()
        known = find_person(runtime.db, name)
        if known is None:
            add_person(runtime.db, name, role, of, password, runtime.clock.now())
        else:
            set_password(runtime.db, name, password, one_time=True)
        theirs = of if known is None else known.cities
        where = ", ".join(f"{cities[one].name_zh} {cities[one].name_en}" for one in theirs)
        lines.append(
            f"  {name} of {where}: name {name}, one-time password {password}"
            if where
            else f"  {name}: name {name}, one-time password {password}"
        )
    prepare_users(runtime.db, runtime.clock.now(), lambda _: None)
    return lines


def _free_port(preferred: int) -> int:
    for port in (preferred, 0):
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(tried.getsockname()[1])
    return preferred
