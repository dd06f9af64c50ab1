from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from embedded import Process, StackError, child, shim
from embedded.child import describe_exit, end_all
from tests.embedded.processes import next_line, python
from tests.waiting import gone, wait_until

OBEDIENT = "import time; print('up', flush=True); time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {OBEDIENT}"
PARENT = """
import sys, threading, time
from pathlib import Path
from embedded import Process
code, log = sys.argv[1], Path(sys.argv[2])
child = Process(name="child", argv=[sys.executable, "-c", code], log=log)
starter = threading.Thread(target=child.start)
starter.start()
starter.join()
while "up" not in child.said():
    time.sleep(0.01)
print(child.pid, flush=True)
time.sleep(600)
"""


def program(code: str, log: Path, **options: Any) -> Process:
    return Process(name="probe", argv=[sys.executable, "-c", code], log=log, **options)


def test_a_process_tells_how_it_ended(tmp_path: Path) -> None:
    process = program("import sys; print('bye'); sys.exit(3)", tmp_path / "log")
    assert process.pid is None
    assert not process.running
    process.start()
    process.wait()
    assert process.poll() == 3
    assert process.said() == "bye\n"
    assert process.ending() == "exit code 3"


def test_the_reason_is_found_in_what_it_said(tmp_path: Path) -> None:
    explain = str.strip
    process = program("print('no room'); raise SystemExit(1)", tmp_path / "log", explain=explain)
    process.start()
    process.wait()
    assert process.ending() == "exit code 1: no room"


def test_only_what_it_said_since_its_last_start_counts(tmp_path: Path) -> None:
    process = program("import os; print(os.getpid())", tmp_path / "log")
    for _ in range(2):
        process.start()
        process.wait()
    assert process.said() == f"{process.pid}\n"
    assert len((tmp_path / "log").read_text().splitlines()) == 2


def test_a_long_log_is_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "_LOG_LIMIT", 3)
    process = program("print('long line')", tmp_path / "a.log")
    for _ in range(3):
        process.start()
        process.wait()
    assert (tmp_path / "a.log").read_text() == "long line\n"
    assert (tmp_path / "a.log.1").read_text() == "long line\n"
    assert len(list(tmp_path.iterdir())) == 2


def test_its_environment_is_what_it_is_given(tmp_path: Path) -> None:
    process = program("import os; print(sorted(os.environ))", tmp_path / "log", env={"ONLY": "1"})
    process.start()
    process.wait()
    assert "'ONLY'" in process.said()
    assert "'PATH'" not in process.said()


def test_it_runs_once_at_a_time(tmp_path: Path) -> None:
    process = program(OBEDIENT, tmp_path / "log")
    process.start()
    with pytest.raises(StackError, match="probe is running already"):
        process.start()
    end_all([process])


def test_ctrl_c_on_the_terminal_does_not_reach_it(tmp_path: Path) -> None:
    code = "import os; print(os.getpgrp() == os.getpid(), os.getppid())"
    process = program(code, tmp_path / "log")
    process.start()
    process.wait()
    assert process.said() == f"True {os.getpid()}\n"


def test_a_missing_program_says_so(tmp_path: Path) -> None:
    process = Process(name="none", argv=["/no/such/program"], log=tmp_path / "log")
    process.start()
    process.wait()
    assert process.poll() == 127
    assert process.said() == "/no/such/program cannot be started: No such file or directory\n"


def test_a_log_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StackError, match=r"file/log cannot be used: a file is in the way"):
        program("", tmp_path / "file" / "log").start()


@pytest.mark.parametrize("code", [OBEDIENT, STUBBORN])
def test_ending_leaves_nobody(tmp_path: Path, code: str) -> None:
    processes = [program(code, tmp_path / f"log{number}") for number in range(3)]
    for process in processes:
        process.start()
    wait_until(lambda: all("up" in process.said() for process in processes), "all are up")
    killed = end_all(processes, grace=0.2)
    assert killed == (["probe"] * 3 if code == STUBBORN else [])
    assert not any(process.running for process in processes)
    expected = -signal.SIGKILL if code == STUBBORN else -signal.SIGTERM
    assert {process.poll() for process in processes} == {expected}


def test_ending_in_a_hurry_does_not_wait(tmp_path: Path) -> None:
    process = program(STUBBORN, tmp_path / "log")
    process.start()
    wait_until(lambda: "up" in process.said(), "it is up")
    assert end_all([process], grace=600, hurry=lambda: True) == ["probe"]
    assert not process.running


def test_killing_takes_what_it_started_along(tmp_path: Path) -> None:
    code = f"""
import subprocess, sys, time
inner = subprocess.Popen([sys.executable, "-c", {OBEDIENT!r}])
print(inner.pid, flush=True)
time.sleep(600)
"""
    process = program(code, tmp_path / "log")
    process.start()
    wait_until(lambda: "up" in process.said(), "the inner process is up")
    inner = int(process.said().split()[0])
    process.kill()
    process.wait()
    wait_until(lambda: gone(inner), "the inner process has ended")


@pytest.mark.parametrize("signal_to_parent", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_with_its_parent_but_not_with_the_thread_that_started_it(
    tmp_path: Path, signal_to_parent: signal.Signals
) -> None:
    with python(PARENT, OBEDIENT, tmp_path / "log") as parent:
        child_pid = int(next_line(parent))
        assert not gone(child_pid), "the thread that called start() is over"
        parent.send_signal(signal_to_parent)
        parent.wait()
        wait_until(lambda: gone(child_pid), "the child has ended with its parent")


def test_a_process_whose_parent_is_gone_already_does_not_begin(tmp_path: Path) -> None:
    nobody = 2**22 - 1
    command = [sys.executable, "-I", "-S", str(Path(shim.__file__)), str(nobody), "15"]
    mark = tmp_path / "mark"
    ended = subprocess.run([*command, "touch", str(mark)], check=False)
    assert ended.returncode == 1
    assert not mark.exists()


def test_signals_that_python_ignores_are_not_ignored_in_it(tmp_path: Path) -> None:
    process = Process(name="p", argv=["grep", "SigIgn", "/proc/self/status"], log=tmp_path / "log")
    process.start()
    process.wait()
    ignored = int(process.said().split()[1], 16)
    assert not ignored & (1 << (signal.SIGPIPE - 1))
    assert not ignored & (1 << (signal.SIGXFSZ - 1))


def test_processes_can_be_started_after_a_fork(tmp_path: Path) -> None:
    code = """
import os, sys
from pathlib import Path
from embedded import Process
def run(name):
    process = Process(name=name, argv=["true"], log=Path(sys.argv[1]))
    process.start(); process.wait()
    return process.poll()
assert run("before") == 0
if os.fork() == 0:
    os._exit(run("after"))
print(os.wait()[1], flush=True)
"""
    with python(code, tmp_path / "log") as process:
        assert next_line(process) == "0"


def test_starting_from_many_threads_at_once(tmp_path: Path) -> None:
    processes = [program("", tmp_path / f"log{number}") for number in range(8)]
    threads = [threading.Thread(target=process.start) for process in processes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for process in processes:
        process.wait()
    assert [process.poll() for process in processes] == [0] * 8


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (None, "still running"),
        (0, "exit code 0"),
        (-9, "signal 9 (SIGKILL)"),
        (-99, "signal 99"),
    ],
)
def test_exit_codes_in_words(code: int | None, words: str) -> None:
    assert describe_exit(code) == words
