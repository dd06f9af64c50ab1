"""World files made to take all memory: refused by line, within stated bounds."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.bounded import Bounds, read_within

WORLD = (
    b'{"kind":"world","version":1,"name":"w","start":"2025-05-01T00:00:00Z",'
    b'"end":"2025-06-08T00:00:00Z","note":""}\n'
)
BOUNDS = Bounds(megabytes=2048, seconds=60)
IMPORTS = "from sandbox.world.file import WorldError, load_world"
PROGRAM = "try:\n    load_world(path)\nexcept WorldError as error:\n    print(error)\n"


@pytest.mark.slow
@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"kind":"account","name":"' + b"x" * (64 << 20), "line 2: expected lines of at most"),
        (b"[" * (3 << 20) + b"\n", "line 2: "),
        (b"\0" * (64 << 20), "line 2: expected lines of at most"),
    ],
)
def test_long_lines(line: bytes, said: str, zipped: bool, tmp_path: Path) -> None:
    _refused(WORLD + line, said, tmp_path, zipped=zipped)


@pytest.mark.slow
def test_a_large_world_in_a_small_file(tmp_path: Path) -> None:
    """600 MB of a valid first line, packed into less than 1 MB."""
    path = tmp_path / "w.jsonl.gz"
    first = WORLD.replace(b'"note":""', b'"note":"' + b"x" * (3 << 20) + b'"')
    with gzip.open(path, "wb", 1) as file:
        file.write(first)
        for _ in range(200):
            file.write(b" " * (3 << 20) + b"\n")
    _run(path, "w.jsonl.gz, line 2: ")


def _refused(content: bytes, said: str, folder: Path, *, zipped: bool) -> None:
    path = folder / "w.jsonl"
    path.write_bytes(gzip.compress(content, 1) if zipped else content)
    _run(path, said)


def _run(path: Path, said: str) -> None:
    done = read_within(BOUNDS, IMPORTS, PROGRAM, path)
    assert done.code == 0, done.error[-500:]
    assert said in done.said
    assert done.megabytes < 300
