"""The command line in Chinese: its help, and what is wrong with a line that was typed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from typer import rich_utils
from typer.exceptions import TyperException

from portal.lines import chinese_help, chinese_line

_USAGE, _USAGE_ZH = "Usage: ", "用法："
_TEXTS = {
    "DEFAULT_STRING": "[默认：{}]",
    "REQUIRED_LONG_STRING": "[必填]",
    "ARGUMENTS_PANEL_TITLE": "参数",
    "OPTIONS_PANEL_TITLE": "选项",
    "COMMANDS_PANEL_TITLE": "命令",
    "ERRORS_PANEL_TITLE": "错误",
    "ABORTED_TEXT": "已中止。",
    "RICH_HELP": "执行 [blue]'{command_path} {help_option}'[/] 查看说明。",
}
"""Typer's own, by the names under which it keeps them for programs that have others."""


def translate(group: typer.core.TyperGroup) -> None:
    """Gives the commands of a group and their options Chinese help."""
    for command in (group, *group.commands.values()):
        if command is not group and isinstance(command, typer.core.TyperGroup):
            translate(command)
        else:
            _translate(command)


def _translate(command: Any) -> None:
    usage, params = command.get_usage, command.get_params
    for param in command.params:
        _explained(param)
    command.help = chinese_help(command.help or "")
    command.short_help = chinese_help(command.short_help or "")
    command.get_usage = lambda context: usage(context).replace(_USAGE, _USAGE_ZH, 1)
    # The option --help is made when it is asked for.
    command.get_params = lambda context: [_explained(one) for one in params(context)]


def _explained(param: Any) -> Any:
    if getattr(param, "help", None):
        param.help = chinese_help(param.help)
    return param


def run_in_chinese(group: typer.core.TyperGroup) -> None:
    """Runs the command that was typed; ends the process as typer does."""
    with _own_texts():
        try:
            sys.exit(group(standalone_mode=False))
        except TyperException as error:
            said = chinese_line(error.format_message())
            error.format_message = lambda: said  # type: ignore[method-assign]
            rich_utils.rich_format_error(error)  # type: ignore[arg-type]
            sys.exit(error.exit_code)
        except typer.Abort:
            rich_utils.rich_abort_error()
            sys.exit(1)


@contextmanager
def _own_texts() -> Iterator[None]:
    kept = {name: getattr(rich_utils, name) for name in _TEXTS}
    for name, text in _TEXTS.items():
        setattr(rich_utils, name, text)
    try:
        yield
    finally:
        for name, text in kept.items():
            setattr(rich_utils, name, text)
