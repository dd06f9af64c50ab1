"""What a perfect crawler sees of a world gives exactly the measures expected of that world."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path

import pytest

from model.months import Months
from model.period import Period
from scoring.cities.measures import measure_rows
from store import accounts
from store.database import Store
from store.ingest.writer import Writer
from store.month.kept import recomputed_sums, seal, verify_month
from store.month.measures import account_months
from store.month.retention import thin
from tests.shared import FOLDER
from tests.shared import WORLDS as WORLD_FILES
from tests.store.harvest import Message
from tests.store.month.worlds import World

_BIG = 1_000_000
WORLDS = [
    pytest.param(path, id=path.name.partition(".")[0], marks=[pytest.mark.long] * (size > _BIG))
    for path in sorted(WORLD_FILES.glob("*.jsonl.gz"))
    for size in [path.stat().st_size]
]


def _pieces(messages: Iterator[Message], size: int = 200) -> Iterator[list[Message]]:
    while piece := list(islice(messages, size)):
        yield piece


@pytest.mark.shared
@pytest.mark.parametrize("path", WORLDS)
def test_measures_of_a_world(path: Path, db: Store, tmp_path: Path) -> None:
    expected = path.with_name(path.name.replace(".jsonl.gz", ".expected.json"))
    told = json.loads(expected.read_text(encoding="utf-8"))[0]
    period = Period.month(told["period"], told["tz"])
    world, writer = World(path), Writer(db, Months(period.tz))
    accounts.put_accounts(db, world.registered())

    middle = period.start + (period.end - period.start) / 2
    confirm = period.cutoff + timedelta(days=1)
    for moment in (period.start, middle, period.end, period.cutoff, confirm):
        for piece in _pieces(world.crawl(period, moment)):
            writer.write(piece)

    rows = measure_rows(period, account_months(db, period))
    assert all(row.collected for row in rows)
    got = tmp_path / "measures.json"
    got.write_text(json.dumps([row.plain() for row in rows]), encoding="utf-8")
    compare = [sys.executable, FOLDER / "accept" / "compare_measures.py", got, expected]
    compared = subprocess.run(
        [str(part) for part in compare], capture_output=True, text=True, check=False
    )
    assert compared.stdout.endswith(" 0 differences\n"), compared.stdout
    assert verify_month(db, period) == []
    assert {row.account for row in rows if row.posts} <= recomputed_sums(db, period).keys()

    assert seal(db, period, period.cutoff) == []
    thin(db, period)
    assert verify_month(db, period) == []
    assert measure_rows(period, account_months(db, period)) == rows
