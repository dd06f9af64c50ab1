"""CPU time until commands have said what they have to say, imports included; median of rounds."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from bench.measuring.figures import Figure, tell
from embedded import Stack

ROUNDS = 5
GOAL = 0.35
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("--version",),
    ("--help",),
    ("top", "--help"),
    ("accounts", "list", "--help"),
    ("issue", "show", "--help"),
    ("cost", "--accounts", "138"),
)
"""Those that wait for no server."""
STORED = ("accounts", "list")
"""One that asks MongoDB, which has nothing yet."""
_HELP_WAY = (
    "nearly all of it loads libraries: typer, pydantic, by which it reads options, and rich with "
    "Markdown and tracebacks, which it loads to print help"
)
_COST_WAY = (
    "half loads libraries (pydantic with the settings of all platforms, rich, what maps their "
    "answers for the fewest calls), half adds up some 400 slots of each platform"
)
_STORED_WAY = (
    "two thirds load libraries: PyMongo and redis-py load their asynchronous halves too, pydantic "
    "makes the models of all sections of settings; the rest makes sure of indexes"
)


def main() -> None:
    """Tells seconds of CPU a command."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for command in COMMANDS:
            _tell(command, folder, _COST_WAY if command[0] == "cost" else _HELP_WAY)
        with Stack(folder / "var") as stack:
            stack.start()
            _tell(STORED, folder, _STORED_WAY)


def _tell(command: Sequence[str], folder: Path, way: str) -> None:
    spent = median(_spent(command, folder) for _ in range(ROUNDS))
    name = f"cityreach {' '.join(command)}"
    tell(Figure(name=name, value=spent, unit="s", at_most=GOAL, note="CPU", way=way))


def _spent(command: Sequence[str], folder: Path) -> float:
    before = _children()
    subprocess.run(
        [sys.executable, "-m", "cityreach", *command],
        env={
            **{key: v for key, v in os.environ.items() if not key.startswith("CITYREACH_")},
            "PYTHONPATH": str(Path(__file__).resolve().parents[1]),
        },
        cwd=folder,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return _children() - before


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
