"""The engine stands alone: what importing it loads, and that its names are the project's."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import get_args

import pytest

import scoring
from scoring.analysis.report import robust_report, treatment_report
from scoring.analysis.robust import standard_plan
from scoring.extras import load_extra
from scoring.method import specs
from tests.scoring.cities.test_city_table import CITIES, giu_table, month
from tests.scoring.support import PROJECT

NOT_NEEDED = (
    *("pymongo", "redis", "scrapy", "scipy", "SALib", "openpyxl", "py3langid", "pandas"),
    *("store", "crawler", "bus", "registry", "scheduler", "sandbox", "cityreach"),
)


def test_importing_loads_neither_databases_nor_extras() -> None:
    modules = (
        "scoring.cities.city_table, scoring.publish.top, scoring.analysis.diff, "
        "scoring.analysis.robust, scoring.analysis.sobol, scoring.cities.languages, "
        "scoring.cities.ratings, scoring.analysis.report, scoring.publish.issues"
    )
    code = (
        f"import sys, scoring, {modules}\n"
        "print([m for m in sys.modules if m.split('.')[0] in " + repr(NOT_NEEDED) + "])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PROJECT)
    assert done.stdout.strip() == "[]", done.stderr


def test_an_extra_that_is_lacking_is_named() -> None:
    with pytest.raises(
        scoring.ExtraMissing, match=r"a thing needs no_such_library: .*the extra `analysis`"
    ):
        load_extra("no_such_library.part", purpose="a thing")


def test_the_robust_report_is_json() -> None:
    method, table = scoring.load_method("giu"), giu_table(month(), CITIES)
    plan = standard_plan(method, runs=20)
    report = json.loads(json.dumps(robust_report(method, table, plan, base=4), allow_nan=False))
    assert [band["unit"] for band in report["bands"]] == ["aa", "bb", "cc", "dd"]
    assert report["plan"]["rules"] == {
        "normalisation": ["as it is", "without log", "by rank"],
        "ratings": ["as it is", "without ratings"],
    }
    assert {share["factor"] for share in report["shares"]} >= {"normalisation", "ratings"}
    assert len(report["weights"]) == 5
    assert "facebook_volume" in report["cronbach"]
    assert robust_report(method, table, plan, shares=False)["shares"] == []


def test_the_treatment_report_names_what_was_changed() -> None:
    method, table = scoring.load_method("giu"), giu_table(month(), CITIES)
    told = {row["code"]: row for row in treatment_report(scoring.compute(method, table))}
    assert told["facebook_likes"]["done"] == "log1p"
    assert told["facebook_likes"]["skew_before"] > told["facebook_likes"]["skew_after"]
    assert told["facebook_rating"]["skew_before"] is None
    json.dumps(list(told.values()), allow_nan=False)


@pytest.mark.parametrize("language", ["", ".zh"])
def test_the_docs_name_every_kind_and_their_example_runs(language: str) -> None:
    text = (PROJECT / "docs" / f"methods{language}.md").read_text("utf-8")
    kinds = {
        kind
        for spec in vars(specs).values()
        if isinstance(spec, type) and issubclass(spec, specs.Spec) and "kind" in spec.model_fields
        for kind in get_args(spec.model_fields["kind"].annotation)
    }
    assert len(kinds) > 20
    assert [kind for kind in sorted(kinds) if f"`{kind}" not in text] == []
    assert [name for name in scoring.method_ids() if f"`{name}`" not in text] == []
    example = text.rpartition("```python\n")[2].partition("```")[0]
    *setup, last = example.strip().splitlines()
    names: dict[str, object] = {}
    exec("\n".join(setup), names)
    score, rank, coverage = eval(last, names)
    assert (round(score, 9), rank) == (56.5, 1)
    assert coverage.tolist() == [1.0, 0.5]
    first, second = (block.partition("```")[0] for block in text.split("```toml\n")[1:3])
    assert scoring.read_method(first).node("likes_a_head").denominator == "population"
    codes = "".join(f'[[indicator]]\ncode = "{c}"\nparent = "index"\n' for c in ("facebook", "x"))
    assert len(scoring.read_method(f'id = "e"\n{codes}{second}').presets) == 2
