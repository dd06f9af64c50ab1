"""`python -m bench [NAME]…`: all benchmarks, or those named; a report of them in `build/bench`.

Each prints its own figures as it goes. `--keep` makes the report the one that later ones are
compared with (`bench/last.json`), together with its chart.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.measuring.chart import draw
from bench.measuring.figures import FIGURES_FILE, collected
from bench.measuring.summary import Bench, Machine, Report, markdown, read_report, versions
from operations.running.clock import SystemClock

FOLDER = Path(__file__).parent
LAST = FOLDER / "last.json"
_OUT = Path("build/bench")


def main() -> int:
    """Runs each in a process of its own, so that none warms or fills another one's memory."""
    known = sorted(path.stem.removesuffix("_bench") for path in FOLDER.glob("*_bench.py"))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(known))
    parser.add_argument("--keep", action="store_true", help="compare later reports with this one")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(known):
        print(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
        return 2
    benches = {name: _run(name) for name in asked.names or known}
    at = f"{SystemClock().now():%Y-%m-%d %H:%M} UTC"
    report = Report(at=at, machine=Machine.here(), versions=versions(), benches=benches)
    _write(report, keep=asked.keep)
    return max(bench.code for bench in benches.values())


def _run(name: str) -> Bench:
    print(f"\n== {name}", flush=True)
    load, began = os.getloadavg()[0], time.monotonic()
    with tempfile.NamedTemporaryFile("r", suffix=".jsonl") as file:
        code = subprocess.run(
            [sys.executable, "-m", f"bench.{name}_bench"],
            env={**os.environ, FIGURES_FILE: file.name},
            check=False,
        ).returncode
        figures = collected(Path(file.name))
    return Bench(seconds=time.monotonic() - began, load=load, code=code, figures=figures)


def _write(report: Report, *, keep: bool) -> None:
    before = read_report(LAST)
    text = markdown(report, before)
    _OUT.mkdir(parents=True, exist_ok=True)
    told = json.dumps(report.plain(), indent=1, ensure_ascii=False) + "\n"
    (_OUT / "report.json").write_text(told, "utf-8")
    (_OUT / "report.md").write_text(text, "utf-8")
    if keep:
        LAST.write_text(told, "utf-8")
        LAST.with_suffix(".md").write_text(text, "utf-8")
        draw(report, Path("docs/pictures/speed.svg"))
    print(f"\n{_OUT / 'report.md'}, {_OUT / 'report.json'}")


if __name__ == "__main__":
    sys.exit(main())
