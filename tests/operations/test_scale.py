"""Arithmetic of scale: proportional, as the documents hold it; every collection has its place."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from deploy.scale import DOCUMENTS, month_at_scale, with_tables
from model.platform import PLATFORMS
from operations.database.growth import SCALES, ScaleConstants
from store.database import COLLECTIONS
from store.sharding import SHARD_KEYS, WHOLE, shard_commands
from tests.cityreach.in_process import command
from tests.shared import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    """May 2026 by the settings' plan at the prices of a day."""
    return month_at_scale()


def test_ten_times_the_accounts_take_ten_times_the_calls(rows: list[dict[str, Any]]) -> None:
    assert [row["accounts"] for row in rows] == list(SCALES)
    few, many = rows[1], rows[2]
    for name in ("visits", "calls", "readings"):
        assert many[name] == few[name] * 100
        assert rows[0][name] == pytest.approx(few[name] * 0.0138, rel=0.05)


def test_what_is_stored_follows_from_what_is_read(rows: list[dict[str, Any]]) -> None:
    one, row = ScaleConstants(), rows[1]
    posts = len(PLATFORMS) * 30 * row["accounts"]
    expected = row["readings"] * one.reading_bytes + posts * one.post_bytes
    expected += row["visits"] * one.visit_bytes + 3 * row["calls"] * one.raw_bytes
    assert row["disk_gb"] == round(expected / 1e9, 1)
    pages = max(row["calls"], row["readings"] / 18)
    assert row["crawlers"] == -(-pages * one.crawler_ms // (30 * 86_400_000 * one.busy))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_documents_hold_what_is_printed(name: str, rows: list[dict[str, Any]]) -> None:
    text = (ROOT / "docs" / name).read_text("utf-8")
    assert text == with_tables(text, rows), "run `python -m deploy.scale`"
    first = re.findall(r"^\| 138 \| ([\d,]+) \| ([\d,]+) \|", text, re.M)
    assert first == [(f"{rows[0]['visits']:,}", f"{rows[0]['calls']:,}")]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_documents_hold_the_constants(name: str) -> None:
    text = (ROOT / "docs" / name).read_text("utf-8")
    told = dict(re.findall(r"^\| `(\w+)` \| ([\d.,]+) \|", text, re.M))
    assert {k: float(v.replace(",", "")) for k, v in told.items()} == {
        name: getattr(ScaleConstants(), name) for name in ScaleConstants.__dataclass_fields__
    }


def test_every_collection_of_the_store_has_its_shard_key_or_a_reason() -> None:
    assert set(SHARD_KEYS) | set(WHOLE) == set(COLLECTIONS)
    assert not set(SHARD_KEYS) & set(WHOLE)
    lines = list(shard_commands("reach"))
    assert lines[0] == 'sh.enableSharding("reach")'
    assert sum(line.startswith('sh.shardCollection("reach.') for line in lines) == len(SHARD_KEYS)
    hashed = [
        place for place, line in enumerate(lines) if line.startswith("sh.") and '"hashed"})' in line
    ]
    assert len(hashed) == sum(direction == "hashed" for direction, _ in SHARD_KEYS.values())
    assert all(lines[place - 1].endswith('.createIndex({"_id": "hashed"})') for place in hashed)


def test_one_of_accounts_and_scale_is_asked_for(tmp_path: Path) -> None:
    assert command("cost", data=tmp_path).returncode == 2
    assert command("cost", "--accounts", "1", "--scale", data=tmp_path).returncode == 2
    done = command("migrate", "--shard", data=tmp_path)
    assert done.stdout.splitlines() == list(shard_commands("cityreach"))
    assert json.dumps("cityreach.raw") in done.stdout
