"""What is typed wrongly is answered with the value, what was expected, and what to do."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

from tests.cityreach.demo_process import SMALL, database
from tests.cityreach.in_process import Done, command
from tests.cityreach.wrong_inputs import FILES, TABLE, Wrong

APART = "cityreach_wrong"
ODD = re.compile(r"(?<![\d,.])1 (?:problems|issues|cities|accounts|values|units)\b")


def answer(wrong: Wrong, kept: Path, folder: Path) -> Done:
    """What the last of the commands says, on the servers of a demo that stays up."""
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    if wrong.env_file:
        (folder / ".env").write_bytes(wrong.env_file)
    name = APART if wrong.apart else "cityreach_demo"
    place = {"CITYREACH_DATA_DIR": str(kept / "demo"), "CITYREACH_MONGO_DATABASE": name}
    for before in wrong.first:
        done = command(*before, data=folder, **place)
        assert done.returncode in {0, 3}, done.stderr
    return command(*wrong.typed, data=folder, **{**place, **wrong.env})


@pytest.fixture(scope="module")
def apart(kept: Path) -> None:
    """A copy of the demo's month, for what is kept there."""
    with database(kept) as demo:
        for name in demo.list_collection_names():
            demo[name].aggregate([{"$out": {"db": APART, "coll": name}}])


@pytest.mark.parametrize("name", TABLE)
@pytest.mark.usefixtures("apart")
def test_every_wrong_input_is_answered(name: str, kept: Path, tmp_path: Path) -> None:
    wrong = TABLE[name]
    done = answer(wrong, kept, tmp_path)
    said = " ".join((done.stdout + done.stderr).split())
    assert "Traceback" not in said
    assert (done.returncode, [word for word in wrong.told if word not in said]) == (
        wrong.code,
        [],
    ), said
    assert not ODD.search(said), said


def test_there_are_as_many_as_were_tried() -> None:
    assert len(TABLE) >= 75


def test_a_port_that_is_in_use(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        done = command("sandbox", "--world", str(SMALL), "--port", port, data=tmp_path)
    assert done.returncode == 1
    assert f"port {port} is in use" in done.stderr
