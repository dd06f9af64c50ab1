"""Recorded answers and worlds that may lie beside the project; none of the tests needs them."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(os.environ.get("CITYREACH_SHARED", Path(__file__).resolve().parents[2] / "shared"))
PAYLOADS = FOLDER / "payloads"
WORLDS = FOLDER / "worlds"
