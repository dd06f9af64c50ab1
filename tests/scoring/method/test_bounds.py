"""Method files made to take all memory or time, or to give numbers that are none."""

from __future__ import annotations

import resource
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import scoring
from scoring.engine.table import Table
from scoring.method.library import read_method

ROOT = Path(__file__).parents[3]
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

LOAD = (
    "import resource, sys\n"
    "from scoring.errors import MethodError\n"
    "from scoring.method.library import load_method\n"
    "try:\n    load_method(sys.argv[1])\n"
    "except MethodError as error:\n    said = str(error)\n"
    "peak = next(line for line in open('/proc/self/status') if line[:5] == 'VmHWM')\n"
    "print(int(peak.split()[1]) // 1024, said[:3000])\n"
)


def _seconds() -> float:
    """Of the processor, that processes started here have taken."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _limits() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
    resource.setrlimit(resource.RLIMIT_CPU, (60, 60))


@pytest.mark.parametrize("name", ATTACKS)
def test_hostile_method_files_cost_little(name: str, tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text(ATTACKS[name], "utf-8")
    begun = _seconds()
    done = subprocess.run(
        [sys.executable, "-c", LOAD, f"{path}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        preexec_fn=_limits,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-500:]
    memory, _, said = done.stdout.partition(" ")
    assert said.startswith("m.toml: ")
    assert int(memory) < 400
    assert _seconds() - begun < 10


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
