"""`SHARED_FOLDER` names the recorded answers and worlds; the settings leave it alone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from cityreach.settings import settings_class
from tests.shared import ROOT

READ = re.compile(r"environ(?:\.get\(|\[)\"(CITYREACH_[A-Z_]+)")
PROBE = """
from cityreach.settings import load_settings
from tests.scoring.support import ASEM
from tests.shared import FOLDER, PAYLOADS, WORLDS
load_settings(env_file=None)
print(FOLDER, *(path.is_relative_to(FOLDER) for path in (ASEM, PAYLOADS, WORLDS)))
"""


def test_the_folder_is_where_the_variable_says(tmp_path: Path) -> None:
    environment = {**os.environ, "SHARED_FOLDER": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", PROBE], env=environment, cwd=ROOT, capture_output=True, text=True
    )
    assert done.stdout.split() == [str(tmp_path), "True", "True", "True"], done.stderr


def test_tests_read_no_setting_that_the_settings_refuse() -> None:
    known = {f"CITYREACH_{name.upper()}" for name in settings_class().model_fields}
    offenders = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for name in READ.findall(path.read_text("utf-8"))
        if name.split("__")[0] not in known
    ]
    assert offenders == []
