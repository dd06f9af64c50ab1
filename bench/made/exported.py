"""`python -m bench.made.exported URI DATABASE FORMAT`: the readings of May 2025 as a file.

By a process that does nothing else. Prints rows, the greatest memory in MB, and the size of the
file in MB.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from model.period import Period
from portal.exports.tables import TABLES
from portal.exports.writers import TABLE_WRITERS
from store.database import connect_mongo


def main(uri: str, database: str, form: str) -> None:
    """Writes the file and leaves nothing."""
    table, db = TABLES["readings"], connect_mongo(uri, database)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"readings.{form}"
        found = table.rows(db, Period.month("2025-05"), "giu")
        rows = TABLE_WRITERS[form](path, table.columns, found)
        size = path.stat().st_size // 2**20
    db.client.close()
    print(rows, _greatest_memory(), size)


def _greatest_memory() -> int:
    """Of this program in MB: what getrusage tells begins with the memory of who started it."""
    status = Path("/proc/self/status").read_text("ascii")
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(peak.split()[1]) // 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
