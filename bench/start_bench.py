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


def main() -> None:
    """Tells seconds of CPU a command."""
    with tempfile.TemporaryDirectory() as folder:
        for command in COMMANDS:
            spent = median(_spent(command, Path(folder)) for _ in range(ROUNDS))
            name = f"cityreach {' '.join(command)}"
            tell(Figure(name=name, value=spent, unit="s", at_most=GOAL, note="CPU"))


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
