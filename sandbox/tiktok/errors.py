"""Error bodies and status lines of TikTok's Research API."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sandbox.service.exchange import JsonObject, Reply

CONTENT_TYPE = "application/json"


def status_line(now: datetime, code: str = "ok", message: str = "") -> JsonObject:
    """The `error` that stands in every answer; `ok` where there is none."""
    serial = hashlib.blake2b(f"{now}{code}{message}".encode(), digest_size=9).hexdigest()
    return {"code": code, "message": message, "log_id": f"{now:%Y%m%d%H%M%S}{serial.upper()}"}


def api_error(now: datetime, status: int, code: str, message: str) -> Reply:
    """An error of the Research API."""
    payload = {"data": {}, "error": status_line(now, code, message)}
    return Reply(payload, status=status, units=1, content_type=CONTENT_TYPE)


def oauth_error(error: str, description: str) -> Reply:
    """HTTP 401: no token is issued."""
    log = hashlib.blake2b(description.encode(), digest_size=12).hexdigest().upper()
    payload = {"error": error, "error_description": description, "log_id": log}
    return Reply(payload, status=401, units=0, content_type=CONTENT_TYPE)
