"""A picture of a post as the public sees it, kept with its numbers."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cityreach.cli.options import JsonFlag, command_runtime
from cityreach.cli.output import emit_json, emit_table, say, show_line
from operations.errors import Failed

if TYPE_CHECKING:
    from store.evidence import Evidence


def evidence(
    post: Annotated[str, typer.Argument(help="PLATFORM:ID of the post, or its public address.")],
    out: Annotated[Path | None, typer.Option(help="Write the picture (JPEG) here too.")] = None,
    known: Annotated[
        bool, typer.Option("--list", help="Open no page: list what is kept of the post.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Open a post's public page in a browser and keep a picture of the post with its numbers."""
    from operations.evidence import take_evidence
    from store.evidence import entries

    runtime = command_runtime()
    if known:
        rows = [_plain(one) for one in entries(runtime.db, post)]
        emit_json(rows) if as_json else _show(rows)
        return
    taken = take_evidence(runtime, post)
    if out is not None:
        _write(runtime, taken, out)
    if as_json:
        emit_json(_plain(taken))
    else:
        _show_one(_plain(taken))


def _write(runtime: Any, taken: Evidence, out: Path) -> None:
    """As it is stored, not as it was taken: so both are the same."""
    from store.evidence import get

    try:
        out.write_bytes(get(runtime.db, taken.id)[1])
    except OSError as error:
        detail = f"{out} cannot be written: {error.strerror}"
        raise Failed(f"the evidence is kept as {taken.id}, but {detail}") from error
    say(f"{out}: {taken.size:,} bytes")


def _plain(one: Evidence) -> dict[str, Any]:
    seen = {**asdict(one.seen), "observed_at": one.seen.observed_at.isoformat()}
    return {"id": one.id, **seen, "sha256": one.sha256, "size": one.size}


def _show(rows: list[dict[str, Any]]) -> None:
    columns = "id, observed_at: observed, shown: counts, url"
    emit_table(f"{len(rows)} kept", columns, [{**row, "shown": _counts(row)} for row in rows])


def _show_one(row: dict[str, Any]) -> None:
    """One line for each of its facts, none cut."""
    for name in ("id", "post", "url", "observed_at", "sha256", "size", "browser"):
        show_line(f"{name:12} {row[name]}")
    show_line(f"{'counts':12} {_counts(row)}")


def _counts(row: dict[str, Any]) -> str:
    counts = [f"{name} {value:,}" for name, value in row["counts"].items()]
    missing = [f"{name} {why}" for name, why in row["missing"].items()]
    return ", ".join([*counts, *missing]) or row["note"]
