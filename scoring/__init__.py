"""The index engine: from a table of measures to scores, ranks and their explanation.

Stands alone: needs neither a database nor the crawler.
"""

from __future__ import annotations

from scoring.engine.compute import compute
from scoring.engine.result import Result
from scoring.engine.table import Table
from scoring.errors import (
    ExtraMissing,
    IssueError,
    MethodError,
    MethodProblem,
    ScoringError,
    TableError,
    TableProblem,
    UnknownName,
)
from scoring.method.library import load_method, method_ids, methods, read_method
from scoring.method.tree import ROOT, Method, Node

__all__ = [
    "ROOT",
    "ExtraMissing",
    "IssueError",
    "Method",
    "MethodError",
    "MethodProblem",
    "Node",
    "Result",
    "ScoringError",
    "Table",
    "TableError",
    "TableProblem",
    "UnknownName",
    "compute",
    "load_method",
    "method_ids",
    "methods",
    "read_method",
]
