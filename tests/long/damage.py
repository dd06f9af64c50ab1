"""Answers to damage, ways to damage them, and what may be said of a damaged one."""

from __future__ import annotations

import copy
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from hypothesis import strategies as st

from crawler.errors import CrawlError, ShapeError
from crawler.platforms import platform
from crawler.reading.html_json import is_markup
from model.items import Mapped
from model.platform import PlatformName
from model.route import Route
from tests.crawler.platforms.driver import NOW
from tests.crawler.platforms.mutation import ODD, encoded, tree_of
from tests.crawler.platforms.recorded import entries
from tests.shared import PAYLOADS, ROOT

FIXTURES = ROOT / "tests" / "crawler" / "platforms"
_TREE = 150_000
"""Bytes beyond which an answer is damaged as bytes only: a tree of it costs too much."""
_VALUE = re.compile(rb'(?<=[:\[,])\s*(?:-?\d[\d.]*|"\d[^"\\]{0,40}"|null|true|false)(?=\s*[,}\]])')
_INSTEAD = (
    b"null",
    b"-1",
    b"NaN",
    b"1e400",
    b"0.5",
    b"9223372036854775807",
    b"9223372036854775808",
    b'"9223372036854775808"',
    b'"-3"',
    b'"1.2K"',
    b'""',
    b"[]",
    b"{}",
    b"-Infinity",
    b'"0019-05-01T00:00:00Z"',
    b'"2199-05-01T00:00:00+0000"',
    b'"12,5"',
    b"-2208988800",
    b"true",
)
_JUNK = (b"\x00", b"\xff\xfe", b"\x1f\x8b\x08", b"}", b'"', b"<html>", b"\\u0000", b"\xed\xa0\x80")
_ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "gb18030", "utf-7")
_GROUPED = re.compile(r"\d+(?:[.,'’ \u00a0\u202f\u066c]?\d+)*")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")


@dataclass(frozen=True)
class Answers:
    """One platform's: as bytes, and those that are JSON as trees."""

    bodies: tuple[bytes, ...]
    trees: tuple[Any, ...]


@cache
def answers(name: PlatformName, recorded: bool) -> Answers:
    """The recorded answers beside the project, or our own fixtures."""
    found = _recorded(name) if recorded else _fixtures(name)
    bodies = tuple(found)
    return Answers(bodies, tuple(_trees(bodies)))


def _fixtures(name: PlatformName) -> Iterator[bytes]:
    for path in sorted((FIXTURES / name / "fixtures").glob("*/input.*")):
        yield path.read_bytes()


def _recorded(name: PlatformName) -> Iterator[bytes]:
    for form, entry in entries(name):
        if form in {"answer", "calls", "fragment"} and (PAYLOADS / entry.file).suffix != ".csv":
            yield from entry.bodies(form)


def _trees(bodies: tuple[bytes, ...]) -> Iterator[Any]:
    for body in bodies:
        if len(body) > _TREE:
            continue
        try:
            tree = tree_of(body)
        except ShapeError:
            continue
        if isinstance(tree, dict | list):
            yield tree


def mapped(name: PlatformName, body: bytes, route: Route | None = None) -> Mapped | None:
    """What the mapper makes of it; None for a named outcome. Anything else is a crash."""
    try:
        return platform(name).map(body, NOW, route=route)
    except CrawlError as error:
        if not error.detail:
            raise AssertionError("an error that says nothing") from error
        return None


def counts(found: Mapped) -> Iterator[tuple[str, str, int, int]]:
    """(row, counter, value, step) of every known counter."""
    for item in (*found.accounts, *found.posts):
        for name, count in item.counts.items():
            if count.value is not None:
                yield item.id, name, count.value, count.step


# --- what an answer says


def _text(body: bytes) -> str:
    said = body.decode("utf-8", "replace")
    unescaped = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), said)
    return html.unescape(unescaped) if is_markup(body) or "&" in unescaped else unescaped


def written(body: bytes) -> set[str]:
    """The digits of every number in an answer, as a whole and group by group."""
    found = set()
    for match in _GROUPED.finditer(_text(body)):
        groups = re.findall(r"\d+", match[0])
        for first in range(min(len(groups), 6)):
            for last in range(first, min(len(groups), first + 7)):
                found.add(str(int("".join(groups[first : last + 1])[:4000])))
    return found


def invented(name: PlatformName, found: Mapped, body: bytes) -> list[str]:
    """Counts that are not in the answer."""
    told = list(counts(found))
    if not told:
        return []
    numbers = written(body)
    return [
        f"{row} {counter} {value} by {step}"
        for row, counter, value, step in told
        if not (0 <= value < 2**63)
        or not (_stands(value, step, numbers) or _allowed(name, counter, value, body, numbers))
    ]


def _stands(value: int, step: int, numbers: set[str]) -> bool:
    if step == 1 or value == 0:
        return str(value) in numbers
    digits = str(value).rstrip("0")
    return any(str(value)[:length] in numbers for length in range(len(digits), len(str(value)) + 1))


def _allowed(name: PlatformName, counter: str, value: int, body: bytes, numbers: set[str]) -> bool:
    """X's reposts and quotes are added; Facebook leaves out the shares of what nobody shared."""
    if name == "x" and counter == "shares":
        return any(str(value - int(one)) in numbers for one in numbers if int(one) <= value)
    return name == "facebook" and counter == "shares" and value == 0 and b"share" in body


# --- damage


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """(container, key) of everything inside a tree."""
    pending = [value]
    while pending:
        node = pending.pop()
        for key, below in node.items() if isinstance(node, dict) else enumerate(node):
            yield node, key
            if isinstance(below, dict | list):
                pending.append(below)


@st.composite
def bent(draw: st.DrawFn, trees: tuple[Any, ...]) -> bytes:
    """A tree with some members removed, replaced or doubled."""
    tree = copy.deepcopy(draw(st.sampled_from(trees)))
    for _ in range(draw(st.integers(1, 5))):
        there = list(places(tree))
        if not there:
            break
        container, key = there[draw(st.integers(0, len(there) - 1))]
        how = draw(st.sampled_from(("remove", "replace", "double")))
        if how == "remove":
            del container[key]
        elif how == "replace" or isinstance(container, dict):
            container[key] = copy.deepcopy(draw(st.sampled_from(ODD)))
        else:
            container.append(container[key])
    return encoded(tree)


@st.composite
def broken(draw: st.DrawFn, bodies: tuple[bytes, ...]) -> bytes:
    """A body with bytes cut, added or exchanged, values exchanged, or in another encoding."""
    body = draw(st.sampled_from(bodies))
    for _ in range(draw(st.integers(1, 3))):
        how = draw(st.sampled_from(("cut", "drop", "add", "value", "value", "encode")))
        at = int(len(body) * draw(st.floats(0, 1)))
        if how == "cut":
            body = body[:at]
        elif how == "drop":
            body = body[:at] + body[at + draw(st.integers(1, 60)) :]
        elif how == "add":
            body = body[:at] + draw(st.sampled_from(_JUNK) | st.binary(max_size=8)) + body[at:]
        elif how == "value":
            body = _exchanged(body, at, draw(st.sampled_from(_INSTEAD)))
        else:
            encoding = draw(st.sampled_from(_ENCODINGS))
            body = body.decode("utf-8", "replace").encode(encoding, "replace")
    return body


def _exchanged(body: bytes, at: int, instead: bytes) -> bytes:
    """The first value from a place on becomes another one."""
    match = _VALUE.search(body, at)
    return body if match is None else body[: match.start()] + instead + body[match.end() :]


@st.composite
def lacking(draw: st.DrawFn, trees: tuple[Any, ...]) -> bytes:
    """A tree in which no number is zero, with members removed or unknown."""
    tree = copy.deepcopy(draw(st.sampled_from(trees)))
    for container, key in list(places(tree)):
        if container[key] in (0, "0") and container[key] is not False:
            container[key] = type(container[key])(3)
    for _ in range(draw(st.integers(1, 8))):
        there = list(places(tree))
        if not there:
            break
        container, key = there[draw(st.integers(0, len(there) - 1))]
        if draw(st.booleans()):
            del container[key]
        else:
            container[key] = draw(st.sampled_from((None, "", {}, [], "—", "N/A")))
    return encoded(tree)
