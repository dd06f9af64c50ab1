"""Answers with faults put into them, and what must hold whatever a mapper makes of them."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import strategies as st

from crawler.contract import Platform
from crawler.errors import CrawlError, ShapeError
from crawler.reading.html_json import scripts
from crawler.reading.shape import decode
from model.items import Mapped
from model.route import Route
from tests.crawler.platforms.driver import NOW

ODD = (
    None,
    True,
    -1,
    0.5,
    2**63,
    2**70,
    1e308,
    "",
    "NaN",
    "-7",
    "1.2K",
    "1925-05-01T00:00:00Z",
    "2125-05-01T00:00:00Z",
    "Fri Feb 31 21:09:45 +0000 2026",
    "\x00",
    [],
    {},
    [[]],
    {"id": {}},
    ["x"],
)


class Lines(list[Any]):
    """The documents of one answer, one a line."""


def tree_of(body: bytes) -> Any:
    """A decoded answer; one of several documents as `Lines`. Raises ShapeError."""
    if b"\n{" in body.strip():
        return Lines(decode(line) for line in body.splitlines() if line.strip())
    return decode(body)


def encoded(tree: Any) -> bytes:
    """The answer that a tree stands for."""
    if isinstance(tree, Lines):
        return b"\n".join(map(msgspec.json.encode, tree))
    return msgspec.json.encode(tree)


def inputs(folder: Path) -> list[Any]:
    """The decoded inputs of all JSON fixtures below a folder."""
    return [tree_of(path.read_bytes()) for path in sorted(folder.glob("*/input.json"))]


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, below in pairs:
        yield value, key
        if isinstance(below, dict | list):
            yield from _places(below)


@st.composite
def faulty(draw: st.DrawFn, documents: list[Any]) -> bytes:
    """One of the documents with up to three members replaced or removed, perhaps cut short."""
    document = copy.deepcopy(draw(st.sampled_from(documents)))
    for _ in range(draw(st.integers(0, 3))):
        places = list(_places(document))
        if not places:
            break
        container, key = places[draw(st.integers(0, len(places) - 1))]
        if draw(st.booleans()):
            del container[key]
        else:
            container[key] = copy.deepcopy(draw(st.sampled_from(ODD)))
    body = encoded(document)
    if draw(st.integers(0, 9)) == 0:
        body = body[: draw(st.integers(0, len(body)))]
    return body


def outcome(platform: Platform, body: bytes, route: Route | None = None) -> Mapped | None:
    """What the mapper makes of a body; None where it refuses it by a CrawlError of its tree."""
    try:
        return platform.map(body, NOW, route=route)
    except CrawlError as error:
        if not error.detail:
            raise AssertionError("an error that says nothing") from error
        return None


def numbers(body: bytes) -> set[int]:
    """Every whole number of an answer, whether it is written as a number or as digits."""
    pending, found = [_document(body)], set()
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            found.add(value)
        elif isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 30:
            found.add(int(value))
    return found


def _document(body: bytes) -> Any:
    if not body.lstrip().startswith(b"<"):
        return [*_readable(body), *_readable(*body.splitlines())]
    return [decode(s.text.encode()) for s in scripts(body.decode()) if s.holds_json]


def _readable(*texts: bytes) -> Iterator[Any]:
    """Those of the documents that are whole."""
    for text in texts:
        with suppress(ShapeError):
            yield decode(text)


def invented(mapped: Mapped, body: bytes, summed: frozenset[str] = frozenset()) -> list[str]:
    """Counts that are not in the answer; those of `summed` may be the sum of two that are."""
    present = numbers(body)
    return [
        f"{item.id} {name} {count.value}"
        for item in (*mapped.accounts, *mapped.posts)
        for name, count in item.counts.items()
        if count.value is not None
        and count.value not in present
        and not (name in summed and any(count.value - one in present for one in present))
    ]
