"""Runs commands of CityReach in forks of one process that has imported them already.

A command of its own process takes most of a second of CPU to import; the tests run some hundreds.
Each fork gets the arguments, environment, folder and output files of one command, ends as the
command ends, and shares nothing with the next. Requests come as lines of JSON on stdin, exit codes
go to stdout.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

# What most commands import when they run.
import cityreach.cli
import operations.runtime
import portal.explain
import portal.month
import scoring.engine.compute
import store.database
import store.quality.gaps
from cityreach.cli.commands import COMMAND_PLACES
from cityreach.settings import settings_class
from crawler.platforms import platform
from model.platform import PLATFORMS

__all__ = ["cityreach", "operations", "portal", "scoring", "store"]
settings_class()  # It makes the models of all sections.
for platform_name in PLATFORMS:
    platform(platform_name)  # It imports what maps its answers.
for name in COMMAND_PLACES:
    cityreach.cli.command_line(only=name)  # It reads the command's options.


def _become(request: dict[str, Any]) -> None:
    """Takes on the folder, environment, output and arguments that are asked for."""
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    for number, path in ((0, os.devnull), (1, request["stdout"]), (2, request["stderr"])):
        file = os.open(path, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT)
        os.dup2(file, number)
        os.close(file)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    encoding = os.environ.get("PYTHONIOENCODING")
    sys.stdout = open(1, "w", encoding=encoding, closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding=encoding, closefd=False)  # noqa: SIM115
    sys.argv = ["cityreach", *request["args"]]


def serve() -> None:
    """One command after another, until stdin ends."""
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _become(json.loads(line))
            cityreach.cli.main()
            sys.exit(0)
        _, status = os.waitpid(pid, 0)
        answers.write(f"{os.waitstatus_to_exitcode(status)}\n")
        answers.flush()


if __name__ == "__main__":
    serve()
