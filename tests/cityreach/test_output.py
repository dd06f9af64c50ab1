"""What commands print: foreign words are taken literally, numbers stay whole."""

from __future__ import annotations

import csv
import io
import json
import logging
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cityreach.cli import output
from cityreach.secrecy import redacted
from tests.cityreach.demo_process import cityreach

ROOT = Path(__file__).parents[2]

HOSTILE = ["[/help]", "[bold]x[/bold]", "facebook:100:profile", "[link=file:///x]y[/link]", "\\[a]"]
ACTING = "\x1b[2J\x9b31m\u202egpj\u2066\r\x00\x07\ud800"


@pytest.mark.parametrize("words", HOSTILE)
@pytest.mark.parametrize("tell", [output.say, output.complain, output.show_line])
def test_messages_are_taken_literally(
    tell: Callable[[str], None], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tell(f"x {words} y")
    printed = capsys.readouterr()
    assert (printed.out + printed.err).strip() == f"x {words} y"


@pytest.mark.parametrize("words", HOSTILE)
def test_tables_are_taken_literally(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    output.emit_table(f"t {words}", f"a: {words}", [{"a": words}])
    assert capsys.readouterr().out.count(words) == 3


def test_nothing_acts_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"a": ACTING}]
    output.say(ACTING)
    output.show_line(ACTING)
    output.emit_table(ACTING, "a", rows)
    output.emit_json(rows)
    output.emit_csv(rows)
    printed = "".join(capsys.readouterr())
    assert not set(printed) & set(ACTING.replace("[2J", "").replace("31m", "").replace("gpj", ""))


def test_logs_hold_no_controls_and_no_forged_lines(caplog: pytest.LogCaptureFixture) -> None:
    cityreach_record = logging.getLogRecordFactory()
    from cityreach.secrecy import hide

    try:
        hide([])
        logging.getLogger("x").warning("said %s", "\x1b[2J\u202e\n2025-01-01 CRITICAL forged")
    finally:
        logging.setLogRecordFactory(cityreach_record)
    assert caplog.records[-1].getMessage() == "said  [2J\n    2025-01-01 CRITICAL forged"
    assert redacted("x") == "x"


def test_csv_has_the_columns_of_all_rows(capsys: pytest.CaptureFixture[str]) -> None:
    output.emit_csv([{"a": 1, "types": {"photo": 1}}, {"a": 2, "types": {"reel": 3}}])
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert rows == [
        {"a": "1", "types.photo": "1", "types.reel": ""},
        {"a": "2", "types.photo": "", "types.reel": "3"},
    ]


def test_csv_without_rows_has_its_header(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(output.asked, "csv", True)
        output.emit([], "", "a, b: the b")
    assert capsys.readouterr().out == "a,b\n"


WIDE = [{f"count{n}": 1_290_601 + n for n in range(30)} | {"why": "many words " * 30}]


def test_piped_tables_are_as_wide_as_they_need(capsys: pytest.CaptureFixture[str]) -> None:
    output.emit_table("t", ", ".join(WIDE[0]), WIDE)
    printed = capsys.readouterr().out
    assert all(f"{value:,}" in printed for value in WIDE[0].values() if isinstance(value, int))


@pytest.mark.parametrize("columns", [40, 80, 132])
def test_narrow_terminals_get_fewer_columns(columns: int) -> None:
    """On a real terminal: what is shown is whole, what is not is named."""
    program = (
        "from cityreach.cli.output import emit_table\n"
        "row = {f'count{n}': 1_290_601 + n for n in range(30)}\n"
        "emit_table('t', ', '.join(row), [row])"
    )
    printed = _on_a_terminal([sys.executable, "-c", program], columns)
    lines = printed.replace("\r", "").splitlines()
    assert max(map(len, [line for line in lines if "│" in line])) <= columns
    shown = [n for n in range(30) if f"{1_290_601 + n:,}" in printed]
    assert shown == list(range(len(shown))) != []
    assert f"count{len(shown)}" in printed.partition("too narrow:")[2]


def _on_a_terminal(command: list[str], columns: int) -> str:
    main, other = pty.openpty()
    env = {**os.environ, "COLUMNS": f"{columns}", "TERM": "xterm"}
    process = subprocess.Popen(command, stdout=other, stderr=subprocess.STDOUT, env=env)
    os.close(other)
    read = b""
    while True:
        try:
            part = os.read(main, 65536)
        except OSError:
            break
        if not part:
            break
        read += part
    os.close(main)
    assert process.wait() == 0, read
    return read.decode()


METHOD = 'id="mini"\n[[indicator]]\ncode="likes"\nparent="index"\n'


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "gbk", "cp1252", "utf-8"])
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_any_encoding_of_the_output(encoding: str, form: list[str], tmp_path: Path) -> None:
    done = cityreach(*scored(tmp_path), *form, data=tmp_path, PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    if form:
        assert [row["unit"] for row in json.loads(done.stdout)] == ["南京", "Zürich😀"]


def test_an_encoding_as_the_interpreter_starts_with_it(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cityreach", *scored(tmp_path)],
        env={**os.environ, "PYTHONIOENCODING": "gbk", "PYTHONPATH": f"{ROOT}"},
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr


def scored(folder: Path) -> list[str]:
    """A command that prints names of many scripts."""
    (folder / "m.toml").write_text(METHOD, "utf-8")
    (folder / "in.csv").write_text("unit,likes\n南京,10\nZürich😀,20\n", "utf-8")
    return ["index", "--method", "m.toml", "--input", "in.csv"]
