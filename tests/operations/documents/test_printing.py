"""Pages printed by a browser in a process of its own, or not printed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from crawler.browser import available, browser_path, installed
from crawler.browser.memory import descendants
from operations.documents import printing
from operations.documents.printing import PrintError, printed

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not installed(), reason="the extra `browser` is not installed"),
]
PAGE = "<!DOCTYPE html><html><body><h1>直骨门</h1></body></html>".encode()


def program(folder: Path, script: str) -> str:
    """What is started in place of a browser."""
    path = folder / "browser"
    path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    path.chmod(0o755)
    return str(path)


def has_ended(process: str) -> bool:
    """Also before its new parent, the first of all processes, has asked how it ended."""
    try:
        return not Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return True


@pytest.mark.skipif(not available(), reason="there is no browser")
def test_a_page_is_printed() -> None:
    assert printed(PAGE, str(browser_path())).startswith(b"%PDF")


def test_a_browser_that_hangs_is_ended_with_all_below_it(tmp_path: Path) -> None:
    hanging = program(tmp_path, f"echo $$ > {tmp_path}/id; exec sleep 600")
    before = {*descendants(os.getpid())}
    for patience in (2, 10, 50):  # On a busy machine the program has not begun sooner.
        with pytest.raises(PrintError, match=f"did not print within {patience} s") as told:
            printed(PAGE, hanging, patience=patience)
        assert told.value.reason == "slow"
        if (tmp_path / "id").exists():
            break
    assert {*descendants(os.getpid())} <= before
    assert has_ended((tmp_path / "id").read_text().strip())


def test_a_browser_that_does_not_start_is_told(tmp_path: Path) -> None:
    with pytest.raises(PrintError, match="could not print") as told:
        printed(PAGE, program(tmp_path, "exit 3"))
    assert told.value.reason == "failed"


def test_one_page_is_printed_at_a_time(tmp_path: Path) -> None:
    with printing._ONE, pytest.raises(PrintError, match="another report") as told:
        printed(PAGE, program(tmp_path, "exit 3"), turn=0.01)
    assert told.value.reason == "busy"
