from __future__ import annotations

import os
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.running.clock import ClockError, FileClock, SystemClock, clock_from, set_file_clock
from tests.embedded.processes import next_line, python

START = datetime(2025, 5, 1, tzinfo=UTC)
TELL = """
import sys
from pathlib import Path
from operations.running.clock import FileClock
clock = FileClock(Path(sys.argv[1]))
while True:
    print(clock.now().isoformat(), flush=True)
"""


def test_the_system_clock_goes_on_in_utc() -> None:
    first, second = SystemClock().now(), SystemClock().now()
    assert first.utcoffset() == timedelta()
    assert first <= second


def test_a_file_clock_tells_what_was_set(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "clock"
    set_file_clock(path, START)
    clock = clock_from(path)
    assert clock.now() == clock.now() == START
    assert clock.now().tzinfo is UTC
    assert path.read_text() == "2025-05-01T00:00:00Z\n"
    assert [each.name for each in path.parent.iterdir()] == ["clock"]


def test_without_a_file_it_is_the_system_clock() -> None:
    assert isinstance(clock_from(None), SystemClock)


def test_other_zones_become_utc(tmp_path: Path) -> None:
    path = tmp_path / "clock"
    path.write_text("2025-05-01T08:00:00+08:00")
    assert FileClock(path).now() == START
    set_file_clock(path, datetime(2025, 5, 1, 8, tzinfo=timezone(timedelta(hours=8))))
    assert path.read_text() == "2025-05-01T00:00:00Z\n"


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))
def test_any_instant_is_kept_exactly(
    tmp_path_factory: pytest.TempPathFactory, instant: datetime
) -> None:
    path = tmp_path_factory.getbasetemp() / "any-clock"
    set_file_clock(path, instant)
    assert FileClock(path).now() == instant


def test_every_move_is_seen_however_quick(tmp_path: Path) -> None:
    path = tmp_path / "clock"
    set_file_clock(path, START)
    clock = FileClock(path)
    for minutes in range(300):
        instant = START + timedelta(minutes=minutes)
        set_file_clock(path, instant)
        assert clock.now() == instant


def test_a_file_that_has_settled_is_not_read_again(tmp_path: Path) -> None:
    path = tmp_path / "clock"
    path.write_text("2025-05-01T00:00:00Z\n")
    os.utime(path, (1, 1))
    clock = FileClock(path)
    assert clock.now() == START
    path.write_text("2025-06-01T00:00:00Z\n")
    os.utime(path, (1, 1))
    assert clock.now() == START, "same file, same time, same size: nothing tells of a change"
    os.utime(path, (2, 2))
    assert clock.now() == datetime(2025, 6, 1, tzinfo=UTC)


def test_readers_never_see_half_an_instant(tmp_path: Path) -> None:
    path = tmp_path / "clock"
    instants = [START, START + timedelta(microseconds=1)]
    set_file_clock(path, START)
    seen: set[datetime] = set()
    stop = threading.Event()

    def read() -> None:
        clock = FileClock(path)
        while not stop.is_set():
            seen.add(clock.now())

    reader = threading.Thread(target=read)
    reader.start()
    for count in range(400):
        set_file_clock(path, instants[count % 2])
    stop.set()
    reader.join()
    assert seen
    assert seen <= set(instants)


def test_another_process_sees_the_same_time(tmp_path: Path) -> None:
    path = tmp_path / "clock"
    set_file_clock(path, START)
    with python(TELL, path) as process:
        assert next_line(process) == "2025-05-01T00:00:00+00:00"
        set_file_clock(path, START + timedelta(days=1))
        later = "2025-05-02T00:00:00+00:00"
        assert any(next_line(process) == later for _ in range(100_000))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", "expected an instant"), ("soon", "got 'soon'"), ("2025-05-01T00:00:00", "no time zone")],
)
def test_what_is_no_instant_is_named(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "clock"
    path.write_text(text)
    with pytest.raises(ClockError, match=expected) as error:
        FileClock(path).now()
    assert str(path) in str(error.value)


def test_bytes_and_missing_files_are_named(tmp_path: Path) -> None:
    path = tmp_path / "clock"
    with pytest.raises(ClockError, match="cannot be read"):
        FileClock(path).now()
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ClockError, match="cannot be read"):
        FileClock(path).now()


def test_a_time_without_zone_cannot_be_set(tmp_path: Path) -> None:
    with pytest.raises(ClockError, match="expected an aware instant"):
        set_file_clock(tmp_path / "clock", START.replace(tzinfo=None))
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ClockError, match="cannot be written"):
        set_file_clock(tmp_path / "file" / "clock", START)
    (tmp_path / "folder").mkdir()
    with pytest.raises(ClockError, match="cannot be written"):
        set_file_clock(tmp_path / "folder", START)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]
