"""A table of a month as a file."""

from __future__ import annotations

from pathlib import Path

from operations.errors import UsageError
from operations.runtime import Runtime
from portal.exports.tables import TABLES
from portal.exports.writers import TABLE_WRITERS, write_csv


def export_table(
    runtime: Runtime,
    what: str,
    period: str,
    form: str,
    out: Path | None,
    method: str | None = None,
    *,
    bom: bool = False,
) -> tuple[Path, int]:
    """Writes it row by row; gives the file and the number of rows.

    Raises UsageError for an unknown table or format and where the file cannot be written,
    ExtraMissing where the format lacks its library.
    """
    if what not in TABLES:
        raise UsageError(f"export {what}: expected one of {', '.join(TABLES)}")
    if form not in TABLE_WRITERS:
        raise UsageError(f"--format {form}: expected one of {', '.join(TABLE_WRITERS)}")
    if bom and form != "csv":
        raise UsageError(f"--bom is for csv: {form} needs none")
    month, table = runtime.settings.period(period), TABLES[what]
    path = out or Path(f"{what}-{month.name}.{form}")
    rows = table.rows(runtime.db, month, method or runtime.settings.method)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if form == "csv":
            return path, write_csv(path, table.columns, rows, bom=bom)
        return path, TABLE_WRITERS[form](path, table.columns, rows)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error
