"""What each role comes for, done by hand: clicks and forms, as a person would."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from playwright.sync_api import Page

from tests.portal.web.browser.looking import Seen
from tests.portal.web.readers import PASSWORD
from tests.portal.web.seeded import MINE

Task = Callable[[Seen, str], None]
_SERIAL = count(1)
"""Whoever is let in is somebody else."""


def _sign_in(page: Page, name: str) -> None:
    page.goto("/sign-in")
    page.fill("input[name=name]", name)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button.main")
    page.wait_for_url(lambda url: not url.endswith("/sign-in"))


def analyst_reads_the_month(seen: Seen, language: str) -> None:
    """Overview, leaderboard by platform, filtered and sorted, then one city."""
    page = seen.page
    _sign_in(page, "analyst")
    page.wait_for_selector("[data-chart] svg")
    seen.look()
    page.goto("/months/2025-05/leaderboard")
    page.click("a[href*='scope=facebook']")
    with page.expect_navigation():
        page.select_option("select[name=region]", "east")
    assert "region=east" in page.url
    page.click("th a[href*='sort=posts']")
    page.wait_for_selector("th[aria-sort=descending]")
    seen.look()
    page.click("tbody th a >> nth=0")
    page.wait_for_url("**/cities/**")


def analyst_follows_a_number(seen: Seen, language: str) -> None:
    """From the index of a city to a measure and the posts in it."""
    page = seen.page
    _sign_in(page, "analyst")
    page.goto(f"/months/2025-05/cities/{MINE}/method")
    for _ in range(3):
        page.click(".tree li li a >> nth=0")
    page.wait_for_url("**/method?node=*")
    page.wait_for_selector("table tbody tr, .tree li")


def analyst_tries_another_weight(seen: Seen, language: str) -> None:
    """Nothing is kept of it."""
    page = seen.page
    _sign_in(page, "analyst")
    page.goto("/months/2025-05/what-if")
    page.select_option("select[name=node]", "x")
    page.fill("input[name=weight]", "0.9")
    page.click("main form button")
    page.wait_for_selector("main table tbody tr >> nth=7")


def operator_looks_at_the_city(seen: Seen, language: str) -> None:
    """Today's standing, a post above expectation, what the first ten would take."""
    page = seen.page
    _sign_in(page, "operator")
    assert page.url.endswith(f"/my/{MINE}")
    seen.look()
    page.click("a[href$='/top-ten']")
    page.wait_for_url("**/top-ten")
    seen.look()
    page.go_back()
    page.wait_for_url(f"**/my/{MINE}")
    page.click("a[href^='/accounts/'] >> nth=0")
    page.wait_for_selector("[data-chart] svg")


def admin_lets_somebody_in(seen: Seen, language: str) -> None:
    """The one-time password is on the page, once; then the person is disabled."""
    page = seen.page
    _sign_in(page, "admin")
    page.goto("/admin")
    name = f"guest-{next(_SERIAL)}"
    page.fill("form[action='/admin/users'] input[name=name]", name)
    page.click("form[action='/admin/users'] button.main")
    page.wait_for_selector("p.done code")
    seen.look()
    page.click(f"tr:has-text('{name}') form[action$='/disable'] button")
    page.wait_for_selector(f"p.done:not(:has(code)):has-text('{name}')")


def admin_checks_a_list(seen: Seen, language: str) -> None:
    """A list of accounts with one bad row is refused with its line, a good one is checked."""
    page = seen.page
    _sign_in(page, "admin")
    page.goto("/accounts")
    head = "city,platform,handle,id\n"
    for rows, kind in ((f"{MINE},x,\n", ".problem"), (f"{MINE},x,another,4242\n", ".done")):
        page.set_input_files(
            "input[type=file]",
            {"name": "accounts.csv", "mimeType": "text/csv", "buffer": (head + rows).encode()},
        )
        page.click("button[value=no]")
        page.wait_for_selector(kind)
        seen.look()


TASKS: list[Task] = [
    analyst_reads_the_month,
    operator_looks_at_the_city,
    admin_lets_somebody_in,
    analyst_follows_a_number,
    analyst_tries_another_weight,
    admin_checks_a_list,
]
