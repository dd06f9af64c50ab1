"""Connections are kept for the next request, however many visits run at once."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.crawler.engine.connections_process import CONCURRENCY
from tests.shared import ROOT
from tests.waiting import LIMIT

pytestmark = pytest.mark.slow


def test_many_visits_share_few_connections() -> None:
    command = [sys.executable, "-m", "tests.crawler.engine.connections_process"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT, check=True
    )
    assert 1 <= int(done.stdout) <= CONCURRENCY
