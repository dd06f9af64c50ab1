"""Leads clients whose address is fixed to the sandbox, without touching what they send."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

_send = HTTPAdapter.send
"""The real one, which a test may have replaced for all sessions."""


class Redirect(HTTPAdapter):
    """Sends to the sandbox what is meant for a platform; path, query, headers and body stay."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = urlsplit(base)

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        """Sends one request, past any proxy."""
        assert request.url is not None
        aim = urlsplit(request.url)
        request.url = urlunsplit(aim._replace(scheme="http", netloc=self._base.netloc))
        return _send(self, request, *args, **{**options, "proxies": {}})
