"""The scheduler takes evidence of the best posts of a month that it has scored."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from cityreach import agenda, evidence
from cityreach.clock import set_file_clock
from cityreach.house import House
from cityreach.journal import mark
from model.account import Account
from sandbox.world import Account as Subject
from store.evidence import entries
from store.registry import put_accounts
from store.writer import Writer
from tests.evidence.conftest import MakeHouse
from tests.platforms.against_sandbox import in_may
from tests.sandbox.running import Sandbox
from tests.store.harvest import MAY, account, closed, page, post, visit

HOUR = timedelta(hours=1)
CLOSED = MAY.cutoff + timedelta(days=2)


def subject(sandbox: Sandbox) -> Subject:
    return sandbox.busiest("instagram")


def best(sandbox: Sandbox) -> str:
    """The post to which `collected` gives most likes."""
    return max(in_may(sandbox, subject(sandbox)))


def collected(house: House, sandbox: Sandbox) -> None:
    """One account's month, read at its edges and its cut-off, to be closed now."""
    one = subject(sandbox)
    who = Account(platform="instagram", id=one.id, handle=one.handle, city="nanjing")
    put_accounts(house.db, [who])
    ids = sorted(in_may(sandbox, one))
    messages = []
    for instant in (MAY.start - HOUR, MAY.end - 3 * HOUR, MAY.end - HOUR, MAY.cutoff - HOUR):
        made = visit(instant, platform="instagram", account_id=one.id)
        items = [post(id_, instant, MAY.start + n * HOUR, platform="instagram", account=one.id,
                      likes=n, comments=1, shares=2)
                 for n, id_ in enumerate(ids, 1)]  # fmt: skip
        people = [account(instant, platform="instagram", account_id=one.id, handle=one.handle,
                          followers=1000 + instant.day)]  # fmt: skip
        messages.append(page(made, instant, posts=items, accounts=people))
        messages.append(closed(made, instant, seen=ids))
    Writer(house.db, MAY.tz).write(messages)
    mark(house.db, "began", MAY.start)


def run_jobs(house: House) -> None:
    """As the scheduler does after a month's cut-off."""
    assert house.settings.clock_file is not None
    set_file_clock(house.settings.clock_file, CLOSED)
    agenda.close_months(house)
    agenda.score_months(house)
    agenda.report_months(house)


def shown(house: House) -> list[str]:
    return [one.seen.post for one in entries(house.db)]


def test_once_for_each_month(make_house: MakeHouse, sandbox: Sandbox) -> None:
    house = make_house(evidence_for_top=True)
    collected(house, sandbox)
    run_jobs(house)
    assert shown(house) == [f"instagram:{best(sandbox)}"]
    agenda.report_months(house)
    evidence.take_top_evidence(house, MAY)
    assert len(shown(house)) == 1


def test_not_unless_the_settings_want_it(make_house: MakeHouse, sandbox: Sandbox) -> None:
    house = make_house()
    collected(house, sandbox)
    run_jobs(house)
    assert shown(house) == []


def test_a_wall_is_no_evidence_and_holds_nothing_up(
    make_house: MakeHouse, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    house = make_house(evidence_for_top=True)
    collected(house, sandbox)
    sandbox.fault(platform="instagram", route="web", kind="login_wall")
    with caplog.at_level(logging.WARNING):
        run_jobs(house)
    assert shown(house) == []
    assert f"no evidence of instagram:{best(sandbox)}: login_wall" in caplog.text


def test_a_machine_without_a_browser_takes_it_later(
    make_house: MakeHouse, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = make_house(evidence_for_top=True)
    collected(house, sandbox)
    with monkeypatch.context() as without:
        without.setattr(evidence, "available", lambda _: False)
        run_jobs(house)
    assert shown(house) == []
    agenda.report_months(house)
    assert len(shown(house)) == 1


def test_pages_of_months_long_past_are_left_alone(make_house: MakeHouse, sandbox: Sandbox) -> None:
    house = make_house(evidence_for_top=True)
    collected(house, sandbox)
    assert house.settings.clock_file is not None
    set_file_clock(house.settings.clock_file, MAY.cutoff + timedelta(days=32))
    evidence.take_top_evidence(house, MAY)
    assert shown(house) == []
