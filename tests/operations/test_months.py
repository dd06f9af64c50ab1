"""After the time zone was changed: the writer names a command, and that command is enough."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from click.testing import CliRunner

from cityreach.cli import command_line
from model.months import Months
from model.period import Period
from store.database import Store
from store.errors import MonthsDiffer
from store.ingest.writer import Writer
from store.month.kept import account_sums
from tests.store.harvest import KEY, MAY, day, page, post, visit
from tests.store.mongod import Mongod


def test_the_command_that_the_writer_names_rebuilds_the_months(
    db: Store, mongod: Mongod, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_may_in_china = MAY.start + timedelta(hours=1)
    item = post("1", day(2), in_may_in_china, likes=3)
    Writer(db, Months(MAY.tz)).write([page(visit(day(2)), day(2), posts=[item])])
    with pytest.raises(MonthsDiffer) as refused:
        Writer(db, Months("UTC")).prepare()
    (command,) = re.findall(r"`cityreach ([a-z ]+)`", str(refused.value))

    monkeypatch.setenv("CITYREACH_MONGO_URI", mongod.uri)
    monkeypatch.setenv("CITYREACH_MONGO_DATABASE", db.name)
    monkeypatch.setenv("CITYREACH_ZONE", "UTC")
    done = CliRunner().invoke(command_line(), [*command.split(), "--json"])

    assert json.loads(done.stdout) == [{"period": "2025-04"}]
    Writer(db, Months("UTC")).prepare()
    assert account_sums(db, Period.month("2025-04", "UTC"))[KEY].posts == 1
