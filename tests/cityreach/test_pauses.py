"""`accounts rest`, `remove`, `resume` as they are typed; lists imported again and again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from portal.users.audit import changes
from store.database import Store
from tests.cityreach.in_process import Done, command
from tests.store.mongod import Mongod

LIST = "city,platform,handle,id\nnanjing,x,VisitNanjing,123\nwuxi,x,VisitWuxi,124\n"


class Shell:
    """Commands on one database."""

    def __init__(self, folder: Path, mongod: Mongod, db: Store) -> None:
        self.folder = folder
        self._settings = {"CITYREACH_MONGO_URI": mongod.uri, "CITYREACH_MONGO_DATABASE": db.name}

    def __call__(self, *args: str) -> Done:
        return command(*args, data=self.folder, **self._settings)


@pytest.fixture
def shell(tmp_path: Path, mongod: Mongod, db: Store) -> Shell:
    (tmp_path / "a.csv").write_text(LIST)
    return Shell(tmp_path, mongod, db)


def test_an_account_is_removed_with_date_and_reason_and_resumed(shell: Shell) -> None:
    shell("accounts", "import", "a.csv")
    done = shell(
        *("accounts", "remove", "x:@visitwuxi", "--from", "2025-06-01"),
        *("--reason", "a fan page"),
    )
    assert done.returncode == 0, done.stderr
    assert "x @VisitWuxi (wuxi): removed from 2025-06-01 00:00 (Asia/Shanghai) on" in done.stderr
    assert "months up to 2025-05 stay as they were" in done.stderr
    listed = json.loads(shell("accounts", "list", "--json").stdout)
    assert [(one["paused"], one["reason"]) for one in listed] == [
        (None, None),
        ("removed", "a fan page"),
    ]
    assert "removed" in shell("accounts", "import", "a.csv").stderr
    assert shell("accounts", "resume", "x:124").returncode == 0
    listed = json.loads(shell("accounts", "list", "--json").stdout)
    assert [one["paused"] for one in listed] == [None, None]


def test_a_rest_in_the_wrong_year_is_shown_and_given_up(shell: Shell) -> None:
    """The clock is the machine's; the year of the rest is far from it."""
    shell("accounts", "import", "a.csv")
    shell("accounts", "rest", "x:124", "--from", "2199-01-01", "--reason", "next year")
    listed = json.loads(shell("accounts", "list", "--json").stdout)
    assert [(one["paused"], one["reason"]) for one in listed if one["paused"]] == [
        ("planned", "next year")
    ]
    assert shell("accounts", "resume", "x:124").returncode == 0
    listed = json.loads(shell("accounts", "list", "--json").stdout)
    assert [one["paused"] for one in listed] == [None, None]


def test_changes_by_commands_are_in_the_audit_log(shell: Shell, db: Store) -> None:
    shell("accounts", "import", "a.csv")
    shell("accounts", "rest", "x:124", "--reason", "a pause")
    shell("accounts", "resume", "x:124")
    resumed, rested, imported = changes(db)
    assert all(one["who"].startswith("command line") for one in (resumed, rested, imported))
    assert (imported["what"], imported["detail"]["added"]) == ("accounts.import", 2)
    assert (rested["what"], rested["subject"]) == ("accounts.rested", "x:124")
    assert rested["detail"]["reason"] == "a pause"
    assert (resumed["what"], resumed["subject"]) == ("accounts.resumed", "x:124")


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("remove", "x:9", "--reason", "r"), "x:9: not in the registry"),
        (("rest", "x:123", "--reason", " "), "expected a reason"),
        (("rest", "x:123", "--reason", "r", "--from", "June"), "expected a day such as"),
        (("remove", "x:123"), "--reason"),
        (("resume", "x:123"), "neither rests nor is it removed"),
    ],
)
def test_wrong_pauses_end_with_2(shell: Shell, args: tuple[str, ...], told: str) -> None:
    shell("accounts", "import", "a.csv")
    done = shell("accounts", *args)
    assert done.returncode == 2
    assert told in " ".join(done.stderr.split())
