"""Forms in which every command with a table gives it: CSV, XLSX, heads in Chinese."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from dotenv import dotenv_values

from operations.errors import UsageError

Lang = Literal["zh", "en"]


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
    setting: str = ""
    """The language of the settings; empty: as the environment says."""
    rehearsal: str = ""
    """The one that was said to be under way."""
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
_SETTING = "CITYREACH_LANG"
_OF_FILES = {"report", "digest", "ratings"}
"""Commands whose --lang is the language of what they write for others too."""
_DESCRIBED = (typer.core.TyperOption, typer.core.TyperArgument)
_EMOJI = re.compile(r":(\w+):")


def spoken() -> Lang:
    """The language of what is printed: as asked for, as the settings say, as the terminal's."""
    given = asked.lang or asked.setting
    places = ("LC_ALL", "LC_MESSAGES", "LANG")
    said = given or next(filter(None, map(os.environ.get, places)), "")
    return "zh" if said.lower().startswith("zh") else "en"


def forget() -> None:
    """At the start of a command."""
    for name, value in vars(Form()).items():
        setattr(asked, name, value)


def expect_language(typed: Sequence[str]) -> None:
    """What is known of the language before the line is read and the settings are: its help and
    its errors are to be in it too. Before a command that writes for others it may be said apart."""
    asked.setting = os.environ.get(_SETTING, "")
    if not asked.setting and Path(".env").is_file():
        with suppress(OSError, UnicodeDecodeError):
            asked.setting = dotenv_values(".env", interpolate=False).get(_SETTING) or ""
    given = [lang for lang in _languages(typed) if lang in list(_Lang)]
    if given:
        asked.lang = given[0 if _OF_FILES & set(typed[1:4]) else -1]
        # Parts that this process starts speak as it does.
        os.environ[_SETTING] = asked.lang


def _languages(typed: Sequence[str]) -> Iterator[str]:
    for before, one in pairwise([*typed, ""]):
        if before == "--lang":
            yield one
        elif before.startswith("--lang="):
            yield before.partition("=")[2]


def _note(option: typer.CallbackParam, value: Any) -> Any:
    # What was said before the command is not taken back by what is not said behind it.
    if option.name is not None and value is not None:
        setattr(asked, option.name, value)
    return value


def add_forms(group: typer.core.TyperGroup) -> typer.core.TyperGroup:
    """Gives each command the language, and those that print JSON the other forms too, as far as
    they have none themselves."""
    for command in group.commands.values():
        if isinstance(command, typer.core.TyperGroup):
            add_forms(command)
            continue
        known = {name: one for one in command.params for name in one.opts}
        more = [one for one in _options() if not known.keys() & set(one.opts)]
        if "--json" in known:
            known["--json"].callback = _note_json
            command.callback = _checked(command.callback)
        else:
            more = [one for one in more if one.name == "lang"]
        command.params += more
    return group


def add_language(group: typer.core.TyperGroup) -> None:
    """The language before the name of the command."""
    group.params += [one for one in _options() if one.name == "lang"]


def escape_colons(group: typer.core.TyperGroup) -> typer.core.TyperGroup:
    """Rich would show a name between colons as a picture."""
    for command in group.commands.values():
        if isinstance(command, typer.core.TyperGroup):
            escape_colons(command)
            continue
        for option in command.params:
            if isinstance(option, _DESCRIBED) and option.help:
                option.help = _EMOJI.sub(r":[not bold]\1[/]:", option.help)
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
    lang: Annotated[
        _Lang | None, _option("--lang", help="Language; default: CITYREACH_LANG, LANG.")
    ] = None,
) -> None:
    """The options, never run."""
