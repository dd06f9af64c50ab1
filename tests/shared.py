"""The project's root; recorded answers and worlds that may lie beside it, which no test needs."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = Path(os.environ.get("SHARED_FOLDER", ROOT.parent / "shared"))
PAYLOADS = FOLDER / "payloads"
WORLDS = FOLDER / "worlds"
