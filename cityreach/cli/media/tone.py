"""How well posts' tone is told, on labelled texts of your own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cityreach.cli.options import JsonFlag
from cityreach.cli.output import emit, say, show_line

tone_app = typer.Typer(help="The tone of posts, and how well it is told.", no_args_is_help=True)
_File = Annotated[
    Path, typer.Argument(help="CSV with the columns language, label, text.", dir_okay=False)
]
_MEASURED = (
    "language, texts, scored, macro_f1: macro-F1, macro_f1_low: from, macro_f1_high: to, "
    "share: positive, share_found: found positive, rank_correlation: rank correlation, "
    "rank_correlation_low: from, rank_correlation_high: to"
)


@tone_app.command("check")
def check_command(file: _File, as_json: JsonFlag = False) -> None:
    """Compare the classifier of this machine with labels: F1, shares, order of 100 cities."""
    from media.tone.labelled import read_labelled
    from media.tone.measured import measured
    from media.tone.ready import ready_classifier

    classifier, lacking = ready_classifier()
    rows = measured(classifier, read_labelled(file))
    emit(rows, f"{file.name} by {classifier.id}", _MEASURED, as_json=as_json)
    if lacking:
        say(lacking)


@tone_app.command("fit")
def fit_command(file: _File) -> None:
    """Print the file `media/rules/tone-head.json`, fitted to its sentences and labelled texts."""
    from media.tone.ready import fitted_text

    for line in fitted_text(file).splitlines():
        show_line(line)
