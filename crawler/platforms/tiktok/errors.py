"""TikTok's error answers as members of our tree.

Every answer of the open API holds `error {code, message, log_id}`, with code `ok` when all is well
(TikTok API v2, error handling). The token endpoint answers `{error, error_description}` instead.
What the messages of `invalid_params` mean is not documented; those known here were reported by
users of the Research API.

Public pages and their own calls answer HTTP 200 with a `statusCode` of their own, a request for
verification, or nothing.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from crawler.contract import Answer
from crawler.errors import CrawlError, GiveUp, Retry, Rotate, ShapeError, Wait
from crawler.reading.retry_after import next_midnight, retry_after
from crawler.reading.shape import decode, dig, walk
from model.messages import Outcome

_PAUSE = timedelta(minutes=1)
"""After a 429 that says nothing of its length (TikTok API v2: limits slide over one minute)."""
_SETTLING = 3.0
"""Seconds until a search id that was only just issued is usually known to the API."""

_REFUSED_USER = re.compile(r"cannot return this user|is private", re.IGNORECASE)
_DAILY = re.compile(r"daily|quota", re.IGNORECASE)
_GONE = frozenset({10202, 10204, 10215, 10221, 10223, 10225})
"""Unknown, deleted or banned accounts, and posts that are no more."""
_PRIVATE = frozenset({10216, 10217, 10222})
_BUSY = frozenset({100000, 10101, 10102})


def check(answer: Answer) -> None:
    """Raises what an answer other than HTTP 200 stands for, and Retry for an empty 200."""
    if answer.status == 200:
        if not answer.body.strip():
            raise Retry(Outcome.EMPTY_UNEXPECTED, "HTTP 200 with an empty body")
        return
    raise _of_answer(answer) or _by_status(answer)


def raise_error(document: Any, now: datetime) -> None:
    """Raises what the `error` of a body stands for, whatever its status; returns for `ok`."""
    error = _of_body(document, now, None)
    if error is not None:
        raise error


def _of_answer(answer: Answer) -> CrawlError | None:
    now = answer.observed_at
    try:
        document = decode(answer.body)
    except ShapeError:
        return None
    error = _of_body(document, now, retry_after(answer.headers, now))
    if answer.status == 429:
        return error if isinstance(error, Wait) else None
    if answer.status >= 500:
        return error if isinstance(error, Retry | Wait) else None
    return error


def _of_body(document: Any, now: datetime, pause: float | None) -> CrawlError | None:
    error = dig(document, "error")
    if isinstance(error, str):
        return Rotate(Outcome.TOKEN_INVALID, f"{error}: {document.get('error_description')}")
    code, message = dig(error, "code"), str(dig(error, "message"))
    if not isinstance(code, str) or code == "ok":
        return None
    return _of_code(code, message, now, pause)


def _of_code(code: str, message: str, now: datetime, pause: float | None) -> CrawlError:
    detail = f"{code}: {message}"
    if code == "access_token_invalid":
        return Rotate(Outcome.TOKEN_INVALID, detail)
    if code.startswith("scope_"):
        return Rotate(Outcome.FORBIDDEN, detail)
    if "quota" in code or (code == "rate_limit_exceeded" and _DAILY.search(message)):
        return Wait(Outcome.QUOTA_SPENT, detail, next_midnight(now))
    if code == "rate_limit_exceeded":
        return Wait(Outcome.RATE_LIMITED, detail, _until(now, pause))
    if code in ("internal_error", "timeout"):
        outcome = Outcome.TIMEOUT if code == "timeout" else Outcome.SERVER_ERROR
        return Retry(outcome, detail, pause)
    return _of_params(detail)


def _says(detail: str, first: str, *then: str) -> bool:
    """Whether the words are there, and one of the others behind them if there are any."""
    _, found, after = detail.lower().partition(first)
    return bool(found) and (not then or any(words in after for words in then))


def _of_params(detail: str) -> CrawlError:
    unsettled = _says(detail, "search id ", "invalid", "expired")
    if unsettled or _says(detail, "invalid count or cursor"):
        return Retry(Outcome.SERVER_ERROR, detail, _SETTLING)
    unknown = _says(detail, "user ", "not found", "not exist")
    if unknown or _says(detail, "cannot find the user"):
        return GiveUp(Outcome.GONE, detail)
    if _REFUSED_USER.search(detail):
        return GiveUp(Outcome.FORBIDDEN, detail)
    return ShapeError("request", f"was refused: {detail}")


def _by_status(answer: Answer) -> CrawlError:
    """For bodies that say nothing we know: HTTP's own meaning."""
    status, said, now = answer.status, f"HTTP {answer.status}", answer.observed_at
    if status == 401:
        return Rotate(Outcome.TOKEN_INVALID, f"{said}: the access token was refused")
    if status == 403:
        return Rotate(Outcome.FORBIDDEN, f"{said}: the client may not make this call")
    if status == 429:
        return Wait(Outcome.RATE_LIMITED, said, _until(now, retry_after(answer.headers, now)))
    if status in (408, 504):
        return Retry(Outcome.TIMEOUT, said, retry_after(answer.headers, now))
    if status >= 500:
        return Retry(Outcome.SERVER_ERROR, said, retry_after(answer.headers, now))
    return ShapeError("answer", f"came with {said}")


def _until(now: datetime, pause: float | None) -> datetime:
    return now + (_PAUSE if pause is None else timedelta(seconds=pause))


def raise_status(document: Any) -> None:
    """Raises what the status of an answer without rows stands for; returns if all is well."""
    if dig(document, "type") == "verify" or str(dig(document, "code")) == "10000":
        raise GiveUp(Outcome.CHALLENGE, "TikTok wants a proof of being human")
    for path, obj in walk(document, _has_status):
        code = obj.get("statusCode", obj.get("status_code"))
        if code not in (0, None):
            raise _of_status(code, f"{path}.statusCode".removeprefix("."), obj)


def _has_status(obj: dict[str, Any]) -> bool:
    return isinstance(obj.get("statusCode", obj.get("status_code")), int)


def _of_status(code: Any, path: str, obj: dict[str, Any]) -> CrawlError:
    said = f"status {code}: {obj.get('statusMsg', obj.get('status_msg'))}"
    if code in _GONE:
        return GiveUp(Outcome.GONE, said)
    if code in _PRIVATE:
        return GiveUp(Outcome.FORBIDDEN, f"{said}: private")
    if code in _BUSY:
        return Retry(Outcome.SERVER_ERROR, said)
    return ShapeError(path, f"is a status not known here: {said}")
