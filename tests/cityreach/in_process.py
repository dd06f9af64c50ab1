"""Commands in the process of the tests: what a user types, without the second a start takes."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import cityreach.cli
from tests.cityreach.demo_process import environment


@dataclass(frozen=True)
class Done:
    """How a command ended. A fault of the program shows its traceback on standard error."""

    returncode: int
    stdout: str
    stderr: str


def command(*args: str, data: Path, **more: str) -> Done:
    """One command to its end, with settings of its own, in `data` as the working directory."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in range(2))
    with (
        _surroundings(args, {**environment(data), **more}, data),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = _code()
    return Done(code, _text(out), _text(err))


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    stream.seek(0)
    return stream.read()


def _code() -> int:
    try:
        cityreach.cli.main()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except Exception:  # noqa: BLE001 - as the interpreter would show it
        traceback.print_exc()
        return 1
    return 0


@contextlib.contextmanager
def _surroundings(args: tuple[str, ...], env: Mapping[str, str], place: Path) -> Iterator[None]:
    before = Path.cwd()
    handlers = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}
    os.chdir(place)
    try:
        with (
            mock.patch.object(sys, "argv", ["cityreach", *args]),
            mock.patch.dict(os.environ, env, clear=True),
            # What guards a process of ours is not for the one of the tests.
            mock.patch.object(cityreach.cli, "guard_process"),
        ):
            yield
    finally:
        os.chdir(before)
        for one, handler in handlers.items():
            signal.signal(one, handler)


def within(kept: Path, *args: str) -> Done:
    """One command on the servers of a demo that stays up."""
    more = {"CITYREACH_DATA_DIR": str(kept / "demo"), "CITYREACH_MONGO_DATABASE": "cityreach_demo"}
    return command(*args, data=kept, **more)
