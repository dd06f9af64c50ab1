"""YouTube's mappers on the fixture folders, field by field, and on recorded answers if at hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crawler.errors import CrawlError
from crawler.platforms.youtube import PLATFORM
from tests.crawler.platforms import recorded
from tests.crawler.platforms.fixture_fields import cases, expected, fields, mapped
from tests.crawler.platforms.youtube.directory import NOW
from tests.shared import PAYLOADS

FIXTURES = Path(__file__).parent / "fixtures"
ERRORS = {
    "dataapi_error_keyInvalid.json": "token_invalid",
    "dataapi_error_permission.json": "forbidden",
    "web_browse_channel_terminated.json": "gone",
    "web_browse_channel_invalid_400.json": "changed_shape",
    "web_rss_404.html": "gone",
}


@pytest.mark.parametrize(("case", "path", "value"), fields(FIXTURES))
def test_field(case: str, path: str, value: Any) -> None:
    assert mapped(PLATFORM, FIXTURES / case)[path] == value


@pytest.mark.parametrize("case", [case.name for case in cases(FIXTURES)])
def test_no_other_fields(case: str) -> None:
    assert mapped(PLATFORM, FIXTURES / case).keys() == expected(FIXTURES / case).keys()


@pytest.mark.shared
@pytest.mark.parametrize(
    ("form", "entry"), [pytest.param(f, e, id=e.file) for f, e in recorded.entries("youtube")]
)
def test_recorded_answer(form: str, entry: recorded.Expected) -> None:
    assert recorded.differences(PLATFORM, form, entry) == []


@pytest.mark.shared
@pytest.mark.parametrize(
    "file", [name for name in ERRORS if (PAYLOADS / "youtube" / name).exists()]
)
def test_recorded_error(file: str) -> None:
    with pytest.raises(CrawlError) as caught:
        PLATFORM.map((PAYLOADS / "youtube" / file).read_bytes(), NOW)
    assert caught.value.outcome.value == ERRORS[file]
