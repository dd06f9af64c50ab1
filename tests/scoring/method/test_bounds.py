"""Method files made to take all memory or time, or to give numbers that are none."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import scoring
from scoring.engine.table import Table
from scoring.method.library import read_method
from tests.bounded import Bounds, read_within

HEAD = 'id = "m"\n'
LEAF = '[[indicator]]\ncode = "likes"\nparent = "index"\n'


def _chain(levels: int) -> str:
    parents = ["index", *(f"n{n}" for n in range(levels))]
    pairs = pairwise(parents)
    return HEAD + "".join(f'[[indicator]]\ncode="{c}"\nparent="{p}"\n' for p, c in pairs)


ATTACKS = {
    "brackets": f"a = {'[' * 100_000}",
    "braces": f"a = {'{a=' * 50_000}",
    "headers": "[" * 100_000,
    "dotted": ".".join("a" * 50_000) + " = 1",
    "dotted with spaces": " . ".join(["a"] * 50_000) + " = 1",
    "quoted dotted": ".".join(['"a"'] * 50_000) + " = 1",
    "header dotted": f"[{'.'.join('a' * 50_000)}]",
    "inline dotted": f"a = {{ {'.'.join('a' * 50_000)} = 1 }}",
    "many dotted keys": "".join(f"{'.'.join('abcdefghij' * 3)}.k{n} = 1\n" for n in range(9_000)),
    "large": HEAD + "#" * 50_000_000,
    "digits": f"a = {'9' * 100_000}",
    "open strings": '"' * 500_001,
    "open texts": "a = '''" + "''x" * 300_000,
    "backslashes": 'a = """' + "\\" * 900_000,
    "many values": f"a = [{'1,' * 400_000}]",
    "unknown keys": HEAD + "".join(f"k{n} = 1\n" for n in range(60_000)),
    "levels": _chain(3_000),
    "fewer levels": _chain(1_500),
    "many indicators": HEAD + LEAF * 20_000,
    "circles": _chain(1_500).replace('parent="index"', 'parent="n1499"'),
}

BOUNDS = Bounds(megabytes=3072, seconds=30)
IMPORTS = "from scoring.errors import MethodError\nfrom scoring.method.library import load_method"
LOAD = (
    "try:\n    load_method(str(path))\nexcept MethodError as error:\n    print(str(error)[:3000])\n"
)


@pytest.mark.parametrize("name", ATTACKS)
@pytest.mark.slow
def test_hostile_method_files_cost_little(name: str, tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text(ATTACKS[name], "utf-8")
    done = read_within(BOUNDS, IMPORTS, LOAD, path)
    assert done.code == 0, done.error[-500:]
    assert done.said.startswith("m.toml: ")
    assert done.megabytes < 400
    assert done.seconds < 10


@pytest.mark.parametrize("weight", ["1e308", "1e7", "1e-300", "-1.0", "inf", "nan"])
@pytest.mark.parametrize("where", ["indicator", "preset"])
def test_weights_out_of_range_are_named(weight: str, where: str) -> None:
    text = HEAD + LEAF
    text += f"weight = {weight}\n" if where == "indicator" else ""
    if where == "preset":
        text += f'[[preset]]\nid = "p"\nweights = {{ likes = {weight} }}\n'
    with pytest.raises(scoring.MethodError) as caught:
        read_method(text, "m.toml")
    assert "line" in str(caught.value)


@pytest.mark.parametrize(
    "line",
    [
        "normalise = { kind = 'minmax', scale = [0, 1e300] }",
        "normalise = { kind = 'zscore', sd = 1e-300 }",
        "normalise = { kind = 'rating', max = 1e-310 }",
        "combine = { kind = 'generalised', p = 1e6 }",
        "treat = { kind = 'boxcox', lambda = 1e5 }",
    ],
)
def test_other_numbers_out_of_range_are_named(line: str) -> None:
    with pytest.raises(scoring.MethodError):
        read_method(f"{HEAD}{LEAF}{line}\n", "m.toml")


def test_figures_of_a_preset_stay_in_range() -> None:
    figures = "figures = { likes = { users = 1e200, activity = 1e200, relevance = 1.0 } }"
    with pytest.raises(scoring.MethodError):
        read_method(f'{HEAD}{LEAF}[[preset]]\nid = "p"\n{figures}\n', "m.toml")


def test_scores_beyond_the_range_are_refused_not_ranked() -> None:
    method = read_method(f"{HEAD}{LEAF}treat = {{ kind = 'boxcox', lambda = 10.0 }}\n")
    table = Table.build(["a", "b", "c"], {"likes": [1e99, 2e99, 3.0]})
    with pytest.raises(scoring.TableError, match="range of computing"):
        scoring.compute(method, table)


def test_weights_at_the_ends_of_the_range_rank_as_they_should() -> None:
    two = LEAF.replace("likes", "views")
    method = read_method(f"{HEAD}{LEAF}weight = 1e6\n{two}weight = 1e6\n")
    result = scoring.compute(method, Table.build(["a", "b"], {"likes": [1, 2], "views": [1, 2]}))
    assert list(result.ranks()) == [2, 1]
    assert np.isfinite(result.scores["index"]).all()
