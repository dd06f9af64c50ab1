"""Batches of the Graph API: up to 50 calls in one, each with a code, headers and a body of its own.

Source: Graph API, Batch Requests. A part that ran out of time is `null`; a refused part leaves the
others as they are; each part counts as a call.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import parse_qsl, urlsplit

import msgspec

from sandbox.graph import errors
from sandbox.graph.api import GraphApi
from sandbox.service.answering import answer_call
from sandbox.service.exchange import JSON_TYPE, JsonObject, PlatformRequest, Refused, Reply
from sandbox.service.faults import FaultKind
from sandbox.service.platform import Endpoint, ServedCall

_MOST_PARTS = 50
_VERSIONED = re.compile(r"/*(v\d+\.\d+)(?:/|$)")


class _Part(msgspec.Struct):
    """One call of a batch."""

    relative_url: str
    method: str = "GET"


def batch_reply(platform: GraphApi, endpoint: Endpoint, call: ServedCall) -> Reply:
    """The answers to all parts, in their order. Raises Refused for a batch that is none."""
    form = {**call.request.form, **call.request.params}
    with_headers = str(form.get("include_headers", "true")).lower() not in ("false", "0")
    rows = [
        _answer_part(platform, endpoint, call, part, with_headers)
        for part in _parts(form.get("batch"))
    ]
    return Reply(rows, rows=rows, wrapper=True, content_type=JSON_TYPE)


def _parts(sent: object) -> Sequence[_Part]:
    try:
        if isinstance(sent, str):
            parts = msgspec.json.decode(sent, type=list[_Part])
        else:
            parts = msgspec.convert(sent, list[_Part])
    except msgspec.DecodeError as error:
        raise Refused(errors.bad_batch("Invalid batch: expected a list of requests")) from error
    if len(parts) > _MOST_PARTS:
        message = f"Too many requests in batch message. Maximum batch size is {_MOST_PARTS}"
        raise Refused(errors.bad_batch(message))
    return parts


def _answer_part(
    platform: GraphApi, endpoint: Endpoint, call: ServedCall, part: _Part, with_headers: bool
) -> JsonObject | None:
    if part.method != "GET":
        reply = errors.bad_value(f"Unsupported method in a batch: {part.method}")
        return {"code": reply.status, "body": msgspec.json.encode(reply.payload).decode()}
    answered = answer_call(platform, endpoint, _request(platform, call, part), "api")
    reply, fault = answered.reply, answered.fault
    if fault is not None and fault.kind is FaultKind.TIMEOUT:
        return None
    row: JsonObject = {"code": reply.status}
    if with_headers:
        headers = {"Content-Type": reply.content_type, **reply.headers}
        row["headers"] = [{"name": name, "value": value} for name, value in headers.items()]
    row["body"] = answered.body.decode("utf-8", "replace")
    return row


def _request(platform: GraphApi, call: ServedCall, part: _Part) -> PlatformRequest:
    """A part as a call of its own: with the batch's token and version, unless it names others."""
    url = urlsplit(part.relative_url)
    version = call.request.parts.get("version") or platform.version(call.request)
    if match := _VERSIONED.match(url.path):
        version = match[1]
    rest = _VERSIONED.sub("", url.path, count=1).lstrip("/")
    return PlatformRequest(
        method="GET",
        path=f"/{version}/{rest}",
        params=dict(parse_qsl(url.query, keep_blank_values=True)),
        headers={**call.request.headers, "authorization": f"Bearer {call.token}"},
        parts={"version": version, "rest": rest},
    )
