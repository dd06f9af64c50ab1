"""What a command imports before it does anything: `--help` and a wrong option answer at once."""

from __future__ import annotations

import subprocess
import sys

from tests.shared import ROOT

HEAVY = (
    *("numpy", "pymongo", "redis", "scrapy", "scoring", "portal", "playwright", "openpyxl"),
    *("pydantic", "twisted", "httpx", "fastapi"),
)
PROGRAM = f"""
import sys
import cityreach.cli
print([name for name in {HEAVY} if name in sys.modules])
"""


def test_no_command_needs_the_libraries_of_others() -> None:
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
