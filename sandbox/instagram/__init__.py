"""Instagram: business discovery, which is asked through Facebook's paths, and public pages."""

from sandbox.instagram.limits import InstagramLimits
from sandbox.instagram.pages import InstagramSite
from sandbox.service.platform import PlatformEntry

PLATFORM = PlatformEntry(pages=InstagramSite, limits=(InstagramLimits,), disallowed=("/graphql/",))
