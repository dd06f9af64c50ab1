"""Forms in which every command with a table gives it: CSV, XLSX, heads in Chinese."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Annotated, Any

import typer

from operations.errors import UsageError


class _Lang(StrEnum):
    ZH = "zh"
    EN = "en"


@dataclass
class Form:
    """What was asked for on the command line."""

    json: bool = False
    csv: bool = False
    bom: bool = False
    xlsx: str | None = None
    lang: str | None = None
    written: bool = False
    """Whether a table was given in one of the forms; there is room for one."""

    @property
    def table(self) -> bool:
        """Whether a table for programs was asked for."""
        return self.csv or self.xlsx is not None

    def check(self) -> None:
        """Raises UsageError for forms that do not go together."""
        if self.json + self.csv + (self.xlsx is not None) > 1:
            raise UsageError("--json, --csv and --xlsx: expected one of them")
        if self.bom and not self.csv:
            raise UsageError("--bom goes with --csv")
        if self.xlsx is not None and not self.xlsx.lower().endswith(".xlsx"):
            raise UsageError(f"--xlsx {self.xlsx}: expected a file name that ends in .xlsx")


asked = Form()


def forget() -> None:
    """At the start of a command."""
    for name, value in vars(Form()).items():
        setattr(asked, name, value)


def _note(option: typer.CallbackParam, value: Any) -> Any:
    if option.name is not None:
        setattr(asked, option.name, value)
    return value


def add_forms(group: typer.core.TyperGroup) -> typer.core.TyperGroup:
    """Gives each command that prints JSON the other forms too, as far as it has none itself."""
    for command in group.commands.values():
        if isinstance(command, typer.core.TyperGroup):
            add_forms(command)
        elif any("--json" in one.opts for one in command.params):
            known = {name: one for one in command.params for name in one.opts}
            known["--json"].callback = _note_json
            command.params += [one for one in _options() if not known.keys() & set(one.opts)]
            command.callback = _checked(command.callback)
    return group


def _note_json(_context: Any, _option: Any, value: bool) -> bool:
    asked.json = value
    return value


def _checked(run: Any) -> Any:
    """The command, refused where it is asked for forms that do not go together."""

    @wraps(run)
    def checked(*args: Any, **given: Any) -> Any:
        asked.check()
        return run(*args, **given)

    return checked


def _options() -> list[Any]:
    sample = typer.Typer()
    sample.command()(_sample)
    known = {"csv", "bom", "xlsx", "lang"}
    return [one for one in typer.main.get_command(sample).params if one.name in known]


def _option(*names: str, **more: Any) -> Any:
    return typer.Option(*names, expose_value=False, callback=_note, **more)


def _sample(
    csv: Annotated[bool, _option("--csv", help="Print CSV.")] = False,
    bom: Annotated[bool, _option("--bom", help="With --csv, for Excel: a mark.")] = False,
    xlsx: Annotated[str | None, _option("--xlsx", help="Write the table to this file.")] = None,
    lang: Annotated[_Lang | None, _option("--lang", help="Language of the heads.")] = None,
) -> None:
    """The options, never run."""
