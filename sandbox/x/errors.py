"""Error bodies of X API v2: whole problems, and partial errors beside data."""

from __future__ import annotations

from sandbox.service.exchange import BadParameter, JsonObject, Reply

PROBLEMS = "https://api.x.com/2/problems"
_PROBLEM = "application/problem+json"


def not_found(resource: str, parameter: str, value: str) -> JsonObject:
    """A partial error: HTTP 200, beside what was found."""
    return {
        "value": value,
        "detail": f"Could not find {resource} with {parameter}: [{value}].",
        "title": "Not Found Error",
        "resource_type": resource,
        "parameter": parameter,
        "resource_id": value,
        "type": f"{PROBLEMS}/resource-not-found",
    }


def suspended(parameter: str, value: str) -> JsonObject:
    """A partial error about a user who is suspended."""
    return {
        **not_found("user", parameter, value),
        "detail": f"User has been suspended: [{value}].",
        "title": "Forbidden",
    }


def invalid_parameter(bad: BadParameter) -> Reply:
    """HTTP 400 for a value out of its range or form."""
    message = f"The `{bad.name}` query parameter value [{bad.value}] is not {bad.expected}"
    return _invalid_request(message, {bad.name: [bad.value]})


def unknown_parameter(name: str, allowed: list[str]) -> Reply:
    """HTTP 400 for a parameter that the call does not have."""
    message = f"The query parameter [{name}] is not one of [{','.join(allowed)}]"
    return _invalid_request(message, {name: []})


def invalid_request() -> Reply:
    """HTTP 400 for a call of another form than the platform takes."""
    return _invalid_request("The request is not valid", {})


def _invalid_request(message: str, parameters: JsonObject) -> Reply:
    payload = {
        "errors": [{"parameters": parameters, "message": message}],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": f"{PROBLEMS}/invalid-request",
    }
    return Reply(payload, status=400, units=0, content_type=_PROBLEM)


def _problem(status: int, title: str, detail: str, kind: str = "about:blank") -> Reply:
    payload = {"title": title, "type": kind, "status": status, "detail": detail}
    return Reply(payload, status=status, units=0, content_type=_PROBLEM)


def unauthorized() -> Reply:
    """HTTP 401: a missing, wrong or revoked bearer token."""
    return _problem(401, "Unauthorized", "Unauthorized")


def owner_suspended() -> Reply:
    """HTTP 403: the user who owns the token is suspended."""
    detail = "The user who owns this token has been suspended."
    return _problem(403, "Forbidden", detail, f"{PROBLEMS}/user-suspended")


def client_forbidden() -> Reply:
    """HTTP 403: a token whose project may not use this call."""
    reply = _problem(
        403,
        "Client Forbidden",
        "This client is not enrolled with the access level that this endpoint needs.",
        f"{PROBLEMS}/client-forbidden",
    )
    reply.payload["reason"] = "client-not-enrolled"
    reply.payload["registration_url"] = "https://developer.x.com/en/docs/projects/overview"
    return reply


def too_many() -> Reply:
    """HTTP 429: no call left in this window."""
    return _problem(429, "Too Many Requests", "Too Many Requests")


def usage_capped() -> Reply:
    """HTTP 429: the month's posts are read."""
    reply = _problem(
        429,
        "UsageCapExceeded",
        "Usage cap exceeded: Monthly product cap",
        f"{PROBLEMS}/usage-capped",
    )
    reply.payload |= {"period": "Monthly", "scope": "Product"}
    return reply


def unavailable(status: int) -> Reply:
    """HTTP 5xx."""
    return _problem(status, "Service Unavailable", "Service Unavailable")
