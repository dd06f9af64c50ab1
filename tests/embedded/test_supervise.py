from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from embedded import Process
from embedded.supervise import RECYCLED, Interrupts, Part, PartState, Supervisor
from model.backoff import Backoff
from tests.embedded.processes import lines_of, next_line, python
from tests.waiting import gone, wait_until

QUICK = Backoff(first=0.01, most=0.02)
PATIENT = Backoff(first=600.0, most=600.0)
PUBLISH = "import os, sys, time; print(os.getpid(), flush=True)"
STAYS = f"{PUBLISH}; time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {STAYS}"
FINISHES = f"""
import signal
{PUBLISH}
def finish(*_):
    print('finished', flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, finish)
print('ready', flush=True)
time.sleep(600)
"""
FOREGROUND = """
import sys
from pathlib import Path
from embedded.supervise import Part, Supervisor
parts = [Part(f"part{n}", [sys.executable, "-c", code], log=Path(sys.argv[1]) / f"{n}.log")
         for n, code in enumerate(sys.argv[2:])]
Supervisor(parts, print, grace=600).run()
print("all ended", flush=True)
"""


def part(folder: Path, code: str, name: str = "part", *, until_done: bool = False) -> Part:
    argv = [sys.executable, "-c", code]
    return Part(name, argv, log=folder / f"{name}.log", until_done=until_done)


def starts(folder: Path, name: str = "part") -> list[int]:
    """The process ids under which a part has run."""
    return [int(line) for line in lines_of(folder / f"{name}.log") if line.isdigit()]


def state(supervisor: Supervisor, name: str = "part") -> PartState:
    return next(each.state for each in supervisor.statuses() if each.name == name)


def test_a_part_that_dies_is_started_again_and_says_so(tmp_path: Path) -> None:
    said: list[str] = []
    backoff = Backoff(first=0.01, most=0.02)
    with Supervisor(
        [part(tmp_path, f"{PUBLISH}; sys.exit(3)")], said.append, backoff=backoff
    ) as supervisor:
        wait_until(lambda: len(starts(tmp_path)) >= 4, "it has run four times")
        assert supervisor.wanted
        (status,) = supervisor.statuses()
        assert status.restarts >= 3
    assert len(set(starts(tmp_path))) >= 4
    assert said[:3] == [
        "part ended, exit code 3; started again in 0.01 s",
        "part ended, exit code 3; started again in 0.02 s",
        "part ended, exit code 3; started again in 0.02 s",
    ]


def test_a_killed_part_is_started_again(tmp_path: Path) -> None:
    said: list[str] = []
    with Supervisor([part(tmp_path, STAYS)], said.append, backoff=QUICK, back=0.0):
        wait_until(lambda: len(starts(tmp_path)) == 1, "it runs")
        os.kill(starts(tmp_path)[0], signal.SIGKILL)
        wait_until(lambda: len(starts(tmp_path)) == 2, "it runs again")
        wait_until(lambda: len(said) == 2, "it is told to be back")
    assert said == ["part ended, signal 9 (SIGKILL); started again in 0.01 s", "part runs again"]
    assert all(gone(pid) for pid in starts(tmp_path))


def test_ending_without_being_asked_counts_as_death(tmp_path: Path) -> None:
    with Supervisor([part(tmp_path, PUBLISH)], print, backoff=QUICK):
        wait_until(lambda: len(starts(tmp_path)) >= 2, "it runs again")


def test_a_part_that_is_done_stays_done(tmp_path: Path) -> None:
    said: list[str] = []
    with Supervisor(
        [part(tmp_path, PUBLISH, until_done=True)], said.append, backoff=QUICK
    ) as supervisor:
        wait_until(lambda: not supervisor.wanted, "nothing is wanted any more")
        assert state(supervisor) is PartState.FINISHED
    assert len(starts(tmp_path)) == 1
    assert said == []


def test_a_part_that_fails_before_it_is_done_is_started_again(tmp_path: Path) -> None:
    code = f"{PUBLISH}; sys.exit(len(open({str(tmp_path / 'part.log')!r}).readlines()) < 3)"
    with Supervisor([part(tmp_path, code, until_done=True)], print, backoff=QUICK) as supervisor:
        wait_until(lambda: not supervisor.wanted, "it is done")
    assert len(starts(tmp_path)) == 3


def test_a_wrong_setting_is_not_tried_again(tmp_path: Path) -> None:
    said: list[str] = []
    with Supervisor(
        [part(tmp_path, f"{PUBLISH}; sys.exit(2)")], said.append, backoff=QUICK
    ) as supervisor:
        wait_until(lambda: state(supervisor) is PartState.REFUSED, "it is refused")
        assert not supervisor.wanted
    assert len(starts(tmp_path)) == 1
    assert said == ["part ended, exit code 2: something it was given is wrong; not started again"]


def test_who_has_run_long_enough_begins_anew_with_short_waits(tmp_path: Path) -> None:
    said: list[str] = []
    backoff = Backoff(first=0.01, factor=100, most=600)
    parts = [part(tmp_path, f"{PUBLISH}; sys.exit(1)")]
    with Supervisor(parts, said.append, backoff=backoff, settled=0):
        wait_until(lambda: len(starts(tmp_path)) >= 3, "it has run three times")
    assert set(said) == {"part ended, exit code 1; started again in 0.01 s"}


def test_parts_do_not_disturb_one_another(tmp_path: Path) -> None:
    parts = [part(tmp_path, STAYS, "calm"), part(tmp_path, f"{PUBLISH}; sys.exit(1)", "restless")]
    with Supervisor(parts, print, backoff=QUICK):
        wait_until(lambda: len(starts(tmp_path, "restless")) >= 3, "one has died often")
        assert len(starts(tmp_path, "calm")) == 1


def test_a_part_waits_before_it_is_started_again(tmp_path: Path) -> None:
    with Supervisor(
        [part(tmp_path, f"{PUBLISH}; sys.exit(1)")], print, backoff=PATIENT
    ) as supervisor:
        wait_until(lambda: state(supervisor) is PartState.WAITING, "it waits")
        assert supervisor.wanted
    assert len(starts(tmp_path)) == 1


def test_parts_may_finish_what_they_do(tmp_path: Path) -> None:
    with Supervisor([part(tmp_path, FINISHES)], print):
        wait_until(lambda: "ready" in lines_of(tmp_path / "part.log"), "it is ready")
    assert lines_of(tmp_path / "part.log")[-1] == "finished"


def test_what_does_not_end_is_killed(tmp_path: Path) -> None:
    said: list[str] = []
    parts = [part(tmp_path, STUBBORN, "stubborn"), part(tmp_path, STAYS, "obedient")]
    with Supervisor(parts, said.append, grace=0.1):
        wait_until(lambda: bool(starts(tmp_path, "stubborn")), "one runs")
        wait_until(lambda: bool(starts(tmp_path, "obedient")), "the other runs")
    assert all(gone(pid) for name in ("stubborn", "obedient") for pid in starts(tmp_path, name))
    assert said == ["stubborn did not end when asked and was killed"]


def test_servers_are_started_again_but_left_running(tmp_path: Path) -> None:
    server = Process(name="server", argv=[sys.executable, "-c", STAYS], log=tmp_path / "server.log")
    server.start()
    try:
        said: list[str] = []
        with Supervisor([], said.append, servers=[server], backoff=QUICK) as supervisor:
            assert not supervisor.wanted, "servers alone are no reason to go on"
            wait_until(lambda: len(starts(tmp_path, "server")) == 1, "it runs")
            server.kill()
            wait_until(lambda: len(starts(tmp_path, "server")) == 2, "it runs again")
            assert supervisor.statuses()[0].restarts == 1
        assert server.running
        assert said == ["server ended, signal 9 (SIGKILL); started again in 0.01 s"]
    finally:
        server.kill()
        server.wait()


def test_what_cannot_be_started_is_tried_again(tmp_path: Path) -> None:
    said: list[str] = []
    (tmp_path / "file").touch()
    broken = Part("part", ["true"], log=tmp_path / "file" / "log")
    with Supervisor([broken], said.append, backoff=QUICK):
        wait_until(lambda: len(said) >= 2, "it was tried twice")
    assert "a file is in the way" in said[0]
    assert said[0].endswith("started again in 0.01 s")


def test_a_closed_terminal_does_not_end_the_watch(tmp_path: Path) -> None:
    def closed(line: str) -> None:
        raise BrokenPipeError(line)

    with Supervisor([part(tmp_path, f"{PUBLISH}; sys.exit(1)")], closed, backoff=QUICK):
        wait_until(lambda: len(starts(tmp_path)) >= 3, "it has run three times")


def test_parts_come_and_go_while_others_run(tmp_path: Path) -> None:
    with Supervisor([part(tmp_path, STAYS, "first")], print) as supervisor:
        supervisor.add(part(tmp_path, STAYS, "second"))
        wait_until(lambda: bool(starts(tmp_path, "second")), "the second runs")
        with pytest.raises(ValueError, match="there is a part 'second' already"):
            supervisor.add(part(tmp_path, STAYS, "second"))
        supervisor.end("second")
        assert gone(starts(tmp_path, "second")[0])
        assert [status.name for status in supervisor.statuses()] == ["first"]
        with pytest.raises(KeyError):
            supervisor.end("second")


def test_each_part_has_a_process_group_of_its_own(tmp_path: Path) -> None:
    with Supervisor([part(tmp_path, STAYS)], print):
        wait_until(lambda: bool(starts(tmp_path)), "it runs")
        (pid,) = starts(tmp_path)
        assert os.getpgid(pid) == pid != os.getpgrp()


def test_a_part_sees_the_environment_it_is_given(tmp_path: Path) -> None:
    code = "import os; print(os.environ.get('CITYREACH_MONGO_URI'))"
    given = {"CITYREACH_MONGO_URI": "mongodb://here/"}
    log = tmp_path / "log"
    one = Part("one", [sys.executable, "-c", code], given, log, until_done=True)
    with Supervisor([one], print) as supervisor:
        wait_until(lambda: not supervisor.wanted, "it is done")
    assert lines_of(log) == ["mongodb://here/"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_interrupt_lets_parts_finish(tmp_path: Path, number: signal.Signals) -> None:
    with python(FOREGROUND, tmp_path, FINISHES) as front:
        wait_until(lambda: "ready" in lines_of(tmp_path / "0.log"), "the part is ready")
        front.send_signal(number)
        assert next_line(front) == "all ended"
        assert front.wait() == 0
    assert lines_of(tmp_path / "0.log")[-1] == "finished"


def test_the_second_interrupt_stops_at_once(tmp_path: Path) -> None:
    waits = FINISHES.replace("sys.exit(0)", "time.sleep(600)")
    with python(FOREGROUND, tmp_path, waits) as front:
        log = tmp_path / "0.log"
        wait_until(lambda: "ready" in lines_of(log), "the part is ready")
        front.send_signal(signal.SIGINT)
        wait_until(lambda: "finished" in lines_of(log), "the part was asked to finish")
        front.send_signal(signal.SIGINT)
        assert next_line(front) == "part0 did not end when asked and was killed"
        assert next_line(front) == "all ended"


def test_when_all_parts_are_done_the_foreground_ends(tmp_path: Path) -> None:
    with python(FOREGROUND.replace("log=", "until_done=True, log="), tmp_path, PUBLISH) as front:
        assert next_line(front) == "all ended"


def test_even_stubborn_parts_end_with_a_killed_supervisor(tmp_path: Path) -> None:
    with python(FOREGROUND, tmp_path, STUBBORN, STAYS) as front:
        wait_until(lambda: len(starts(tmp_path, "0") + starts(tmp_path, "1")) == 2, "both run")
        front.kill()
        front.wait()
        pids = starts(tmp_path, "0") + starts(tmp_path, "1")
        wait_until(lambda: all(gone(pid) for pid in pids), "both have ended")


def test_interrupts_are_counted_and_handlers_put_back() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with Interrupts() as interrupts:
        assert (interrupts.finish, interrupts.stop) == (False, False)
        signal.raise_signal(signal.SIGINT)
        assert (interrupts.finish, interrupts.stop) == (True, False)
        signal.raise_signal(signal.SIGTERM)
        assert (interrupts.finish, interrupts.stop) == (True, True)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_a_supervisor_can_be_used_from_any_thread(tmp_path: Path) -> None:
    supervisor = Supervisor([part(tmp_path, STAYS)], print)
    run: Callable[[], None] = supervisor.start
    starter = threading.Thread(target=run)
    starter.start()
    starter.join()
    wait_until(lambda: len(starts(tmp_path)) == 1, "it runs")
    supervisor.stop()
    assert all(gone(pid) for pid in starts(tmp_path))


def test_a_part_that_has_grown_old_is_started_anew_at_once(tmp_path: Path) -> None:
    said: list[str] = []
    old = f"{PUBLISH}; sys.exit({RECYCLED})"
    with Supervisor([part(tmp_path, old)], said.append, backoff=PATIENT):
        wait_until(lambda: len(starts(tmp_path)) >= 3, "it had run three times")
    assert said == []
