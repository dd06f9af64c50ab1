"""Writes docs/reference.md and docs/reference.zh.md: all that has a name, from the code.

    python -m deploy.reference

A test compares both with what this makes. The words of commands are those that the program prints.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import typer
from pydantic import BaseModel, SecretStr

from cityreach.cli import plain_commands
from cityreach.settings import settings_class
from model.messages import Outcome
from operations.configuration.keys import SETTING_PREFIX
from portal.figures.gauges import GAUGES
from store.quality.flags import FlagKind

ROOT = Path(__file__).resolve().parents[1]
_HEADS = {
    "en": {
        "title": "Reference",
        "about": "Made from the code by `python -m deploy.reference`; a test keeps it so.",
        "commands": ("Commands", "command", "does", "options"),
        "settings": ("Settings", "setting", "default"),
        "outcomes": ("Outcomes of visits ([what each means](outcomes.md))", "outcome"),
        "alerts": ("Alerts ([what to do](alerts.md))", "rule", "severity", "text"),
        "metrics": ("Metrics ([monitoring](deploy.md))", "metric", "says"),
        "flags": ("Flags on data", "flag", "says"),
    },
    "zh": {
        "title": "参考",
        "about": "由 `python -m deploy.reference` 从代码生成，并有测试保证一致。"
        "命令的说明是程序所印的英文。",
        "commands": ("命令", "命令", "作用", "选项"),
        "settings": ("设置", "设置", "默认值"),
        "outcomes": ("访问的结果（[各自的含义](outcomes.md)）", "结果"),
        "alerts": ("告警（[该做什么](alerts.md)）", "规则", "级别", "文字"),
        "metrics": ("指标（[监控](deploy.md)）", "指标", "说明"),
        "flags": ("数据标记", "标记", "说明"),
    },
}


def every_command() -> Iterator[tuple[str, click.Command]]:
    """By name, those of groups with the group's."""
    for name, found in plain_commands().commands.items():
        if isinstance(found, typer.core.TyperGroup):
            yield from ((f"{name} {inner}", one) for inner, one in found.commands.items())
        else:
            yield name, found


def every_setting(kind: type[BaseModel], prefix: str = SETTING_PREFIX) -> Iterator[tuple[str, str]]:
    """Names as environment variables, with their defaults; secrets have none."""
    for name, field in kind.model_fields.items():
        key, value = f"{prefix}{name.upper()}", field.get_default(call_default_factory=True)
        if isinstance(value, BaseModel):
            yield from every_setting(type(value), f"{key}__")
        else:
            yield key, _shown(value)


def _shown(value: Any) -> str:
    if value is None or isinstance(value, SecretStr) or value in ("", (), {}, []):
        return ""
    text = str(getattr(value, "value", value))
    # The version of the program is part of the user agent alone.
    return f"`{text}`"


def _row(*cells: str) -> str:
    return "| " + " | ".join(c.replace("|", "\\|").replace("\n", " ") for c in cells) + " |"


def _table(heads: Sequence[str], rows: Iterator[Sequence[str]]) -> list[str]:
    title, *columns = heads
    return [
        f"## {title}",
        "",
        _row(*columns),
        _row(*["---"] * len(columns)),
        *(_row(*r) for r in rows),
        "",
    ]


def _commands() -> Iterator[Sequence[str]]:
    for name, one in every_command():
        options = [p.opts[0] for p in one.params if p.opts[0].startswith("--")]
        summary = (one.help or "").split("\n\n")[0].strip().replace("\n", " ")
        yield f"`{name}`", summary, " ".join(f"`{option}`" for option in options)


def _alerts(lang: str) -> Iterator[Sequence[str]]:
    text = (ROOT / "portal" / "alerts" / "rules.toml").read_text("utf-8")
    for rule in tomllib.loads(text)["rule"]:
        yield f"`{rule['id']}`", rule.get("severity", "warning"), rule["text"][lang]


def _flags() -> Iterator[Sequence[str]]:
    source = (ROOT / "store" / "quality" / "flags.py").read_text("utf-8")
    for kind in FlagKind:
        after = source.partition(f'{kind.name} = "{kind.value}"\n')[2].lstrip()
        told = after[3:].partition('"""')[0] if after.startswith('"""') else ""
        yield f"`{kind.value}`", " ".join(told.split())


def reference(lang: str) -> str:
    """The page in a language."""
    heads = _HEADS[lang]
    lines = [f"# {heads['title']}", "", str(heads["about"]), ""]
    settings = ((f"`{key}`", default) for key, default in every_setting(settings_class()))
    lines += _table(heads["commands"], _commands())
    lines += _table(heads["settings"], settings)
    lines += _table(heads["outcomes"], ((f"`{one.value}`",) for one in Outcome))
    lines += _table(heads["alerts"], _alerts(lang))
    lines += _table(heads["metrics"], ((f"`{name}`", text) for name, text in GAUGES.items()))
    lines += _table(heads["flags"], _flags())
    text = "\n".join(lines).rstrip() + "\n"
    return text.replace(".md)", ".zh.md)") if lang == "zh" else text


if __name__ == "__main__":
    for lang, name in (("en", "reference.md"), ("zh", "reference.zh.md")):
        (ROOT / "docs" / name).write_text(reference(lang), "utf-8")
