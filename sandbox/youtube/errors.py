"""Error bodies of YouTube Data API v3: `{"error": {"code", "message", "errors": […]}}`."""

from __future__ import annotations

from sandbox.service.exchange import JSON_TYPE, BadParameter, JsonObject, Reply


def _error(code: int, message: str, domain: str, reason: str, **more: str) -> Reply:
    status = more.pop("status", "")
    detail: JsonObject = {"message": message, "domain": domain, "reason": reason, **more}
    error: JsonObject = {"code": code, "message": message, "errors": [detail]}
    if status:
        error["status"] = status
    return Reply({"error": error}, status=code, content_type=JSON_TYPE)


def key_invalid() -> Reply:
    """HTTP 400: the key is not one."""
    message = "API key not valid. Please pass a valid API key."
    return _error(400, message, "usageLimits", "keyInvalid", status="INVALID_ARGUMENT")


def no_key() -> Reply:
    """HTTP 403: neither key nor token."""
    message = "Method doesn't allow unregistered callers. Please use an API key."
    return _error(403, message, "global", "forbidden", status="PERMISSION_DENIED")


def forbidden() -> Reply:
    """HTTP 403: the API is not enabled for the key's project."""
    message = "YouTube Data API v3 has not been used in this project before or it is disabled."
    return _error(403, message, "usageLimits", "accessNotConfigured", status="PERMISSION_DENIED")


def quota_exceeded() -> Reply:
    """HTTP 403: the day's units are spent."""
    message = "The request cannot be completed because you have exceeded your quota."
    return _error(403, message, "youtube.quota", "quotaExceeded")


def rate_limited() -> Reply:
    """HTTP 403: too many calls at once."""
    message = "The request cannot be completed because too many were sent in a short time."
    return _error(403, message, "youtube.quota", "rateLimitExceeded")


def backend(code: int) -> Reply:
    """HTTP 5xx."""
    return _error(code, "Backend Error", "global", "backendError", status="UNAVAILABLE")


def missing_parameter(name: str) -> Reply:
    """HTTP 400: a parameter that every call must have."""
    return _bad_parameter(f"Required parameter: {name}", "global", "required", name)


def missing_filter(expected: str) -> Reply:
    """HTTP 400: nothing says what is to be listed."""
    message = f"No filter selected. Expected one of: {expected}"
    reason = "missingRequiredParameter"
    return _bad_parameter(message, "youtube.parameter", reason, "parameters.", "other")


def unknown_part(part: str) -> Reply:
    """HTTP 400: a part that the resource does not have."""
    return _bad_parameter(f"Unknown part: {part}", "youtube.part", "unknownPart", "part")


def too_many_ids(number: int) -> Reply:
    """HTTP 400: more ids than a call may name."""
    message = f"The request specifies {number} ids; the most is 50."
    return _bad_parameter(message, "youtube.parameter", "invalidFilters", "id")


def invalid_value(bad: BadParameter) -> Reply:
    """HTTP 400: a value out of its range."""
    message = f"Invalid value '{bad.value}'. Values must be {bad.expected}."
    return _bad_parameter(message, "global", "invalidParameter", bad.name)


def invalid_page_token(token: str) -> Reply:
    """HTTP 400: a page token of no list."""
    message = f"The request specifies an invalid page token: {token}"
    return _bad_parameter(message, "youtube.parameter", "invalidPageToken", "pageToken")


def playlist_not_found(playlist: str) -> Reply:
    """HTTP 404: no such playlist."""
    message = f"The playlist identified with the request's playlistId '{playlist}' cannot be found."
    where = {"location": "playlistId", "locationType": "parameter"}
    return _error(404, message, "youtube.playlistItem", "playlistNotFound", **where)


def _bad_parameter(
    message: str, domain: str, reason: str, name: str, kind: str = "parameter"
) -> Reply:
    return _error(400, message, domain, reason, location=name, locationType=kind)
