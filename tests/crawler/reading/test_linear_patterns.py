"""No text of a page, whatever it repeats, takes a pattern of the crawler longer than a moment.

`re` holds the interpreter's lock: while a pattern goes on, no lease of any visit is renewed.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

import crawler
import model.platforms
from tests.crawler.reading.near_matches import near_matches
from tests.shared import ROOT
from tests.test_rules import PACKAGES

pytestmark = pytest.mark.slow

SIZE = 1_000_000
MOST = 0.2
"""Seconds of the processor."""
_STEPS = ((500, 99, MOST), (8_000, 1, MOST / 5), (SIZE, 1, MOST))
"""Characters, how many of the slowest texts go on to the next size, and seconds: the worst ones are
found by texts that are so short that cubic and quadratic time end at all.
"""
_USES = ("search", "match", "fullmatch", "finditer", "findall", "sub", "split")


def _modules() -> Iterator[Any]:
    for package in (crawler, model.platforms):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if found.name != "crawler.browser.handler":
                yield importlib.import_module(found.name)


def _patterns_in(value: Any, name: str) -> Iterator[tuple[re.Pattern[str], str]]:
    """Patterns, each with the name or the field under which it is used."""
    if isinstance(value, re.Pattern):
        yield value, name
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _patterns_in(inner, name)
    elif isinstance(value, list | tuple | set | frozenset):
        for inner in value:
            yield from _patterns_in(inner, name)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _patterns_in(getattr(value, field.name, None), field.name)


def _uses() -> set[tuple[str, str, str]]:
    """(file, name, method) of every call by which a pattern may be used; a name that is no module's
    own may be used in any file, which is ``."""
    places = [path for name in PACKAGES for path in (ROOT / name).rglob("*.py")]
    called = re.compile(rf"(\w+)\.({'|'.join(_USES)})\(")
    return {
        (str(path) if name.startswith("_") else "", name, use)
        for path in places
        for name, use in called.findall(path.read_text("utf-8"))
    }


def _cases() -> dict[str, tuple[re.Pattern[str], tuple[str, ...]]]:
    """Every pattern of the crawler, with how it is used; `search` where that is not to be told."""
    called, cases = _uses(), {}
    for module in _modules():
        for name, value in vars(module).items():
            for pattern, place in _patterns_in(value, name):
                file = str(module.__file__) if place.startswith("_") else ""
                uses = [use for use in _USES if (file, place, use) in called]
                case = (f"{module.__name__}.{name}", (pattern, tuple(uses or ["finditer"])))
                cases.setdefault((pattern.pattern, pattern.flags), case)
    return dict(cases.values())


CASES = _cases()


def _user(pattern: re.Pattern[str], use: str) -> Callable[[str], None]:
    def run(text: str) -> None:
        if use == "finditer":
            for _ in pattern.finditer(text):
                pass
        elif use == "sub":
            pattern.sub("", text)
        else:
            getattr(pattern, use)(text)

    return run


def seconds(run: Callable[[str], None], text: str, most: float) -> float:
    """Of the processor; the least of three, for a loaded machine is not the pattern's fault."""
    taken = []
    for _ in range(3):
        begun = time.thread_time()
        run(text)
        taken.append(time.thread_time() - begun)
        if taken[-1] < most:
            break
    return min(taken)


def slow(pattern: re.Pattern[str], uses: tuple[str, ...]) -> list[str]:
    """The texts that take too long, in words."""
    offenders = []
    for use in uses:
        offenders += _slow(pattern, _user(pattern, use))
    return offenders


def _slow(pattern: re.Pattern[str], run: Callable[[str], None]) -> Iterator[str]:
    worst = near_matches(pattern)
    for size, kept, most in _STEPS:
        taken = sorted(((seconds(run, one.text(size), most), one) for one in worst), reverse=True)
        if taken[0][0] > most:
            yield f"{taken[0][0]:.2f} s for {size} characters like {taken[0][1].text(60)!r}"
            return
        worst = [one for _, one in taken[:kept]]


@pytest.mark.parametrize("name", CASES)
def test_patterns_are_linear(name: str) -> None:
    pattern, uses = CASES[name]
    assert slow(pattern, uses) == []
