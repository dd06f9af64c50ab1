"""Answers made smaller, for those who can unpack them."""

from __future__ import annotations

import zlib

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

LEVEL = 1
"""1 to 9: of a page of 190 kilobytes 1 makes a seventh more than 5, in a fifth of the time."""
LEAST = 1_000
"""Bytes; fewer are not worth it."""
_GZIP = 31
"""`wbits` of zlib for the gzip format."""
_TEXTS = ("text/", "application/json", "application/problem+json")


def packed(request: Request, answer: Response) -> Response:
    """The same answer, its body packed where that helps and the reader takes it."""
    if isinstance(answer, StreamingResponse) or len(answer.body) < LEAST:
        return answer
    if not answer.headers.get("content-type", "").startswith(_TEXTS):
        return answer
    vary = answer.headers.get("vary")
    answer.headers["vary"] = f"{vary}, Accept-Encoding" if vary else "Accept-Encoding"
    if "gzip" in request.headers.get("accept-encoding", ""):
        body = zlib.compress(answer.body, LEVEL, _GZIP)
        answer.body = body
        answer.headers["content-encoding"] = "gzip"
        answer.headers["content-length"] = str(len(body))
    return answer
