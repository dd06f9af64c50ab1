"""How long a report takes in all formats; a million readings out of MongoDB, with how much memory.

`python -m bench.report_bench [--readings N] [--uri URI]`. The report is of 138 cities on five
platforms, in both languages; PDF is printed where a browser is there. The readings are put into a
mongod of the bench's own (or that of `--uri`), and each format is written by a process of its own,
whose greatest memory is what the system says of it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

from bench.measuring.figures import Figure, tell
from bench.scoring_bench import MAY, month_rows
from bench.writer_bench import mongo_server
from crawler.browser import available, browser_path
from operations.documents.printing import printed
from portal.month import index_under
from portal.report.cases import CaseSources, cases_from
from portal.report.facts import facts_of
from portal.report.files import FORMATS, LANGS, rendered
from portal.report.story import report_document
from scoring import load_method
from scoring.cities.assemble import MonthInputs
from scoring.cities.city_table import city_measures
from store.database import POST_READINGS, Document, connect_mongo, ensure_indexes

GOAL_SECONDS, GOAL_MB = 15.0, 150
_BATCH = 10_000
_NAME = "cityreach_bench"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readings", type=int, default=1_000_000)
    parser.add_argument("--uri", help="a MongoDB; its database `cityreach_bench` is used")
    options = parser.parse_args()
    lines = [*_report(), *_exports(options.uri, options.readings)]
    for figure in lines:
        tell(figure)


def _report() -> Iterator[Figure]:
    """Seconds of wall time, from the measures on."""
    began, at_first = time.perf_counter(), os.times()
    inputs = MonthInputs(month_rows())
    index = index_under(load_method("giu"), MAY, inputs)
    facts = facts_of(index, MAY.cutoff)
    measures = city_measures(inputs.rows, inputs.cities)
    sources = CaseSources(measures, {}, lambda *_: (), lambda _: (None, ""))
    cases = cases_from(facts, sources)
    documents = [report_document(facts, cases, lang) for lang in LANGS]
    total = time.perf_counter() - began
    yield Figure(name="scored, in words, both languages", value=total, unit="s")
    executable = browser_path()
    for form in FORMATS:
        if form == "pdf" and not available():
            print("left out: pdf, as no browser is here")
            continue
        seconds = _seconds(
            lambda form=form: [  # type: ignore[misc]
                rendered(one, form, lambda html: printed(html, str(executable)))
                for one in documents
            ]
        )
        total += seconds
        yield Figure(name=f"{form}, both languages", value=seconds, unit="s")
    spent = sum(os.times()[:4]) - sum(at_first[:4])
    yield Figure(
        name="all formats, both languages, 138 cities",
        value=total,
        unit="s",
        at_most=GOAL_SECONDS,
        note=f"CPU {spent:.1f} s, browser and its driver included",
    )


def _seconds(work: Callable[[], object]) -> float:
    """Of wall time."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _exports(uri: str | None, readings: int) -> Iterator[Figure]:
    with mongo_server(uri) as address:
        db = connect_mongo(address, _NAME)
        db.client.drop_database(_NAME)
        ensure_indexes(db)
        seconds = _seconds(lambda: _fill(address, readings))
        yield Figure(name=f"{readings:,} readings put into MongoDB", value=seconds, unit="s")
        for form in ("csv", "xlsx", "ndjson"):
            command = [sys.executable, "-m", "bench.made.exported", address, _NAME, form]
            began = time.perf_counter()
            told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            rows, memory, size = told.split()
            if int(rows) != readings:
                raise SystemExit(f"{form}: {rows} rows of {readings}")
            took = time.perf_counter() - began
            yield Figure(
                name=f"{readings:,} readings to {form}, memory",
                value=float(memory),
                unit="MB",
                at_most=GOAL_MB,
                note=f"in {took:.0f} s, {size} MB of file",
            )
        db.client.drop_database(_NAME)
        db.client.close()


def _fill(uri: str, readings: int) -> None:
    """Two hundred readings of each post, a quarter of an hour apart."""
    db = connect_mongo(uri, _NAME)
    for first in range(0, readings, _BATCH):
        db[POST_READINGS].insert_many(
            [_reading(number) for number in range(first, min(first + _BATCH, readings))],
            ordered=False,
        )
    db.client.close()


def _reading(number: int) -> Document:
    post, at = (
        f"facebook:{10**17 + number // 200}",
        MAY.start + timedelta(minutes=number % 200 * 15),
    )
    return {
        "_id": f"{post}@{at:%Y-%m-%dT%H:%M:%S}",
        "post": post,
        "observed_at": at,
        "slot": at,
        "counts": {"likes": number, "comments": number % 97, "shares": 0},
        "missing": {"views": "not_shown"},
        "source": "api",
        "raw": ["0" * 64],
        "visits": [f"{number:032x}"],
    }


if __name__ == "__main__":
    main()
