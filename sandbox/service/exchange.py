"""One request and one answer, as the platforms see them, without any web framework in between."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import msgspec

AsgiScope = MutableMapping[str, Any]
AsgiMessage = MutableMapping[str, Any]
AsgiReceive = Callable[[], Awaitable[AsgiMessage]]
AsgiSend = Callable[[AsgiMessage], Awaitable[None]]
JsonObject = dict[str, Any]
HTML_TYPE = "text/html; charset=utf-8"
JSON_TYPE = "application/json; charset=UTF-8"


@dataclass(slots=True)
class PlatformRequest:
    """A request."""

    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    """Names in lower case."""
    parts: dict[str, str]
    """What stood in the variable parts of the path."""
    body: bytes = b""

    @property
    def base(self) -> str:
        """Scheme and host under which the caller reached the sandbox."""
        return f"http://{self.headers.get('host', '127.0.0.1')}"

    @property
    def bearer(self) -> str:
        """The token of an `Authorization: Bearer` header, or nothing."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() in ("bearer", "oauth") else ""

    @property
    def form(self) -> JsonObject:
        """The fields of a body, sent as a form or as a JSON object; empty for any other body."""
        if not self.body.lstrip().startswith(b"{"):
            return dict(parse_qsl(self.body.decode("latin-1"), keep_blank_values=True))
        try:
            return msgspec.json.decode(self.body, type=JsonObject)
        except msgspec.DecodeError:
            return {}


class JsonDocument(ABC):
    """An answer that holds JSON and is written out last, so that faults can change the JSON."""

    values: list[Any]
    """The JSON values in it."""

    @abstractmethod
    def encode(self) -> bytes:
        """The body as it is sent."""


@dataclass(slots=True)
class Reply:
    """An answer before it is written out."""

    payload: Any
    """JSON values, a JsonDocument that holds some, or bytes that are sent as they are."""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    rows: list[Any] | dict[str, Any] | None = None
    """The accounts or posts within the payload, where it has any."""
    items: list[Any] | None = None
    """The list within the payload, where `rows` is not that list itself."""
    units: int = 1
    wrapper: bool = False
    """Whether the rows are answers to calls of their own, each counted by itself."""
    content_type: str = "application/json; charset=utf-8"

    @property
    def values(self) -> list[Any]:
        """The JSON values of the payload."""
        if isinstance(self.payload, JsonDocument):
            return self.payload.values
        return [] if isinstance(self.payload, bytes) else [self.payload]

    @property
    def count(self) -> int:
        """How many accounts or posts are answered."""
        return len(self.rows) if self.rows is not None and not self.wrapper else 0


class Refused(Exception):
    """Ends a request with an error in the platform's own form."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"refused with status {reply.status}")
        self.reply = reply


class BadParameter(ValueError):
    """A parameter that cannot be used; each platform says so in its own way."""

    def __init__(self, name: str, value: str, expected: str) -> None:
        super().__init__(f"{name}={value!r}: expected {expected}")
        self.name = name
        self.value = value
        self.expected = expected


async def read_request(scope: AsgiScope, receive: AsgiReceive) -> PlatformRequest:
    """The whole request, with its body."""
    method: str = scope["method"]
    return PlatformRequest(
        method=method,
        path=scope["path"],
        params=dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
        headers={k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]},
        parts=scope.get("path_params", {}),
        body=b"" if method == "GET" else await _body(receive),
    )


async def _body(receive: AsgiReceive) -> bytes:
    chunks: list[bytes] = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(chunks)


def listed(request: PlatformRequest, name: str) -> list[str]:
    """A comma-separated parameter without repetitions; empty if it is not there."""
    value = request.params.get(name, "")
    return list(dict.fromkeys(item for part in value.split(",") if (item := part.strip())))


def whole_number(request: PlatformRequest, name: str, default: int, low: int, high: int) -> int:
    """A whole number within [low, high]. Raises BadParameter."""
    value = request.params.get(name)
    if value is None or value == "":
        return default
    expected = f"between {low} and {high}"
    if not value.isascii() or not value.isdigit() or len(value) > 19:
        raise BadParameter(name, value, expected)
    number = int(value)
    if not low <= number <= high:
        raise BadParameter(name, value, expected)
    return number


def word_set(text: str) -> frozenset[str]:
    """The words of a text, as a set of names."""
    return frozenset(text.split())


def refused_token(token: str) -> str:
    """`invalid`, `expired` or `forbidden` for the tokens that stand for these cases."""
    for kind in ("invalid", "expired", "forbidden"):
        if token.startswith(kind):
            return kind
    return ""


def pairs(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """Headers as the server wants them."""
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
