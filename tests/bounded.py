"""Hostile files, each read in a process of its own whose memory and processor time are bounded.

The processes are forks of one that has imported what they need: an interpreter that imports
anew takes longer than most of what is read.
"""

from __future__ import annotations

import atexit
import json
import os
import resource
import subprocess
import sys
import traceback
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.shared import ROOT
from tests.waiting import end


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a process may take."""

    megabytes: int
    """Of addresses."""
    seconds: int
    """Of the processor."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a process ended, and what it took."""

    code: int
    said: str
    """Its standard output."""
    error: str
    megabytes: int
    """The most that it held at once."""
    seconds: float
    """Of the processor."""


def read_within(bounds: Bounds, imports: str, program: str, file: Path) -> Reading:
    """Runs a program that prints what became of `path`, after `imports`, which are not counted."""
    process = _reader(imports)
    assert process.stdin is not None
    assert process.stdout is not None
    with TemporaryDirectory() as folder:
        request: dict[str, Any] = {
            "program": program,
            "file": str(file),
            "folder": folder,
            "bytes": bounds.megabytes << 20,
            "seconds": bounds.seconds,
        }
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        took = json.loads(process.stdout.readline())
        said, error = (Path(folder, name).read_text("utf-8") for name in ("said", "error"))
    return Reading(took["code"], said, error, took["kilobytes"] // 1024, took["seconds"])


@cache
def _reader(imports: str) -> subprocess.Popen[str]:
    """The process whose forks read; it ends with this one."""
    command = [sys.executable, "-m", "tests.bounded", imports]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    atexit.register(end, process)
    return process


def _read(request: dict[str, Any], names: dict[str, Any]) -> None:
    """In a fork: the program, with its output in files."""
    for number, name in ((1, "said"), (2, "error")):
        file = os.open(f"{request['folder']}/{name}", os.O_WRONLY | os.O_CREAT)
        os.dup2(file, number)
        os.close(file)
    resource.setrlimit(resource.RLIMIT_AS, (request["bytes"],) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (request["seconds"],) * 2)
    try:
        exec(request["program"], {**names, "path": Path(request["file"])})
    except BaseException:  # noqa: BLE001 - as the interpreter would end
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    sys.stdout.flush()
    os._exit(0)


def serve(imports: str) -> None:
    """One request after another, until stdin ends."""
    names: dict[str, Any] = {}
    exec(imports, names)
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _read(json.loads(line), names)
        _, status, used = os.wait4(pid, 0)
        took = {
            "code": os.waitstatus_to_exitcode(status),
            "kilobytes": used.ru_maxrss,
            "seconds": used.ru_utime + used.ru_stime,
        }
        answers.write(json.dumps(took) + "\n")
        answers.flush()


if __name__ == "__main__":
    serve(sys.argv[1])
