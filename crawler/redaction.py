"""Takes secrets out of text and bytes, in all the forms in which they travel. Pure."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus

MARK = "[secret]"
_SHORTEST = 6
"""Shorter than this it is no secret, and its letters are found everywhere."""


class Redaction:
    """Knows some secrets; further ones can be added while it is in use."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._forms: tuple[str, ...] = ()
        self.add(secrets)

    def add(self, secrets: Iterable[str]) -> None:
        """From now on these are taken out as well."""
        found = {form for secret in secrets for form in forms(secret)}
        # Longest first, so that no part of a longer form is left behind.
        self._forms = tuple(sorted({*self._forms, *found}, key=lambda form: (-len(form), form)))

    def text(self, said: str) -> str:
        """The same without secrets."""
        for form in self._forms:
            if form in said:
                said = said.replace(form, MARK)
        return said

    def data(self, body: bytes) -> bytes:
        """The same bytes without secrets."""
        for form in self._forms:
            known = form.encode()
            if known in body:
                body = body.replace(known, MARK.encode())
        return body


def forms(secret: str) -> Iterator[str]:
    """A secret as it stands, quoted for addresses and for JSON, and in base64 within other text."""
    if len(secret) < _SHORTEST:
        return
    yield secret
    for quoted in (quote(secret, safe=""), quote_plus(secret), quote(secret)):
        yield quoted
        yield quoted.replace("%", "%25")
        yield _lower_hex(quoted)
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret)[1:-1].replace("/", "\\/")
    yield from _in_base64(secret.encode())


def _lower_hex(quoted: str) -> str:
    first, *rest = quoted.split("%")
    return "".join([first, *(f"%{part[:2].lower()}{part[2:]}" for part in rest)])


def _in_base64(secret: bytes) -> Iterator[str]:
    """What base64 of any text around the secret has in common, at each of three alignments."""
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + secret).decode().rstrip("=")
        # Characters that also depend on the neighbours are left out.
        first = -(-before * 8 // 6)
        last = (before + len(secret)) * 8 // 6
        if last - first >= _SHORTEST:
            common = whole[first:last]
            yield common
            yield common.replace("+", "-").replace("/", "_")


def secrets_in(value: Any) -> Iterator[str]:
    """Every secret of a settings model, however deep."""
    # Imported late: what is redacted at the start of a command needs no models.
    from pydantic import BaseModel, SecretStr

    match value:
        case SecretStr():
            yield value.get_secret_value()
        case BaseModel():
            for name in type(value).model_fields:
                yield from secrets_in(getattr(value, name))
        case dict():
            for inner in value.values():
                yield from secrets_in(inner)
        case list() | tuple():
            for inner in value:
                yield from secrets_in(inner)
