"""Error bodies of the Graph API: `{"error": {message, type, code, error_subcode, …}}`."""

from __future__ import annotations

import hashlib

from sandbox.service.exchange import JSON_TYPE, JsonObject, Reply

_OAUTH = "OAuthException"


def graph_error(
    message: str,
    code: int,
    *,
    status: int = 400,
    kind: str = _OAUTH,
    subcode: int | None = None,
    transient: bool | None = None,
    **more: str,
) -> Reply:
    """An error in the Graph API's form."""
    error: JsonObject = {"message": message, "type": kind, "code": code}
    if subcode is not None:
        error["error_subcode"] = subcode
    if transient is not None:
        error["is_transient"] = transient
    error.update(more)
    error["fbtrace_id"] = "A" + hashlib.blake2b(message.encode(), digest_size=11).hexdigest()
    return Reply({"error": error}, status=status, content_type=JSON_TYPE)


def no_token() -> Reply:
    """104: nothing was sent along."""
    return graph_error("An access token is required to request this resource.", 104)


def bad_token() -> Reply:
    """190: not a token."""
    message = "Invalid OAuth access token - Cannot parse access token"
    return graph_error(message, 190, status=401)


def expired_token() -> Reply:
    """190/463: a token that ran out."""
    message = "Error validating access token: Session has expired."
    return graph_error(message, 190, status=401, subcode=463)


def no_permission() -> Reply:
    """10: the app lacks the feature for other people's pages."""
    message = (
        "(#10) This endpoint requires the 'pages_read_engagement' permission or the "
        "'Page Public Content Access' feature."
    )
    return graph_error(message, 10, status=403)


def app_limit() -> Reply:
    """4: the app's hourly calls are used up."""
    message = "(#4) Application request limit reached"
    return graph_error(message, 4, status=403, transient=True)


def page_limit() -> Reply:
    """80001: the daily calls for a page are used up."""
    message = "(#80001) There have been too many calls to this Page account."
    return graph_error(message, 80001, subcode=2446079, transient=True)


def service_down(status: int) -> Reply:
    """2: a passing breakdown."""
    message = "Service temporarily unavailable"
    return graph_error(message, 2, status=status, transient=True)


def too_much() -> Reply:
    """1: a page with too many heavy rows."""
    message = "Please reduce the amount of data you're asking for, then retry your request"
    return graph_error(message, 1, status=500, transient=False)


def no_object(object_id: str) -> Reply:
    """100/33: an id of nothing that can be read."""
    message = (
        f"Unsupported get request. Object with ID '{object_id}' does not exist, cannot be loaded "
        "due to missing permissions, or does not support this operation."
    )
    return graph_error(message, 100, kind="GraphMethodException", subcode=33)


def no_alias(*names: str) -> Reply:
    """803: usernames (or ids of a list) that nobody has."""
    message = f"(#803) Some of the aliases you requested do not exist: {','.join(names)}"
    return graph_error(message, 803, status=404)


def no_field(name: str, node: str) -> Reply:
    """100: a field that this kind of object does not have."""
    message = f"(#100) Tried accessing nonexisting field ({name}) on node type ({node})"
    return graph_error(message, 100)


def bad_value(message: str) -> Reply:
    """100: a parameter that cannot be used."""
    return graph_error(f"(#100) {message}", 100)


def bad_cursor() -> Reply:
    """100: a cursor of no list."""
    return bad_value("The cursor is invalid")


def syntax(message: str) -> Reply:
    """2500: a `fields` text that cannot be read."""
    return graph_error(f"Syntax error {message}", 2500)


def no_path(path: str) -> Reply:
    """2500: not a path of this API."""
    return graph_error(f"Unknown path components: {path}", 2500)


def no_business_account(username: str) -> Reply:
    """110/2207013: the username has no professional account."""
    return graph_error(
        "Invalid user id",
        110,
        subcode=2207013,
        transient=False,
        error_user_title="Cannot find User",
        error_user_msg=f"The user with username: {username} cannot be found.",
    )


def closed_feature(what: str) -> Reply:
    """12: what apps registered since 2026-11-04 may not use."""
    message = f"(#12) {what} is deprecated and not available to this app"
    return graph_error(message, 12)


def bad_batch(message: str) -> Reply:
    """1: a batch that cannot be read, or is too large."""
    return graph_error(message, 1, kind="GraphBatchException")
