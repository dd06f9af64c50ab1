"""The two routes by which data is read, and what the settings say about them."""

from __future__ import annotations

from enum import StrEnum


class Route(StrEnum):
    """How a visit is made, and how a number was read."""

    API = "api"
    """The platform's official API."""
    WEB = "web"
    """The platform's public pages, logged out."""


class RouteSetting(StrEnum):
    """Which routes the visits of a platform or an account may take."""

    AUTO = "auto"
    """The API where there are credentials, and the public pages where it refuses or there are no
    credentials."""
    API = "api"
    WEB = "web"
