"""Facebook's mappers on the fixture folders, field by field, and on recorded answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crawler.platforms.facebook import PLATFORM
from tests.crawler.platforms import recorded
from tests.crawler.platforms.fixture_fields import cases, expected, fields, mapped

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.mark.parametrize(("case", "path", "value"), fields(FIXTURES))
def test_field(case: str, path: str, value: Any) -> None:
    assert mapped(PLATFORM, FIXTURES / case)[path] == value


@pytest.mark.parametrize("case", [case.name for case in cases(FIXTURES)])
def test_no_other_fields(case: str) -> None:
    assert mapped(PLATFORM, FIXTURES / case).keys() == expected(FIXTURES / case).keys()


@pytest.mark.shared
@pytest.mark.parametrize(
    ("form", "entry"), [pytest.param(f, e, id=e.file) for f, e in recorded.entries("facebook")]
)
def test_recorded_answer(form: str, entry: recorded.Expected) -> None:
    assert recorded.differences(PLATFORM, form, entry) == []
