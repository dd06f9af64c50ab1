from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from embedded import StackError
from embedded.lock import DirectoryLock, Owner, owner_of
from embedded.notes import NOTES, Notes, load_notes, notes_of, write_private
from tests.embedded.processes import next_line, python

HOLD = """
import subprocess, sys, time
from pathlib import Path
from embedded.lock import DirectoryLock
lock = DirectoryLock(Path(sys.argv[1]))
lock.acquire()
lock.announce(("mongod",))
heir = subprocess.Popen(["sleep", "600"], pass_fds=(lock.descriptor,))
print(heir.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lock"


def test_a_free_lock_is_had_and_given_back(path: Path) -> None:
    lock = DirectoryLock(path)
    lock.acquire()
    lock.release()
    lock.release()
    again = DirectoryLock(path)
    again.acquire(patience=0)
    again.release()


def test_the_second_is_told_who_was_first(path: Path) -> None:
    first, second = DirectoryLock(path), DirectoryLock(path)
    first.acquire()
    expected = f"is in use by process {os.getpid()}, which runs its servers: stop it, or choose"
    with pytest.raises(StackError, match=expected) as error:
        second.acquire()
    assert str(path.parent) in str(error.value)
    first.release()
    second.acquire(patience=0)
    second.release()


def test_the_owner_can_be_asked_for(path: Path) -> None:
    assert owner_of(path) is None
    lock = DirectoryLock(path)
    lock.acquire()
    assert owner_of(path) == Owner(pid=os.getpid())
    lock.announce(("mongod", "valkey"))
    assert owner_of(path) == Owner(pid=os.getpid(), serving=("mongod", "valkey"))
    lock.release()
    assert owner_of(path) is None


def test_what_the_dead_left_running_still_holds_it(path: Path) -> None:
    with python(HOLD, path) as process:
        heir = int(next_line(process))
        owner = owner_of(path)
        assert owner == Owner(pid=process.pid, serving=("mongod",))
        process.kill()
        process.wait()
        try:
            assert owner_of(path) is None, "the owner is dead, although the lock is held"
            with pytest.raises(StackError, match="still held by servers of a process that has end"):
                DirectoryLock(path).acquire(patience=0)
        finally:
            os.kill(heir, 9)
        lock = DirectoryLock(path)
        lock.acquire()
        lock.release()


def test_an_unlocked_directory_has_no_descriptor(path: Path) -> None:
    with pytest.raises(StackError, match="not locked"):
        _ = DirectoryLock(path).descriptor


def test_a_lock_in_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="No such file or directory"):
        DirectoryLock(tmp_path / "none" / "lock").acquire()


def test_notes_are_made_once_and_kept(tmp_path: Path) -> None:
    first = notes_of(tmp_path)
    assert notes_of(tmp_path) == first
    passwords = [first.mongo.password, first.mongo_admin_password, first.redis.password]
    assert len(set(passwords)) == 3
    assert all(len(password) >= 32 for password in passwords)


def test_every_directory_has_its_own_passwords() -> None:
    assert Notes.fresh().mongo.password != Notes.fresh().mongo.password


def test_only_the_owner_may_read_the_notes(tmp_path: Path) -> None:
    notes_of(tmp_path)
    assert stat.S_IMODE((tmp_path / NOTES).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [NOTES]


def test_notes_show_no_password() -> None:
    notes = Notes.fresh()
    shown = f"{notes!r} {notes.mongo!r}"
    assert notes.mongo.password not in shown
    assert notes.mongo_key not in shown


def test_notes_that_cannot_be_understood_are_named(tmp_path: Path) -> None:
    (tmp_path / NOTES).write_text('{"schema": 1')
    with pytest.raises(StackError, match=r"stack\.json .* cannot be understood .* move"):
        load_notes(tmp_path)


def test_data_without_their_passwords_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mongo").mkdir()
    (tmp_path / "mongo" / "data.wt").write_text("precious")
    with pytest.raises(StackError, match=r"stack\.json with its passwords is missing"):
        notes_of(tmp_path)
    assert (tmp_path / "mongo" / "data.wt").read_text() == "precious"
    assert load_notes(tmp_path) is None


def test_private_files_replace_looser_ones(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
