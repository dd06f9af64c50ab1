"""YouTube: the Data API v3 and its public pages."""

from sandbox.service.platform import PlatformEntry
from sandbox.youtube.api import YouTubeApi
from sandbox.youtube.limits import YouTubeLimits
from sandbox.youtube.pages import YouTubeSite

PLATFORM = PlatformEntry(
    api=YouTubeApi, pages=YouTubeSite, limits=(YouTubeLimits,), disallowed=("/youtubei/",)
)
