"""X's error answers as members of our tree.

Shapes (X API v2, error handling): a problem of RFC 7807 `{title, detail, type, status}` with a
4xx; partial problems `errors[]` beside `data` with HTTP 200; the older `{errors: [{code,
message}]}`. The last part of a problem's `type` says what it is.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from crawler.contract import Answer
from crawler.errors import CrawlError, GiveUp, Retry, Rotate, ShapeError, Wait
from crawler.reading.retry_after import next_midnight, reset_at, retry_after
from crawler.reading.shape import decode, dig
from model.messages import Outcome

_WINDOW = timedelta(minutes=15)
"""The time over which X counts calls (X API v2, rate limits)."""

_TOKEN_CODES = frozenset({32, 64, 89, 99, 135, 215, 326})
"""64 and 326: the account to which the token belongs is suspended, or locked."""
_GONE_CODES = frozenset({34, 50, 63, 144})
_FORBIDDEN_CODES = frozenset({87, 136, 179})
_VALIDATION_CODES = frozenset({214})
_BUSY_CODES = frozenset({130, 131})


def check(answer: Answer) -> None:
    """Raises what an answer other than HTTP 200 stands for, and Retry for an empty 200."""
    if answer.status == 200:
        if not answer.body.strip():
            raise Retry(Outcome.EMPTY_UNEXPECTED, "HTTP 200 with an empty body")
        return
    raise _with_headers(answer) or _by_status(answer)


def raise_error(document: Any, now: datetime) -> None:
    """Raises what an error body stands for, whatever its status was; returns for any other."""
    error = _of_body(document, now)
    if error is not None:
        raise error


def slug(problem: Any) -> str:
    """The last part of a problem's type, e.g. `resource-not-found`; empty if there is none."""
    kind = dig(problem, "type")
    if not isinstance(kind, str) or "/problems/" not in kind:
        return ""
    return kind.rpartition("/")[2]


def _with_headers(answer: Answer) -> CrawlError | None:
    """The body's word, made precise by the headers of the answer."""
    try:
        error = _of_body(decode(answer.body), answer.observed_at)
    except ShapeError:
        return None
    if error is None or not _agrees(answer.status, error):
        return None
    if isinstance(error, Wait) and error.outcome is Outcome.RATE_LIMITED:
        error.until = _reset(answer)
    if isinstance(error, Retry):
        error.after = retry_after(answer.headers, answer.observed_at)
    return error


def _agrees(status: int, error: CrawlError) -> bool:
    """Whether the body may refine the status; it never turns a busy server into a gone account."""
    if status == 401:
        return isinstance(error, Rotate)
    if status == 429:
        return isinstance(error, Wait)
    return status < 500 or isinstance(error, Retry | Wait)


def in_service(document: Any) -> Retry | None:
    """The trouble of X's own services that GraphQL tells of beside empty data."""
    listed = dig(document, "errors")
    for error in listed if isinstance(listed, list) else ():
        if (
            dig(error, "kind") == "ServiceLevel"
            or dig(error, "extensions", "kind") == "ServiceLevel"
        ):
            return Retry(Outcome.SERVER_ERROR, f"X could not say: {dig(error, 'message')}")
    return None


def _of_body(document: Any, now: datetime) -> CrawlError | None:
    if not isinstance(document, dict):
        return None
    if slug(document):
        return _of_problem(document, now)
    first = dig(document, "errors", 0)
    if _is_empty(document.get("data")):
        if "Validation" in (dig(first, "kind"), dig(first, "extensions", "kind")):
            return ShapeError("request", f"was refused: {dig(first, 'message')}")
        code = dig(first, "code") or dig(first, "extensions", "code")
        if isinstance(code, int):
            return _of_code(code, str(dig(first, "message")), now)
    return None


def _is_empty(data: Any) -> bool:
    """No data, or nothing below any of its keys."""
    return not data or (isinstance(data, dict) and not any(data.values()))


def _of_problem(problem: dict[str, Any], now: datetime) -> CrawlError:
    detail = f"{problem.get('title')}: {problem.get('detail')}"
    kind = slug(problem)
    if kind == "rate-limit-exceeded":
        return Wait(Outcome.RATE_LIMITED, detail, now + _WINDOW)
    if kind in ("usage-capped", "credits-depleted", "credits"):
        return Wait(Outcome.QUOTA_SPENT, detail, next_midnight(now))
    if kind == "resource-not-found":
        return GiveUp(Outcome.GONE, detail)
    if kind == "user-suspended":
        return _suspended(problem, detail)
    if kind == "invalid-request":
        return ShapeError("request", f"was refused: {_reasons(problem) or detail}")
    if kind in ("client-forbidden", "oauth1-permissions", "unsupported-authentication"):
        return Rotate(Outcome.FORBIDDEN, detail)
    if kind in ("internal-error", "field-hydration-failure"):
        return Retry(Outcome.SERVER_ERROR, detail)
    return GiveUp(Outcome.FORBIDDEN, detail)


def _suspended(problem: dict[str, Any], detail: str) -> CrawlError:
    """Of a visited user the problem names the resource; without, it is the owner of the token."""
    if any(problem.get(key) for key in ("resource_id", "resource_type", "value", "parameter")):
        return GiveUp(Outcome.GONE, detail)
    return Rotate(Outcome.TOKEN_INVALID, detail)


def _reasons(problem: dict[str, Any]) -> str:
    listed = problem.get("errors")
    if not isinstance(listed, list):
        return ""
    return "; ".join(str(dig(one, "message")) for one in listed[:3])


def _of_code(code: int, message: str, now: datetime) -> CrawlError | None:
    detail = f"code {code}: {message}"
    if code == 88:
        return Wait(Outcome.RATE_LIMITED, detail, now + _WINDOW)
    if code in _TOKEN_CODES:
        return Rotate(Outcome.TOKEN_INVALID, detail)
    if code in _GONE_CODES:
        return GiveUp(Outcome.GONE, detail)
    if code in _FORBIDDEN_CODES:
        return GiveUp(Outcome.FORBIDDEN, detail)
    if code in _VALIDATION_CODES:
        return ShapeError("request", f"was refused: {detail}")
    if code in _BUSY_CODES:
        return Retry(Outcome.SERVER_ERROR, detail)
    return None


def _by_status(answer: Answer) -> CrawlError:
    """For bodies that say nothing we know: HTTP's own meaning."""
    status, said = answer.status, f"HTTP {answer.status}"
    if status == 401:
        return Rotate(Outcome.TOKEN_INVALID, f"{said}: the bearer token was refused")
    if status == 402:
        return Wait(Outcome.QUOTA_SPENT, f"{said}: no credit", next_midnight(answer.observed_at))
    if status == 403:
        return Rotate(Outcome.FORBIDDEN, f"{said}: the app may not make this call")
    if status == 408 or status == 504:
        return Retry(Outcome.TIMEOUT, said, retry_after(answer.headers, answer.observed_at))
    if status == 429:
        return Wait(Outcome.RATE_LIMITED, said, _reset(answer))
    if status >= 500:
        return Retry(Outcome.SERVER_ERROR, said, retry_after(answer.headers, answer.observed_at))
    return ShapeError("answer", f"came with {said}")


def _reset(answer: Answer) -> datetime:
    """When calls are allowed again, by `x-rate-limit-reset` or `Retry-After`, else a window on."""
    now = answer.observed_at
    moment = reset_at(answer.headers, "x-rate-limit-reset", now)
    if moment is not None:
        return moment
    seconds = retry_after(answer.headers, now)
    return now + (_WINDOW if seconds is None else timedelta(seconds=seconds))
