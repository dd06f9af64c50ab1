"""Which tests run in one process, and in which order, when several processes share them.

A file's tests stay together, for the sake of what they share; so do the files that work in the demo
that is kept, which takes most of a minute to collect. Files that take long begin first: one of them
that begins last has a processor idle until it has ended.
"""

from __future__ import annotations

from functools import cache
from pathlib import PurePath

import pytest
from xdist.scheduler import LoadScopeScheduling

_KEPT = (
    "tests/cityreach/test_analysis.py",
    "tests/cityreach/test_cases_of_use.py",
    "tests/cityreach/test_chinese_walk.py",
    "tests/cityreach/test_commands.py",
    "tests/cityreach/test_hundred.py",
    "tests/cityreach/test_rating_sheets.py",
    "tests/cityreach/test_rehearsal.py",
    "tests/cityreach/test_wrong_inputs.py",
    "tests/operations/test_commands.py",
)
_LONG = (
    *_KEPT,
    "tests/cityreach/test_demo.py",
    "tests/operations/test_graceful_stop.py",
    "tests/operations/evidence/test_evidence.py",
    "tests/long",
    "tests/embedded/test_stack.py",
    "tests/crawler/browser",
    "tests/scheduler/test_cost_meter.py",
    "tests/cityreach/test_real_start.py",
    "tests/store/ingest",
    "tests/operations/evidence",
    "tests/security",
    "tests/cityreach",
    "tests/operations",
    "tests/portal/alerts",
    "tests/test_sixth_platform.py",
    "tests/crawler/platforms",
)
"""Files and folders, the longest first."""


@cache
def rank(file: str) -> int:
    """The place of a file among those that take long."""
    path = PurePath(file)
    for place, one in enumerate(_LONG):
        if path == PurePath(one) or PurePath(one) in path.parents:
            return place
    return len(_LONG)


class LongFilesFirst(LoadScopeScheduling):
    """A file's tests for one process, those in the kept demo as if they were one file."""

    def schedule(self) -> None:
        """In the order in which the tests were collected, not by how many a file has."""
        self.config.option.loadscopereorder = False
        super().schedule()

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "the kept demo" if file in _KEPT else file


def sort_items(items: list[pytest.Item]) -> None:
    """Puts what takes long first; the order within a file stays."""
    items.sort(key=lambda item: rank(item.nodeid.partition("::")[0]))
