"""Names inside a data directory."""

from __future__ import annotations

from pathlib import Path

LOCK = "lock"


def home_of(data_dir: Path) -> Path:
    """Where the servers keep their data: one folder of the data directory, for its owner alone."""
    return data_dir.resolve() / "servers"
