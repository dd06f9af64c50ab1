"""Every platform's mapper on its fixture folders `<platform>/fixtures/<case>/`, one test a case.

A case holds the answer (`input.*`), how it was observed (`meta.json`) and what the mapper makes of
it (`output.json`).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.platforms import platform
from model.platform import PLATFORMS, PlatformName
from model.platforms import FACTS
from tests.crawler.platforms import mapper_outputs
from tests.crawler.platforms.fixture_cases import all_cases, differences, flat
from tests.crawler.platforms.mapper_outputs import noted, outputs, read_otherwise


@pytest.mark.parametrize(
    ("name", "case"),
    [pytest.param(name, case, id=f"{name}-{case.name}") for name, case in all_cases()],
)
def test_a_case_maps_to_its_output(name: PlatformName, case: Path) -> None:
    assert differences(platform(name), case) == []


def test_every_platform_has_cases() -> None:
    assert {name for name, _ in all_cases()} == set(PLATFORMS)


def test_differences_name_the_field() -> None:
    assert dict(flat({"a": [{"b": 1}, {}], "c": None})) == {"a[0].b": 1, "a[1]": {}, "c": None}


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_case_that_is_read_otherwise_takes_a_new_mapper_version(name: PlatformName) -> None:
    version, before = noted()[name]
    assert read_otherwise(name) == [], "raise mapper_version in the platform's facts"
    note = "python -m tests.crawler.platforms.mapper_outputs"
    assert (version, before) == (FACTS[name].mapper_version, outputs(name)), note


def test_a_changed_row_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    version, before = noted()["x"]
    case = next(iter(before))
    held = {"x": (version, {**before, case: "another digest"})}
    monkeypatch.setattr(mapper_outputs, "noted", lambda: held)
    assert read_otherwise("x") == [case]
    assert mapper_outputs.main() == 1
    held["x"] = (version - 1, held["x"][1])
    assert read_otherwise("x") == []
