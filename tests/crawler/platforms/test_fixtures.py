"""Every platform's mapper on its fixture folders `<platform>/fixtures/<case>/`, one test a case.

A case holds the answer (`input.*`), how it was observed (`meta.json`) and what the mapper makes of
it (`output.json`).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.platforms import platform
from model.platform import PLATFORMS, PlatformName
from tests.crawler.platforms.fixture_cases import all_cases, differences, flat


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
