"""Opens every door of the project for a platform; run inside the copy that `test_sixth_platform`
makes: `python -m tests.sixth_platform NAME CSV METHOD`. Prints one JSON object, door by door.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from cityreach.cli import command_line
from cityreach.runtime import open_runtime
from cityreach.settings import load_settings

MONTH = ("--period", "2025-05")


def command(*words: str) -> Any:
    """What a command prints as JSON."""
    done = CliRunner().invoke(command_line(), [*words, "--json"])
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise SystemExit(f"{' '.join(words)}: {done.output}\n{done.exception!r}") from None


def planned() -> int:
    """How many visits one pass of the planner has under way."""
    runtime = open_runtime(load_settings(None))
    try:
        return len(runtime.planner(runtime.plans()).run(runtime.months).open)
    finally:
        runtime.close()


def doors(name: str, table: Path, method: Path) -> dict[str, Any]:
    """Every door in the order in which a team opens them."""
    imported = CliRunner().invoke(command_line(), ["accounts", "import", str(table)])
    return {
        "import": imported.output,
        "verify": command("accounts", "verify", "--platform", name),
        "cost": command("cost", "--accounts", f"{name}=10", *MONTH),
        "quota": command("quota"),
        "doctor": command("doctor"),
        "collect": command("collect", "--platform", name, "--since", "2025-04-30T16:00:00Z"),
        "plan": planned(),
        "replay": command("replay", "--since", "2025-04-30T16:00:00Z"),
        "measures": command("measures", "--platform", name, *MONTH),
        "score": command("score", "--method", str(method), *MONTH),
    }


if __name__ == "__main__":
    opened = doors(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
    sys.stdout.write(json.dumps(opened, default=str))
