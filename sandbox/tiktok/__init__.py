"""TikTok: the Research API and its public pages."""

from sandbox.service.platform import PlatformEntry
from sandbox.tiktok.api import TikTokApi
from sandbox.tiktok.limits import TikTokLimits
from sandbox.tiktok.pages import TikTokSite

PLATFORM = PlatformEntry(api=TikTokApi, pages=TikTokSite, limits=(TikTokLimits,))
