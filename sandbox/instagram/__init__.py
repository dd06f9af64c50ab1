"""Instagram: business discovery, which is asked through Facebook's paths, and public pages."""

from sandbox.instagram.pages import InstagramSite
from sandbox.service.platform import PlatformEntry

PLATFORM = PlatformEntry(pages=InstagramSite, disallowed=("/graphql/",))
