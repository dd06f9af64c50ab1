"""What Facebook's and Instagram's official routes share: Meta's Graph API.

Error bodies, usage headers and paging are those of the Graph API reference ("Handle Errors",
"Rate Limits", "Paginated Results").
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec

from crawler.contract import Answer
from crawler.errors import CrawlError, GiveUp, Retry, Rotate, ShapeError, Wait
from crawler.reading.graph_config import GraphConfig
from crawler.reading.retry_after import retry_after
from crawler.reading.shape import dig, optional_inner, optional_text
from model.messages import Outcome


class TooMuchData(Retry):
    """Code 1, "reduce the amount of data": the call may succeed with a smaller `limit`."""


@dataclass(frozen=True, slots=True)
class GraphError:
    """The `error` object of an answer."""

    code: int
    subcode: int | None
    message: str
    transient: bool

    @property
    def shown(self) -> str:
        """For people: the code and what Meta says, without anything like a token."""
        number = f"{self.code}/{self.subcode}" if self.subcode is not None else f"{self.code}"
        said = _LONG_WORD.sub(_hidden, " ".join(self.message.split()))
        return f"Graph API error {number}: {said[:300]}"


class _Envelope(msgspec.Struct):
    error: Any = None


_envelope: msgspec.json.Decoder[_Envelope] = msgspec.json.Decoder(_Envelope)

_LONG_WORD = re.compile(r"(?<![\w|.-])[\w|.-]{32,}")
_ANSWERED_BY = "facebook-api-version"
_VERSION = re.compile(r"/(v\d+\.\d+)(?:/|$)")
_LONGEST_VERSION = 20
_REDUCE = re.compile(r"reduce the amount of data", re.IGNORECASE)
_FEATURE = re.compile(
    r"public (content|metadata) access|reviewable feature|requires the|secret proof|an app token",
    re.IGNORECASE,
)
"""What the sentence names when a right is missing, whatever it says about existence."""
_ABSENT = re.compile(r"does not exist|do not exist|not a business account", re.IGNORECASE)
_NO_TOKEN = re.compile(r"access token", re.IGNORECASE)

_SERVICE = frozenset({1, 2})
_LIMITS = frozenset({4, 17, 32, 341, 613, *range(80000, 80015)})
_TOKEN = frozenset({102, 104, 190, 463, 467})
_PERMISSION = frozenset({3, 10, *range(200, 300)})
_REQUEST = frozenset({24, 100, 110, 803, 2500})
_BLOCKED = 368
_NO_OBJECT = frozenset({33, 2207013})
"""Subcodes: no such object; no such professional account (business discovery)."""

_SPENT = 100
"""Usage headers are in per cent of what is allowed."""
_ROLLING = timedelta(minutes=10)
"""The platform limit counts a rolling hour: after a part of it there is room again."""


def _hidden(word: re.Match[str]) -> str:
    """A dot for a long word of letters and digits: it may be a token."""
    letters = any(sign.isascii() and sign.isalpha() for sign in word[0])
    return "…" if letters and any(map(str.isdigit, word[0])) else word[0]


def error_of(body: bytes) -> GraphError | None:
    """The error object of an answer; None for any other answer."""
    try:
        error = _envelope.decode(body).error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    code = dig(error, "code")
    if not isinstance(code, int) or isinstance(code, bool):
        return None
    subcode, message = dig(error, "error_subcode"), dig(error, "message")
    return GraphError(
        code=code,
        subcode=subcode if isinstance(subcode, int) else None,
        message=message if isinstance(message, str) else "",
        transient=dig(error, "is_transient") is True,
    )


def classify(error: GraphError, until: datetime | None = None) -> CrawlError:
    """What an error means for the call; `until`: when the limit it names has passed."""
    said = error.shown
    if error.code == 1 and _REDUCE.search(error.message):
        return TooMuchData(Outcome.SERVER_ERROR, said)
    if error.code in _LIMITS:
        return Wait(Outcome.RATE_LIMITED, said, until)
    if error.code in _TOKEN:
        return Rotate(Outcome.TOKEN_INVALID, said)
    if error.code == _BLOCKED:
        return Rotate(Outcome.FORBIDDEN, said)
    if error.code in _SERVICE or error.transient:
        return Retry(Outcome.SERVER_ERROR, said)
    if error.code in _PERMISSION:
        return GiveUp(Outcome.FORBIDDEN, said)
    return _of_the_request(error) if error.code in _REQUEST else GiveUp(Outcome.GAVE_UP, said)


def _of_the_request(error: GraphError) -> CrawlError:
    """Codes that blame the request: the right is missing, the object is, or the request is wrong.

    "Does not exist" is no proof of it where the same sentence names a permission or feature.
    """
    if _FEATURE.search(error.message):
        return GiveUp(Outcome.FORBIDDEN, error.shown)
    absent = error.subcode in _NO_OBJECT or error.code in (110, 803)
    if absent or _ABSENT.search(error.message):
        return GiveUp(Outcome.GONE, error.shown)
    if error.code == 2500 and _NO_TOKEN.search(error.message):
        return Rotate(Outcome.TOKEN_INVALID, error.shown)
    return GiveUp(Outcome.CHANGED_SHAPE, error.shown)


def fault(answer: Answer) -> CrawlError | None:
    """What is wrong with an answer; None if it can be mapped."""
    error = error_of(answer.body)
    if error is None:
        return _of_the_status(answer)
    found = classify(error, _regained(answer))
    if answer.status >= 500 and found.outcome is Outcome.GAVE_UP:
        return Retry(Outcome.SERVER_ERROR, found.detail)
    return found


def _of_the_status(answer: Answer) -> CrawlError | None:
    """Answers that are no error object: what remains is the status, and an empty 200."""
    if answer.status == 200:
        if answer.body.strip() in (b"", b"{}", b"[]", b"null"):
            return Retry(Outcome.EMPTY_UNEXPECTED, "HTTP 200 with nothing in it")
        return None
    said = f"HTTP {answer.status} without an error object"
    after = retry_after(answer.headers, answer.observed_at)
    if answer.status == 429:
        until = None if after is None else answer.observed_at + timedelta(seconds=after)
        return Wait(Outcome.RATE_LIMITED, said, until or _regained(answer))
    if answer.status == 408 or answer.status >= 500:
        return Retry(Outcome.SERVER_ERROR, said, after)
    if answer.status == 401:
        return Rotate(Outcome.TOKEN_INVALID, said)
    if answer.status == 403:
        return GiveUp(Outcome.FORBIDDEN, said)
    return GiveUp(Outcome.CHANGED_SHAPE, said)


def other_version(answer: Answer) -> str:
    """The version of the API that answered, where it is not that of the address."""
    answered = answer.headers.get(_ANSWERED_BY, "").strip()
    asked = _VERSION.match(urlsplit(answer.call.url).path)
    if asked is None or answered in ("", asked[1]):
        return ""
    return answered[:_LONGEST_VERSION] if answered.isprintable() else "?"


def pause(answer: Answer) -> datetime | None:
    """Until when its credential should rest though the answer is usable; None if it need not.

    `X-App-Usage` and `X-Business-Use-Case-Usage` are percentages; at 100 the next call is refused.
    """
    shares = [share for usage in _usages(answer.headers) for share in _percentages(usage)]
    if not shares or max(shares) < _SPENT:
        return None
    return rest_after(answer)


def rest_after(answer: Answer) -> datetime:
    """Until when a credential should rest that met a limit: as the answer says, else a while."""
    return _regained(answer) or answer.observed_at + _ROLLING


def _regained(answer: Answer) -> datetime | None:
    """When access comes back, by the longest `estimated_time_to_regain_access` (minutes)."""
    minutes = [
        value
        for usage in _usages(answer.headers)
        if isinstance(value := usage.get("estimated_time_to_regain_access"), int)
        and 0 < value <= 1440
    ]
    return answer.observed_at + timedelta(minutes=max(minutes)) if minutes else None


def _usages(headers: Mapping[str, str]) -> list[dict[str, Any]]:
    """The usage objects of both headers; a header that cannot be read tells nothing."""
    found: list[Any] = []
    for name in ("x-app-usage", "x-business-use-case-usage"):
        try:
            value = msgspec.json.decode(headers.get(name, "{}"))
        except (msgspec.DecodeError, RecursionError):
            continue
        if name == "x-app-usage":
            found.append(value)
        elif isinstance(value, dict):
            found += [use for uses in value.values() if isinstance(uses, list) for use in uses]
    return [usage for usage in found if isinstance(usage, dict)]


def _percentages(usage: Mapping[str, Any]) -> list[float]:
    values = (usage.get(name) for name in ("call_count", "total_time", "total_cputime"))
    return [value for value in values if isinstance(value, int | float)]


def root_url(config: GraphConfig) -> str:
    """The address below which all nodes are, where batches are sent to; it ends with a slash."""
    return f"{config.api_url.rstrip('/')}/{config.api_version}/"


def url(config: GraphConfig, path: str, **query: str | int) -> str:
    """The address of a node or edge, with its query."""
    return f"{root_url(config)}{path}?{urlencode(query)}"


def next_url(document: dict[str, Any], api_url: str) -> str | None:
    """`paging.next` without the credential it carries; None on the last page.

    Raises ShapeError if it leads to another host than the API's: a token would go there.
    """
    paging = optional_inner(document, "paging")
    following = optional_text(paging, "next", "paging") if paging else None
    if following is None:
        return None
    parts = _parts(following)
    home = urlsplit(api_url)
    if (parts.scheme, parts.netloc) != (home.scheme, home.netloc):
        raise ShapeError("paging.next", f"leads to another host: {parts.netloc[:100]}")
    kept = [pair for pair in _query(parts) if pair[0] not in ("access_token", "appsecret_proof")]
    return urlunsplit(parts._replace(query=urlencode(kept), fragment=""))


def limit_of(address: str, default: int) -> int:
    """The `limit` in an address."""
    limits = [value for key, value in _query(urlsplit(address)) if key == "limit"]
    return int(limits[0]) if limits and limits[0].isdecimal() else default


def halved(address: str, fault: TooMuchData, most: int) -> str:
    """The same call for half as many rows; `most`: its limit where the address names none.

    Raises the fault if there is no half.
    """
    limit = limit_of(address, most) // 2
    if limit < 1:
        raise fault
    parts = urlsplit(address)
    query = [pair for pair in _query(parts) if pair[0] != "limit"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("limit", str(limit))])))


def _parts(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError as error:
        raise ShapeError("paging.next", "is no address") from error


def _query(parts: SplitResult) -> list[tuple[str, str]]:
    return parse_qsl(parts.query, keep_blank_values=True)
