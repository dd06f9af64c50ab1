"""What can go wrong in scoring, as one tree.

ScoringError
├── MethodError     a method file that cannot be used: every problem, with line and code
├── TableError      an input table that cannot be used: every problem, with row and column
├── ChangeError     a change of weights or values that was asked for cannot be understood
├── UnknownName     a method, node, unit, preset or scope that does not exist
├── BreakSpanned    months on both sides of a changed meaning are to be normalised together
├── ExtraMissing    an optional library is not installed
└── IssueError      a publication may not change in the way that was asked for
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_SHOWN = 50
"""Most problems of one file that a message lists."""


class ScoringError(Exception):
    """Base of all errors of this package."""


@dataclass(frozen=True, slots=True)
class MethodProblem:
    """One fault of a method file."""

    message: str
    line: int | None = None
    """1-based; `None` where the fault belongs to no line (something is absent)."""
    code: str | None = None
    """The indicator concerned."""

    def __str__(self) -> str:
        line = "" if self.line is None else f"line {self.line}: "
        code = "" if self.code is None else f"indicator {self.code!r}: "
        return f"{line}{code}{self.message}"


def _lines(source: str, problems: Sequence[object]) -> str:
    """One line a problem; of very many, the first ones and how many more there are."""
    more = len(problems) - _SHOWN
    shown = [f"{source}: {problem}" for problem in problems[:_SHOWN]]
    return "\n".join([*shown, f"{source}: {more:,} more problems"] if more > 0 else shown)


class MethodError(ScoringError, ValueError):
    """A method file that cannot be used; `problems` holds all that is wrong with it."""

    def __init__(self, source: str, problems: Sequence[MethodProblem]) -> None:
        self.source = source
        self.problems = tuple(problems)
        super().__init__(_lines(source, self.problems))


@dataclass(frozen=True, slots=True)
class TableProblem:
    """One fault of an input table."""

    message: str
    row: int | None = None
    """1-based line of the file, the header being line 1; `None` for the table as a whole."""
    column: str | None = None
    unit: str | None = None

    def __str__(self) -> str:
        row = "" if self.row is None else f"row {self.row}: "
        unit = "" if self.unit is None else f"unit {self.unit!r}: "
        column = "" if self.column is None else f"column {self.column!r}: "
        return f"{row}{unit}{column}{self.message}"


class TableError(ScoringError, ValueError):
    """An input table that cannot be used; `problems` holds all that is wrong with it."""

    def __init__(self, source: str, problems: Sequence[TableProblem]) -> None:
        self.source = source
        self.problems = tuple(problems)
        super().__init__(_lines(source, self.problems))


class UnknownName(ScoringError, LookupError):
    """A name that means nothing here; the message lists what there is."""

    def __init__(self, kind: str, name: str, known: Sequence[str]) -> None:
        self.kind, self.name, self.known = kind, name, tuple(known)
        shown = ", ".join(self.known[:20]) + (" …" if len(self.known) > 20 else "")
        super().__init__(f"unknown {kind} {name!r}; there is: {shown or 'nothing'}")

    def __str__(self) -> str:
        return str(self.args[0])


class ChangeError(ScoringError, ValueError):
    """A change that was asked for cannot be understood; the text says what was expected."""


class BreakSpanned(ScoringError, ValueError):
    """Months on both sides of a day since which a counter means something else were to be
    normalised together."""

    def __init__(self, first: str, last: str, breaks: Sequence[str]) -> None:
        self.breaks = tuple(breaks)
        super().__init__(
            f"a counter changed its meaning between {first} and {last}, so that scores over both "
            f"do not compare ({'; '.join(self.breaks)})"
        )


class ExtraMissing(ScoringError, ImportError):
    """A library of an optional extra is not installed."""


class IssueError(ScoringError, ValueError):
    """A publication may not change like this."""
