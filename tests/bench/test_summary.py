"""Reports of benchmarks: what is told of goals, and of figures that became worse."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bench.measuring.chart import draw
from bench.measuring.figures import FIGURES_FILE, Figure, collected, tell
from bench.measuring.summary import Bench, Machine, Report, markdown, read_report, worse

MACHINE = Machine(cpu="a", cores=2, memory_gb=8.0, system="Linux")
RATIO = Figure(name="ours : theirs", value=1.0, unit="x", at_most=1.2, portable=True)
TIME = Figure(name="a month", value=2.0, unit="s")
SPEED = Figure(name="pages", value=100.0, unit="pages/s")


def report(*figures: Figure, load: float = 0.5, machine: Machine = MACHINE) -> Report:
    bench = Bench(seconds=1.0, load=load, code=0, figures=list(figures))
    return Report(at="then", machine=machine, versions={"Python": "3"}, benches={"crawl": bench})


def said(now: Figure, before: Figure, **of_now: object) -> list[str]:
    return list(worse(report(now, **of_now), report(before)))  # type: ignore[arg-type]


def test_a_ratio_is_compared_between_machines_and_a_time_on_one_alone() -> None:
    slow, other = replace(RATIO, value=1.16), replace(MACHINE, cpu="b")
    assert said(slow, RATIO, machine=other) == ["crawl: ours : theirs: 1.16 x, before 1 x"]
    assert said(replace(RATIO, value=1.14), RATIO) == []
    late = replace(TIME, value=2.7)
    assert len(said(late, TIME)) == 1
    assert said(late, TIME, machine=other) == []
    assert said(late, TIME, load=2.5) == []


def test_of_speeds_and_of_least_goals_less_is_worse() -> None:
    assert len(said(replace(SPEED, value=70.0), SPEED)) == 1
    assert said(replace(SPEED, value=200.0), SPEED) == []
    least = Figure(name="times", value=5.0, unit="x", at_least=5, portable=True)
    assert len(said(replace(least, value=4.0), least)) == 1
    assert said(replace(least, value=9.0), least) == []
    assert said(Figure(name="new", value=1.0), least) == []


def test_nothing_of_which_there_is_some_now_is_worse() -> None:
    lost = Figure(name="lost", value=0, at_most=0, portable=True)
    assert said(lost, lost) == []
    assert len(said(replace(lost, value=1), lost)) == 1


def test_figures_are_told_collected_and_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(FIGURES_FILE, str(tmp_path / "figures"))
    for one in (RATIO, TIME):
        tell(one)
    assert "(goal: ≤ 1.20 x)" in capsys.readouterr().out
    assert collected(tmp_path / "figures") == [RATIO, TIME]
    path = tmp_path / "report.json"
    path.write_text(json.dumps(report(RATIO, TIME).plain()), "utf-8")
    assert read_report(path) == report(RATIO, TIME)
    assert read_report(tmp_path / "none") is None


def test_a_missed_goal_stands_out() -> None:
    text = markdown(report(replace(RATIO, value=1.3), TIME), report(RATIO, TIME))
    assert "| ours : theirs | 1.30 x | ≤ 1.20 x | **missed** | 1 x |" in text
    assert "- crawl: ours : theirs: 1.30 x, before 1 x" in text
    assert "Worse" not in markdown(report(RATIO), None)


@pytest.mark.slow
def test_the_chart_shows_every_process(tmp_path: Path) -> None:
    parts = ("bare Scrapy", "crawler", "writer", "mongod", "Valkey", "Scrapy with one item a post")
    figures = [Figure(name=f"{one}, CPU a page of 18 posts", value=1.5, unit="ms") for one in parts]
    draw(report(*figures), tmp_path / "speed.svg")
    assert (tmp_path / "speed.svg").read_text("utf-8").count("<path") > len(parts)


def test_a_missed_goal_is_told_with_what_stands_in_the_way() -> None:
    way = replace(RATIO, value=2.0, way="half of it waits for the disk")
    unknown = replace(RATIO, name="other", value=2.0)
    text = markdown(report(RATIO, way, unknown), None)
    assert "\n0.0 minutes together.\n" in text
    told = text.partition("What stands in the way:")[2]
    assert "- ours : theirs: half of it waits for the disk" in told
    assert "- other: what stands in the way was not looked into" in told
    assert told.count("- ") == 2
    assert "What stands in the way" not in markdown(report(RATIO), None)
