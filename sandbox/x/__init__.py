"""X: the API v2 and its public pages."""

from sandbox.service.platform import PlatformEntry
from sandbox.x.api import XApi
from sandbox.x.limits import XLimits
from sandbox.x.pages import XSite

PLATFORM = PlatformEntry(api=XApi, pages=XSite, limits=(XLimits,))
