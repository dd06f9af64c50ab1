"""Forms in which every command with a table gives it: CSV, XLSX, heads in Chinese."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from operations.errors import UsageError


class _Lang(StrEnum):
    ZH = "zh"
    EN = "en"


@dataclass
class Form:
    """What was asked for on the command line."""

    csv: bool = False
    bom: bool = False
    xlsx: str | None = None
    lang: str | None = None

    @property
    def path(self) -> Path | None:
        """The workbook to write. Raises UsageError for a name that is none of one."""
        if self.xlsx is None:
            return None
        if not self.xlsx.lower().endswith(".xlsx"):
            raise UsageError(f"--xlsx {self.xlsx}: expected a file name that ends in .xlsx")
        return Path(self.xlsx)


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
            known = {name for one in command.params for name in one.opts}
            command.params += [one for one in _options() if not known & set(one.opts)]
    return group


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
