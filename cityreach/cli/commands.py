"""All commands by name, each imported when it is needed: one that was typed needs no other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module

import typer

COMMAND_PLACES: Mapping[str, tuple[str, str]] = {
    "demo": ("rehearsed.demo", "demo"),
    "try": ("rehearsed.demo", "try_command"),
    "faults": ("rehearsed.faults", "faults_app"),
    "up": ("parts", "up"),
    "schedule": ("parts", "schedule"),
    "crawl": ("parts", "crawl"),
    "write": ("parts", "write"),
    "sandbox": ("parts", "sandbox"),
    "portal": ("portal", "portal_command"),
    "mcp": ("portal", "assist_command"),
    "user": ("portal", "user_app"),
    "token": ("portal", "token_app"),
    "accounts": ("watched", "accounts_app"),
    "collect": ("collecting", "collect"),
    "map": ("collecting", "map_file"),
    "measures": ("numbers", "measures"),
    "score": ("numbers", "score"),
    "top": ("numbers", "top"),
    "report": ("documents", "report"),
    "export": ("documents", "export"),
    "index": ("indices", "index"),
    "explain": ("analyse.months", "explain_command"),
    "raw": ("analyse.months", "raw"),
    "diff": ("analyse.months", "diff_command"),
    "whatif": ("analyse.months", "whatif_command"),
    "robust": ("analyse.months", "robust"),
    "analyse": ("analyse.studies", "analyse_app"),
    "evidence": ("evidence", "evidence"),
    "ratings": ("people.ratings", "ratings_app"),
    "indicators": ("publishing", "indicators_app"),
    "media": ("media", "media_app"),
    "tone": ("media.tone", "tone_app"),
    "months": ("publishing", "months_app"),
    "panel": ("publishing", "panel_app"),
    "issue": ("documents", "issue_app"),
    "gaps": ("operating", "gaps_command"),
    "visits": ("operating", "visits_app"),
    "replay": ("operating", "replay"),
    "alerts": ("operating", "alerts_app"),
    "digest": ("people.digests", "digest_app"),
    "backup": ("database.keeping", "backup"),
    "restore": ("database.keeping", "restore"),
    "migrate": ("database.keeping", "migrate"),
    "cost": ("spending", "cost"),
    "quota": ("spending", "quota"),
    "status": ("watching", "status"),
    "doctor": ("watching", "doctor"),
}
"""Module below `cityreach.cli`, and the command's function or a group of commands."""


def typed_command(typed: Sequence[str]) -> str | None:
    """The command that is asked for; empty where only the options of the program itself are;
    None where it is not known."""
    words = list(typed[1:])
    while words and words[0].partition("=")[0] == "--lang":
        del words[: 1 if "=" in words[0] else 2]
    if words and words[0] in COMMAND_PLACES:
        return words[0]
    return "" if all(word.startswith("-") for word in words) else None


def add_commands(app: typer.Typer, only: str | None = None) -> typer.Typer:
    """All of them, or only one; empty: all by name and help, none of which can be run."""
    for name in [only] if only else COMMAND_PLACES:
        module, attribute = COMMAND_PLACES[name]
        found = getattr(import_module(f"cityreach.cli.{module}"), attribute)
        if isinstance(found, typer.Typer):
            app.add_typer(found if only != "" else typer.Typer(help=found.info.help), name=name)
        elif only == "":
            app.command(name, help=found.__doc__)(_listed)
        else:
            app.command(name)(found)
    return app


def _listed() -> None:
    """Stands for a command in a list of all of them, which runs none."""
