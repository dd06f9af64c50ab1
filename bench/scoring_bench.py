"""How fast the index engine is: a month with rank bands, large tables, growth, pandas beside it.

`python -m bench.scoring_bench [--rounds N]`. Times are the median of the rounds, in seconds of
one process's CPU; the engine runs on one core. The yardsticks: pandas computing the plain month
in the same run, and COINr 1.1.14's own time for 500 runs of its uncertainty analysis on a table
of the same size (about 6 minutes on a loaded machine with two cores, the whole index regenerated
at every run).
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from collections.abc import Callable

import numpy as np

import scoring
from bench.measuring.figures import Figure, tell
from bench.measuring.peers import installed
from model.measures import MeasureRow
from model.period import Period
from model.platform import PLATFORMS
from scoring.analysis.chances import chance_matrix
from scoring.analysis.influence import equalised_weights, removals
from scoring.analysis.own_weights import own_weights
from scoring.analysis.panel_change import PanelChange, panel_report
from scoring.analysis.robust import (
    RobustnessPlan,
    as_it_is,
    by_rank,
    drawn_ranks,
    rank_bands,
    standard_plan,
)
from scoring.analysis.screening import screen
from scoring.cities.assemble import MonthInputs, build_table
from scoring.engine.table import Table

MAY = Period.month("2025-05")
CITIES = [f"city-{n:03}" for n in range(138)]
COINR_SECONDS = 360.0
_BANDS_WAY = (
    "half of it adds up weighted children at 31 nodes for each run and city, a tenth puts cities "
    "in order, a tenth makes the table of cities from rows, the rest is many small steps"
)
_PLAIN_WAY = (
    "two thirds of it puts 690 rows of accounts together, city by city, keeping what is not known "
    "apart from 0; the rest adds up a tree with its notes and coverage, which the script does not"
)
SIZES = (2_500, 5_000, 10_000)


def main() -> None:
    """Runs everything and prints one table; memory is read before pandas is loaded."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    method, rows = scoring.load_method("giu"), month_rows()
    bands = timed(lambda: month_with_bands(method, rows), rounds)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    plain = timed(
        lambda: scoring.compute(method, build_table(method, MAY, MonthInputs(rows))), 5 * rounds
    )
    studies = {
        name: timed(study, 1) for name, study in studies_of(method.for_period(MAY), rows).items()
    }
    asem = timed(uncertainty_of_51_by_49, 1)
    grown = [timed(table_of(size), max(1, rounds // 2)) for size in SIZES]
    pandas = timed(month_in_pandas(rows), 5 * rounds)
    polars = month_in_polars(rows)
    name = "138 cities x 5 platforms, measures to ranks, 1,000 runs"
    tell(Figure(name=name, value=bands, unit="s", at_most=0.2, note="CPU", way=_BANDS_WAY))
    tell(Figure(name="peak memory of it", value=memory, unit="MB", at_most=200))
    tell(_seconds("the plain month", plain))
    tell(_ratio("the plain month : pandas", plain / pandas))
    if polars is not None:
        tell(_ratio("the plain month : polars", plain / timed(polars, 5 * rounds)))
    for name, seconds in studies.items():
        tell(_seconds(f"{name} of it", seconds, at_most=2))
    tell(_seconds("500 uncertainty runs, 51 x 49, four levels", asem, note=coinr(asem)))
    for size, seconds, growth in zip(SIZES, grown, growths(grown), strict=True):
        name = f"{size:,} units x 100 indicators, four levels"
        tell(_seconds(name, seconds, at_most=2 if size == SIZES[-1] else None, note=growth))


def _seconds(name: str, value: float, at_most: float | None = None, note: str = "") -> Figure:
    return Figure(name=name, value=value, unit="s", at_most=at_most, note=note or "CPU")


def _ratio(name: str, value: float) -> Figure:
    way = _PLAIN_WAY
    return Figure(name=name, value=value, unit="x", at_most=1, portable=True, note="CPU", way=way)


def timed(work: Callable[[], object], rounds: int) -> float:
    """Median CPU seconds."""
    spent = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return statistics.median(spent)


def coinr(seconds: float) -> str:
    return f"COINr about {COINR_SECONDS:.0f} s: {COINR_SECONDS / seconds:,.0f} x"


def growths(seconds: list[float]) -> list[str]:
    """Time a unit against the smallest size: 1.0 is linear."""
    each = [spent / size for spent, size in zip(seconds, SIZES, strict=True)]
    return [f"{value / each[0]:.2f} of the first's time a unit" for value in each]


def month_rows(seed: int = 1) -> list[MeasureRow]:
    """Made-up measures of an account for each city and platform, none missing."""
    rng = np.random.default_rng(seed)
    rows: list[MeasureRow] = []
    for platform in PLATFORMS:
        for city in CITIES:
            posts, videos = int(rng.integers(1, 120)), int(rng.integers(1, 20))
            likes, comments, shares = (int(n) for n in rng.lognormal([9, 5, 6], 2))
            views, followers = (int(n) for n in rng.lognormal([10, 11], 2))
            total = likes + comments + shares
            rows.append(
                MeasureRow(
                    period=MAY.name,
                    tz=MAY.tz,
                    cutoff=MAY.cutoff.isoformat(),
                    city=city,
                    platform=platform,
                    account=f"{platform}:{city}",
                    handle=city,
                    posts=posts,
                    likes=likes,
                    comments=comments,
                    shares=shares,
                    interactions=total,
                    interaction_rate=total / posts,
                    videos=videos,
                    views=views,
                    view_rate=views / videos,
                    posts_gone=0,
                    active_days=1,
                    types={},
                    followers_start=None,
                    followers_end=followers,
                    follower_gain=int(rng.integers(-500, 5000)),
                    followers_step=1,
                    missing={},
                    reasons={},
                    steps={},
                    collected=True,
                    why=None,
                    coverage={},
                )
            )
    return rows


def month_with_bands(method: scoring.Method, rows: list[MeasureRow]) -> object:
    """From measure rows to ranks with their bands."""
    table = build_table(method, MAY, MonthInputs(rows))
    result = scoring.compute(method, table)
    return result.ranks(), rank_bands(method, table, standard_plan(method))


def studies_of(method: scoring.Method, rows: list[MeasureRow]) -> dict[str, Callable[[], object]]:
    """All analyses of `cityreach analyse`."""
    inputs = MonthInputs(rows)
    table = build_table(method, MAY, inputs)
    result = scoring.compute(method, table)
    without = PanelChange(without=(CITIES[0],))
    return {
        "chances of ranks": lambda: chance_matrix(drawn_ranks(method, table)),
        "removal of each indicator": lambda: removals(method, table),
        "equalised weights": lambda: equalised_weights(method, table),
        "another panel": lambda: panel_report(method, MAY, inputs, without),
        "own weights": lambda: own_weights(result),
        "screening": lambda: screen(result),
    }


def tree(shape: tuple[int, ...]) -> scoring.Method:
    """A tree with so many nodes on each level below the root, spread evenly."""
    text, above = ['id = "bench"'], ["index"]
    for level, count in enumerate(shape):
        codes = [f"n{level}_{n}" for n in range(count)]
        for n, code in enumerate(codes):
            parent = above[n * len(above) // count]
            text.append(f'[[indicator]]\ncode = "{code}"\nparent = "{parent}"\nweight = {n + 1}')
        above = codes
    return scoring.read_method("\n".join(text))


def random_table(method: scoring.Method, units: int) -> Table:
    rng = np.random.default_rng(units)
    columns = {leaf.measure or "": rng.lognormal(size=units) for leaf in method.leaves}
    return Table.build([f"u{n}" for n in range(units)], columns)


def table_of(units: int) -> Callable[[], object]:
    method = tree((4, 20, 100))
    table = random_table(method, units)
    return lambda: scoring.compute(method, table).ranks()


def uncertainty_of_51_by_49() -> object:
    """As many runs, units, indicators and levels as COINr's example."""
    method = tree((2, 8, 49))
    plan = RobustnessPlan(rules={"normalisation": (as_it_is, by_rank)}, runs=500)
    return rank_bands(method, random_table(method, 51), plan)


INSIDE = {
    "posts": 0.2,
    "shares": 0.1,
    "comments": 0.1,
    "likes": 0.05,
    "interaction_rate": 0.25,
    "followers_end": 0.075,
    "follower_gain": 0.075,
    "views": 0.075,
    "view_rate": 0.075,
}
OUTSIDE = {"facebook": 0.35, "x": 0.3, "youtube": 0.2, "instagram": 0.15}


def month_in_polars(rows: list[MeasureRow]) -> Callable[[], object] | None:
    """The plain month as a script with polars would do it; None where it cannot be installed."""
    pl = installed("polars", "polars==1.35.2", "polars-runtime-32==1.35.2")
    if pl is None:
        return None

    def work() -> object:
        frame = pl.DataFrame([row.plain() for row in rows], infer_schema_length=None)
        values = [pl.col(name).cast(pl.Float64) for name in INSIDE]
        logs = [(one.sign() * one.abs().log1p()).alias(one.meta.output_name()) for one in values]
        least = [pl.col(name) - pl.col(name).min().over("platform") for name in INSIDE]
        span = [(pl.col(n).max() - pl.col(n).min()).over("platform") for n in INSIDE]
        scaled = [
            (100 * weight * low / wide).alias(name)
            for (name, weight), low, wide in zip(INSIDE.items(), least, span, strict=True)
        ]
        scored = frame.with_columns(logs).with_columns(scaled)
        scored = scored.with_columns(score=pl.sum_horizontal(list(INSIDE)))
        wide = scored.pivot(on="platform", index="city", values="score")
        index = pl.sum_horizontal([weight * pl.col(name) for name, weight in OUTSIDE.items()])
        return wide.with_columns(index=index).with_columns(
            pl.col("index").rank("min", descending=True).alias("rank")
        )

    return work


def month_in_pandas(rows: list[MeasureRow]) -> Callable[[], object]:
    """The plain month as a script would do it: logs, min-max, weighted sums, ranks."""
    import pandas as pd

    outside = pd.Series(OUTSIDE)

    def work() -> object:
        frame = pd.DataFrame([row.plain() for row in rows])
        values = frame[list(INSIDE)].astype(float)
        logs = np.sign(values) * np.log1p(values.abs())
        grouped = logs.groupby(frame["platform"])
        scaled = (logs - grouped.transform("min")) / (
            grouped.transform("max") - grouped.transform("min")
        )
        frame["score"] = 100 * (scaled * pd.Series(INSIDE)).sum(axis=1)
        wide = frame.pivot(index="city", columns="platform", values="score")
        wide["index"] = (wide[outside.index] * outside).sum(axis=1)
        return wide.rank(ascending=False, method="min")

    return work


if __name__ == "__main__":
    main()
