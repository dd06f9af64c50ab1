"""A frozen issue as a file: the same bytes each time, and whole on another machine."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from operations.documents import issues, reports
from operations.documents.issues import (
    exported_issue,
    imported_issue,
    lacking_in,
    verified_issue,
)
from operations.documents.printing import PrintError
from operations.errors import Failed, UsageError
from portal.published import drafted, index_of_issue, keep_issue
from portal.report.files import documents_of, rendered
from scoring.publish.issues import freeze
from store.database import Store, connect_mongo, ensure_indexes
from store.records import ISSUES
from tests.portal.test_month import MAY, watched
from tests.store.mongod import Mongod

__all__ = ["watched"]
pytestmark = pytest.mark.servers


def runtime_over(db: Store) -> Any:
    """As much of a runtime as files of issues need."""
    browser = SimpleNamespace(executable=None)
    settings = SimpleNamespace(crawler=SimpleNamespace(browser=browser), method="giu")
    clock = SimpleNamespace(now=lambda: MAY.cutoff)
    return SimpleNamespace(db=db, settings=settings, clock=clock)


def test_an_issue_goes_to_another_machine(
    watched: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issues, "FORMATS", ("html", "xlsx"))
    runtime, new = runtime_over(watched), drafted(watched, MAY, "giu", MAY.cutoff, "a trial")
    with pytest.raises(UsageError, match="is a draft"):
        exported_issue(runtime, new.issue, None)
    issue = freeze(new.issue, MAY.cutoff.isoformat())
    keep_issue(watched, issue, new.basis)
    one, two = (exported_issue(runtime, issue, tmp_path / name) for name in ("1.zip", "2.zip"))
    assert one.read_bytes() == two.read_bytes()
    assert verified_issue(one) == issue

    watched[ISSUES].delete_many({})
    watched["issue_bases"].delete_many({})
    assert imported_issue(runtime, one) == issue
    assert imported_issue(runtime, one) == issue
    assert index_of_issue(watched, issue).top("facebook") == new.index.top("facebook")

    bad = bytearray(one.read_bytes())
    bad[bad.index(b"<!DOCTYPE html>") + 20] ^= 1
    two.write_bytes(bad)
    with pytest.raises(Failed, match=r"report-2025-05-zh\.html was changed"):
        verified_issue(two)
    with pytest.raises(UsageError, match="cannot be read"):
        verified_issue(tmp_path / "none.zip")


@pytest.fixture
def elsewhere(mongod: Mongod) -> Iterator[Store]:
    """Another machine's database: empty."""
    db = connect_mongo(mongod.uri, "issue_elsewhere")
    ensure_indexes(db)
    yield db
    db.client.drop_database(db.name)
    db.client.close()


def test_an_issue_is_whole_on_a_machine_that_knew_nothing(
    watched: Store, elsewhere: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issues, "FORMATS", ("html", "md"))
    here, there = runtime_over(watched), runtime_over(elsewhere)
    new = drafted(watched, MAY, "giu", MAY.cutoff, "a trial")
    issue = freeze(new.issue, MAY.cutoff.isoformat())
    keep_issue(watched, issue, new.basis)
    path = exported_issue(here, issue, tmp_path / "here.zip")

    assert verified_issue(path) == imported_issue(there, path) == issue
    index = index_of_issue(elsewhere, issue)
    assert index.top("facebook") == new.index.top("facebook")
    assert index.table.hash == new.index.table.hash == issue.input_hash
    # The report made there anew is the one that came, and the file goes on as it is.
    documents = documents_of(elsewhere, index, MAY.cutoff)
    with zipfile.ZipFile(path) as archive:
        came = archive.read("report-2025-05-zh.md")
    assert rendered(documents["zh"], "md", lambda _: b"") == came
    again = exported_issue(there, issue, tmp_path / "there.zip")
    assert again.read_bytes() == path.read_bytes()


def test_a_file_says_which_reports_it_lacks(
    watched: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issues, "FORMATS", ("html", "pdf"))
    runtime, new = runtime_over(watched), drafted(watched, MAY, "giu", MAY.cutoff, "a trial")
    issue = freeze(new.issue, MAY.cutoff.isoformat())
    keep_issue(watched, issue, new.basis)

    def slow(*_: object) -> bytes:
        raise PrintError("slow", "the browser did not print")

    monkeypatch.setattr(reports, "available", lambda _: True)
    monkeypatch.setattr(reports, "browser_path", lambda _: Path("browser"))
    monkeypatch.setattr(reports, "printed", slow)
    with pytest.raises(PrintError):
        exported_issue(runtime, issue, tmp_path / "none.zip")
    assert not list(tmp_path.iterdir())  # The next try may print: nothing is kept of this one.

    monkeypatch.setattr(reports, "available", lambda _: False)
    path = exported_issue(runtime, issue, tmp_path / "1.zip")
    assert verified_issue(path) == issue
    told = lacking_in(path)
    assert [line.partition(":")[0] for line in told] == [
        "report-2025-05-zh.pdf",
        "report-2025-05-en.pdf",
    ]
    assert all("PDF needs a browser" in line for line in told)
