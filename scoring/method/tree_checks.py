"""Faults of an indicator tree: duplicates, orphans, cycles, weights, measures.

Works on the raw entries, so that these faults are reported together with those of the file's shape.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from model.platforms import PLATFORMS
from scoring.errors import MethodProblem
from scoring.method.toml_lines import Path
from scoring.method.tree import ROOT

PLATFORM_MEASURES = (
    "posts",
    "likes",
    "comments",
    "shares",
    "interactions",
    "interaction_rate",
    "videos",
    "views",
    "view_rate",
    "followers",
    "follower_gain",
    "rating",
)
"""What a leaf may name after `platform:`; a name without a colon is an imported indicator."""
SOCIAL_MEASURES = ("posts", "likes", "comments", "shares", "interactions", "views", "languages")
"""What a leaf may name after `social:`, the sum over all platforms."""

MAX_INDICATORS, MAX_LEVELS = 2_000, 32
"""Of a tree: its nodes, and the levels below the root."""

_PLATFORM_MEASURE = re.compile(r"[a-z]+:\w+")


def tree_problems(values: Mapping[str, Any], lines: Mapping[Path, int]) -> Iterator[MethodProblem]:
    """Every fault of the tree, in file order by kind."""
    raw = values.get("indicator")
    entries = [
        (index, entry)
        for index, entry in enumerate(raw if isinstance(raw, list) else [])
        if isinstance(entry, dict) and isinstance(entry.get("code"), str)
    ]
    if len(entries) > MAX_INDICATORS:
        yield MethodProblem(f"{len(entries):,} indicators; expected at most {MAX_INDICATORS:,}")
        return
    tree = _Tree(entries, lines)
    yield from tree.duplicates()
    yield from tree.orphans()
    yield from tree.cycles()
    yield from tree.weights()
    yield from tree.measures()


class _Tree:
    def __init__(
        self, entries: Sequence[tuple[int, Mapping[str, Any]]], lines: Mapping[Path, int]
    ) -> None:
        self.entries, self.lines = entries, lines
        self.parent = {e["code"]: e.get("parent") for _, e in reversed(entries)}
        self.children: dict[str, list[Mapping[str, Any]]] = {}
        for _, entry in entries:
            parent = entry.get("parent")
            if isinstance(parent, str) and entry["code"] != ROOT:
                self.children.setdefault(parent, []).append(entry)

    def fault(self, index: int, key: str, message: str) -> MethodProblem:
        line = self.lines.get(("indicator", index, key)) or self.lines.get(("indicator", index))
        return MethodProblem(message, line, self.entries_code(index))

    def entries_code(self, index: int) -> str | None:
        return next((str(e["code"]) for i, e in self.entries if i == index), None)

    def duplicates(self) -> Iterator[MethodProblem]:
        seen: dict[str, int] = {}
        for index, entry in self.entries:
            first = seen.setdefault(entry["code"], index)
            if first != index:
                line = self.lines.get(("indicator", first))
                yield self.fault(index, "code", f"duplicate code, first used on line {line}")

    def orphans(self) -> Iterator[MethodProblem]:
        known = self.parent.keys() | {ROOT}
        for index, entry in self.entries:
            parent = entry.get("parent")
            if entry["code"] == ROOT:
                if parent not in (None, ""):
                    yield self.fault(index, "parent", "the root has no parent")
            elif parent is None or parent == "":
                yield self.fault(index, "code", f"no parent; only {ROOT!r} has none")
            elif parent not in known:
                yield self.fault(index, "parent", f"parent {parent!r} is not in the tree")
        if not self.children.get(ROOT):
            yield MethodProblem(f"no indicator has the root {ROOT!r} as its parent")

    def cycles(self) -> Iterator[MethodProblem]:
        """Parents that lead back to a node, and those that lead through too many levels."""
        reported: set[str] = set()
        for index, entry in self.entries:
            path = self._upwards(entry["code"])
            code = path.pop()
            if code in path and code not in reported:
                loop = path[path.index(code) :]
                reported.update(loop)
                shown = " -> ".join([*loop, code])
                yield self.fault(index, "parent", f"its parents run in a circle: {shown}")
            elif len(path) > MAX_LEVELS and code not in path:
                yield self.fault(index, "parent", f"more than {MAX_LEVELS} levels below the root")
                return

    def _upwards(self, code: Any) -> list[Any]:
        """The code, its parent and so on, until there is none, one comes again or there are more
        than may be."""
        path = [code]
        while code in self.parent and code != ROOT and len(path) <= MAX_LEVELS + 1:
            code = self.parent[code]
            path.append(code)
            if not isinstance(code, str) or code in path[:-1]:
                break
        return path

    def weights(self) -> Iterator[MethodProblem]:
        for parent, children in self.children.items():
            weights = [child.get("weight", 1.0) for child in children]
            usable = [w for w in weights if isinstance(w, int | float) and not isinstance(w, bool)]
            if len(usable) == len(weights) and not sum(usable) > 0:
                first = next(i for i, e in self.entries if e is children[0])
                yield MethodProblem(
                    f"the weights of the children of {parent!r} sum to {sum(usable):g};"
                    " the sum must be above 0",
                    self.lines.get(("indicator", first, "weight")),
                    parent,
                )

    def measures(self) -> Iterator[MethodProblem]:
        for index, entry in self.entries:
            measure, inner = entry.get("measure"), entry["code"] in self.children
            for key in ("measure", "denominator"):
                if inner and entry.get(key) is not None:
                    yield self.fault(index, key, f"only a leaf may have a {key}")
            name = entry["code"] if measure is None and not inner else measure
            if isinstance(name, str) and (message := _unknown_measure(name)):
                yield self.fault(index, "measure", message)


def _unknown_measure(name: str) -> str | None:
    if not _PLATFORM_MEASURE.fullmatch(name):
        return None
    scope, _, measure = name.partition(":")
    if scope != "social" and scope not in PLATFORMS:
        return f"unknown measure {name!r}: no platform is called {scope!r}"
    known = SOCIAL_MEASURES if scope == "social" else PLATFORM_MEASURES
    if measure not in known:
        return f"unknown measure {name!r}: expected one of {', '.join(known)}"
    return None
