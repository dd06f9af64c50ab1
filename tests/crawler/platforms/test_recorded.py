"""Every platform's mapper on recorded answers, where there are any beside the project."""

from __future__ import annotations

import pytest

from crawler.errors import CrawlError
from crawler.platforms import platform
from model.messages import Outcome
from model.platform import PLATFORMS, PlatformName
from tests.crawler.platforms import recorded
from tests.crawler.platforms.driver import NOW
from tests.shared import PAYLOADS

pytestmark = pytest.mark.shared

YOUTUBE_ERRORS = {
    "dataapi_error_keyInvalid.json": Outcome.TOKEN_INVALID,
    "dataapi_error_permission.json": Outcome.FORBIDDEN,
    "web_browse_channel_terminated.json": Outcome.GONE,
    "web_browse_channel_invalid_400.json": Outcome.CHANGED_SHAPE,
    "web_rss_404.html": Outcome.GONE,
}


@pytest.mark.parametrize(
    ("name", "form", "entry"),
    [
        pytest.param(name, form, entry, id=entry.file)
        for name in PLATFORMS
        for form, entry in recorded.entries(name)
    ],
)
def test_recorded_answer(name: PlatformName, form: str, entry: recorded.Expected) -> None:
    assert recorded.differences(platform(name), form, entry) == []


@pytest.mark.parametrize(
    "file", [name for name in YOUTUBE_ERRORS if (PAYLOADS / "youtube" / name).exists()]
)
def test_recorded_error(file: str) -> None:
    with pytest.raises(CrawlError) as caught:
        platform("youtube").map((PAYLOADS / "youtube" / file).read_bytes(), NOW)
    assert caught.value.outcome is YOUTUBE_ERRORS[file]
