"""What TikTok's pages and their own calls say when there is nothing to show.

They answer HTTP 200 with a `statusCode` of their own, a request for verification, or nothing.
"""

from __future__ import annotations

from typing import Any

from crawler.errors import CrawlError, GiveUp, Retry, ShapeError
from crawler.reading.shape import dig, walk
from model.messages import Outcome

_GONE = frozenset({10202, 10204, 10215, 10221, 10223, 10225})
"""Unknown, deleted or banned accounts, and posts that are no more."""
_PRIVATE = frozenset({10216, 10217, 10222})
_BUSY = frozenset({100000, 10101, 10102})


def refuse(document: Any) -> None:
    """Raises what the status of an answer without rows stands for; returns if all is well."""
    if dig(document, "type") == "verify" or str(dig(document, "code")) == "10000":
        raise GiveUp(Outcome.CHALLENGE, "TikTok wants a proof of being human")
    for path, obj in walk(document, _has_status):
        code = obj.get("statusCode", obj.get("status_code"))
        if code not in (0, None):
            raise _of_code(code, f"{path}.statusCode".removeprefix("."), obj)


def _has_status(obj: dict[str, Any]) -> bool:
    return isinstance(obj.get("statusCode", obj.get("status_code")), int)


def _of_code(code: Any, path: str, obj: dict[str, Any]) -> CrawlError:
    said = f"status {code}: {obj.get('statusMsg', obj.get('status_msg'))}"
    if code in _GONE:
        return GiveUp(Outcome.GONE, said)
    if code in _PRIVATE:
        return GiveUp(Outcome.FORBIDDEN, f"{said}: private")
    if code in _BUSY:
        return Retry(Outcome.SERVER_ERROR, said)
    return ShapeError(path, f"is a status not known here: {said}")
