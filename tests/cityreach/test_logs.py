"""Log files of the parts: text or JSON lines, cut over by size, and no reason to stop."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from cityreach.settings import load_settings
from operations.running import logs

LOG = logging.getLogger("a.part")


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    root = logging.getLogger()
    before = list(root.handlers)
    yield
    for handler in [one for one in root.handlers if one not in before]:
        root.removeHandler(handler)
        handler.close()


@pytest.mark.parametrize("form", ["text", "json"])
def test_records_are_written_in_the_form_of_the_settings(form: str, tmp_path: Path) -> None:
    file = tmp_path / "log" / "write.log"
    logs.log_to_file(load_settings(None, log_file=file, log_format=form), shown=False)
    LOG.warning("MongoDB: %s", "away")
    (line,) = file.read_text("utf-8").splitlines()
    if form == "json":
        found = json.loads(line)
        assert (found["level"], found["logger"]) == ("WARNING", "a.part")
        assert found["message"] == "MongoDB: away"
    else:
        assert line.endswith("WARNING a.part: MongoDB: away")


def test_files_are_cut_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_BYTES", 1000)
    file = tmp_path / "up.log"
    logs.log_to_file(load_settings(None), file, shown=False)
    for number in range(200):
        LOG.warning("line %d of many", number)
    assert len(list(tmp_path.iterdir())) == 6
    assert all(one.stat().st_size <= 1000 for one in tmp_path.iterdir())


def test_a_place_that_cannot_be_written_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    logs.log_to_file(load_settings(None, log_file=tmp_path / "file" / "x.log"), shown=False)
    assert "cannot be written" in caplog.text


def test_each_part_of_up_has_a_file_of_its_own(tmp_path: Path) -> None:
    settings = load_settings(None, data_dir=tmp_path)
    names = [logs.log_of_part(settings, name).name for name in ("crawl x", "crawl web", "up")]
    assert names == ["crawl-x.log", "crawl-web.log", "up.log"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")
@pytest.mark.parametrize("what", ["a folder", "a link to a folder", "a link", "a file"])
def test_nothing_is_written_where_another_user_wishes(
    tmp_path: Path, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    """In a data directory that others may write to, as one with the sticky bit."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    precious = elsewhere / "write.log"
    precious.write_text("precious")
    data = tmp_path / "data"
    data.mkdir()
    data.chmod(0o1777)
    theirs = data / "log"
    if what == "a link to a folder":
        theirs.symlink_to(elsewhere)
    else:
        theirs.mkdir()
    if what == "a link":
        theirs = theirs / "write.log"
        theirs.symlink_to(precious)
    elif what == "a file":
        theirs = theirs / "write.log"
        theirs.touch()
    os.chown(theirs, 65_534, 65_534, follow_symlinks=False)
    logs.log_to_file(load_settings(None), data / "log" / "write.log", shown=False)
    LOG.warning("ours")
    assert precious.read_text() == "precious"
    assert "cannot be written" in caplog.text


def test_a_pipe_in_place_of_the_file_is_not_waited_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    os.mkfifo(tmp_path / "write.log")
    logs.log_to_file(load_settings(None), tmp_path / "write.log", shown=False)
    assert "cannot be written" in caplog.text
