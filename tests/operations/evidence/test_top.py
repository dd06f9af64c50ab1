"""The scheduler takes evidence of the best posts of a month that it has scored."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from model.account import Account
from operations import evidence, jobs
from operations.running.clock import set_file_clock
from operations.runtime import Runtime
from sandbox.world.model import WorldAccount as Subject
from store.accounts import put_accounts
from store.evidence import entries
from store.ingest.writer import Writer
from store.plan.skipped import mark
from tests.crawler.platforms.against_sandbox import in_may
from tests.operations.evidence.conftest import MakeRuntime
from tests.sandbox.running import Sandbox
from tests.store.harvest import MAY, account, closed, page, post, visit

HOUR = timedelta(hours=1)
CLOSED = MAY.cutoff + timedelta(days=2)


def subject(sandbox: Sandbox) -> Subject:
    return sandbox.busiest("instagram")


def best(sandbox: Sandbox) -> str:
    """The post to which `collected` gives most likes."""
    return max(in_may(sandbox, subject(sandbox)))


def collected(runtime: Runtime, sandbox: Sandbox) -> None:
    """One account's month, read at its edges and its cut-off, to be closed now."""
    one = subject(sandbox)
    who = Account(platform="instagram", id=one.id, handle=one.handle, city="nanjing")
    put_accounts(runtime.db, [who])
    ids = sorted(in_may(sandbox, one))
    messages = []
    for instant in (MAY.start - HOUR, MAY.end - 3 * HOUR, MAY.end - HOUR, MAY.cutoff - HOUR):
        made = visit(instant, platform="instagram", account_id=one.id)
        items = [
            post(
                id_,
                instant,
                MAY.start + n * HOUR,
                platform="instagram",
                account=one.id,
                likes=n,
                comments=1,
                shares=2,
            )
            for n, id_ in enumerate(ids, 1)
        ]
        people = [
            account(
                instant,
                platform="instagram",
                account_id=one.id,
                handle=one.handle,
                followers=1000 + instant.day,
            )
        ]
        messages.append(page(made, instant, posts=items, accounts=people))
        messages.append(closed(made, instant, seen=ids))
    Writer(runtime.db).write(messages)
    mark(runtime.db, "began", MAY.start)


def run_jobs(runtime: Runtime) -> None:
    """As the scheduler does after a month's cut-off."""
    assert runtime.settings.clock_file is not None
    set_file_clock(runtime.settings.clock_file, CLOSED)
    jobs.close_months(runtime)
    jobs.score_months(runtime)
    jobs.report_months(runtime)


def shown(runtime: Runtime) -> list[str]:
    return [one.seen.post for one in entries(runtime.db)]


def test_once_for_each_month(make_runtime: MakeRuntime, sandbox: Sandbox) -> None:
    runtime = make_runtime(evidence_for_top=True)
    collected(runtime, sandbox)
    run_jobs(runtime)
    assert shown(runtime) == [f"instagram:{best(sandbox)}"]
    jobs.report_months(runtime)
    evidence.take_top_evidence(runtime, MAY)
    assert len(shown(runtime)) == 1


def test_not_unless_the_settings_want_it(make_runtime: MakeRuntime, sandbox: Sandbox) -> None:
    runtime = make_runtime()
    collected(runtime, sandbox)
    run_jobs(runtime)
    assert shown(runtime) == []


def test_a_wall_is_no_evidence_and_holds_nothing_up(
    make_runtime: MakeRuntime, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    runtime = make_runtime(evidence_for_top=True)
    collected(runtime, sandbox)
    sandbox.fault(platform="instagram", route="web", kind="login_wall")
    with caplog.at_level(logging.WARNING):
        run_jobs(runtime)
    assert shown(runtime) == []
    assert f"no evidence of instagram:{best(sandbox)}: login_wall" in caplog.text


def test_a_machine_without_a_browser_takes_it_later(
    make_runtime: MakeRuntime, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = make_runtime(evidence_for_top=True)
    collected(runtime, sandbox)
    with monkeypatch.context() as without:
        without.setattr(evidence, "available", lambda _: False)
        run_jobs(runtime)
    assert shown(runtime) == []
    jobs.report_months(runtime)
    assert len(shown(runtime)) == 1


def test_pages_of_months_long_past_are_left_alone(
    make_runtime: MakeRuntime, sandbox: Sandbox
) -> None:
    runtime = make_runtime(evidence_for_top=True)
    collected(runtime, sandbox)
    assert runtime.settings.clock_file is not None
    set_file_clock(runtime.settings.clock_file, MAY.cutoff + timedelta(days=32))
    evidence.take_top_evidence(runtime, MAY)
    assert shown(runtime) == []
