"""A month by public pages alone, in a real browser, against what the pages of the world show.

Facebook's pages come in several documents, in the layout of each year.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.browser import available
from tests import oracle
from tests.cityreach.demo_process import SMALL, cityreach, load
from tests.shared import WORLDS

pytestmark = pytest.mark.long
SEEN = [SMALL, *WORLDS.glob("real-dev.jsonl.gz")] if available() else []


@pytest.mark.parametrize("layout", ["2024", "2025", "2026"])
@pytest.mark.parametrize("world", SEEN, ids=lambda path: path.stem)
def test_a_month_by_public_pages(world: Path, layout: str, tmp_path: Path) -> None:
    limits = json.dumps({"facebook_page_layout": layout})
    asked = ("--world", str(world), "--period", "2025-05", "--route", "web", "--out", "out")
    done = cityreach("demo", *asked, "--json", data=tmp_path, SANDBOX_LIMITS=limits)
    assert done.returncode == 0, done.stderr
    got, run = load(tmp_path / "out" / "measures.json"), load(tmp_path / "out" / "run.json")
    assert list(oracle.web_differences(got, oracle.expected(world, "2025-05"))) == []
    for row in got:
        lacking = {name for name, posts in row["missing"].items() if posts}
        assert lacking == set(row["reasons"]), "what is not shown has its reason"
        if row["platform"] == "x":
            assert row["posts"] is None
            assert "no complete timeline" in row["why"]
            assert row["followers_end"] is not None
    assert set(run["visits"]) <= {"ok", "ok_nothing_new", "forbidden"}
    for name in ("facebook", "x", "tiktok"):
        assert run["platforms"][name]["calls_to_minimum"] == 1.0
