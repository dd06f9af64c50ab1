"""The order in which several processes take the tests names files that there are."""

from __future__ import annotations

import re

from tests.order import _KEPT, _LONG, rank
from tests.shared import ROOT


def test_every_name_is_there() -> None:
    assert [name for name in _LONG if not (ROOT / name).exists()] == []


def test_the_files_that_work_in_the_kept_demo_run_in_one_process() -> None:
    asks = re.compile(r"def test_\w+\([^)]*\b(kept|publishing): Path", re.S)
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    found = [str(path.relative_to(ROOT)) for path in files if asks.search(path.read_text("utf-8"))]
    assert sorted(found) == sorted(_KEPT)


def test_long_files_come_before_their_folders_and_all_others() -> None:
    names = (*_KEPT, "tests/operations/evidence/test_evidence.py", "tests/operations/x.py", "x.py")
    assert [rank(name) for name in names] == sorted({rank(name) for name in names})
