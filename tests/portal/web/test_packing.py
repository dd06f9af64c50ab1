"""Answers are packed for those who unpack them, and the same for all others."""

from __future__ import annotations

import pytest
from starlette.requests import Request
from starlette.responses import Response

from portal.asking.packing import LEAST, packed
from tests.portal.web.readers import Readers

PATHS = ("/months/2025-05/leaderboard", "/api/v1/months/2025-05/leaderboards/composite")


@pytest.mark.parametrize("path", PATHS)
def test_a_packed_answer_says_the_same(readers: Readers, path: str) -> None:
    client = readers.of("analyst")
    plain = client.get(path, headers={"accept-encoding": "identity"})
    small = client.get(path, headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert small.headers["content-encoding"] == "gzip"
    assert small.text == plain.text
    assert int(small.headers["content-length"]) < len(plain.content) / 3
    for answer in (plain, small):
        assert "Accept-Encoding" in answer.headers["vary"]


def _asking() -> Request:
    return Request({"type": "http", "headers": [(b"accept-encoding", b"gzip")]})


@pytest.mark.parametrize(
    ("size", "kind"), [(LEAST - 1, "text/html"), (10 * LEAST, "application/zip")]
)
def test_what_gains_nothing_stays_as_it_is(size: int, kind: str) -> None:
    answer = packed(_asking(), Response(b"a" * size, media_type=kind))
    assert answer.body == b"a" * size
    assert "content-encoding" not in answer.headers
