"""Facebook: the Graph API, which answers for Instagram as well, and its public pages."""

from sandbox.facebook.api import FacebookApi
from sandbox.facebook.limits import FacebookLimits
from sandbox.facebook.pages import FacebookSite
from sandbox.graph.limits import GraphLimits
from sandbox.service.platform import PlatformEntry

PLATFORM = PlatformEntry(
    api=FacebookApi,
    pages=FacebookSite,
    limits=(GraphLimits, FacebookLimits),
    disallowed=("/login/", "/api/"),
)
