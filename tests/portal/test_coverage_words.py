"""What is said of accounts that were not collected."""

from __future__ import annotations

from portal.figures.coverage import coverage_of, told_why
from tests.scoring.support import measure_row


def test_a_visit_that_found_nothing_new_is_no_failure() -> None:
    ends = ("ok_nothing_new", "ok", "login_wall: the login page", "never visited")
    rows = [
        measure_row(f"city-{at}", "facebook", collected=False, why=why, posts=None)
        for at, why in enumerate(ends)
    ]
    (found,) = coverage_of(rows)
    assert (found.accounts, found.collected, found.begun) == (4, 0, 2)
    assert [one.why for one in found.failed] == [*ends[2:]]
    assert told_why(found.failed[0], "en") == "login wall: the login page"
    assert told_why(found.failed[0], "zh").startswith("要求登录")
    assert told_why(found.failed[1], "en") == "never visited"
