"""Other programs that are measured beside ours, installed for one run and never part of ours."""

from __future__ import annotations

import atexit
import importlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType


def placed(*packages: str) -> Path | None:
    """A folder with these packages, without what they depend on; None where they cannot be got."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*pip, "--no-deps", "--target", str(folder), *packages], check=False)
    if done.returncode != 0:
        print(f"left out: {', '.join(packages)} cannot be installed")
        return None
    return folder


def installed(module: str, *packages: str) -> ModuleType | None:
    """A module out of such packages; None where they cannot be got."""
    folder = placed(*packages)
    if folder is None:
        return None
    sys.path.append(str(folder))
    return importlib.import_module(module)
