"""JSON that pages carry inside their HTML: in script elements, or assigned to a name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

_ATTRIBUTE = re.compile(
    r"""([a-zA-Z-]{1,50})\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)'|([^\s"'>]{1,999}))"""
)
_OPENS = re.compile(r"<script(?=[\s>/])", re.IGNORECASE)
_CLOSES = re.compile(r"</script", re.IGNORECASE)
_TITLE = re.compile(r"<title\b[^>]{0,999}>([^<]{0,9999})</title", re.IGNORECASE)
_TRIES = 4
"""Places where a name may be assigned to without the object coming to an end."""


class Script(NamedTuple):
    """A script element: its attributes by name in lower case, and what stands inside."""

    attributes: dict[str, str]
    text: str

    @property
    def id(self) -> str:
        """The element's id; empty if it has none."""
        return self.attributes.get("id", "")

    @property
    def holds_json(self) -> bool:
        """Whether the element says of itself that it is data, not code."""
        kind = self.attributes.get("type", "").lower()
        return kind.startswith("application/") and "json" in kind


def page_text(body: bytes) -> str:
    """A page's HTML; what is not UTF-8 becomes replacement characters."""
    return body.decode("utf-8", "replace").removeprefix("\ufeff")


def is_markup(body: bytes) -> bool:
    """Whether an answer is HTML or XML rather than JSON."""
    return body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<"


def scripts(html: str) -> Iterator[Script]:
    """All script elements with something inside, in the order of the page; in linear time."""
    position = 0
    while (opening := _OPENS.search(html, position)) is not None:
        start = html.find(">", opening.end()) + 1
        closing = _CLOSES.search(html, start) if start else None
        if closing is None:
            return
        position = closing.end()
        if html[start : closing.start()].strip():
            attributes = _attributes(html[opening.end() : start - 1])
            yield Script(attributes, html[start : closing.start()])


def _attributes(written: str) -> dict[str, str]:
    return {
        name.lower(): double or single or bare
        for name, double, single, bare in _ATTRIBUTE.findall(written[:9999])
    }


def title(html: str) -> str:
    """The page's title as written, without surrounding space; empty if it has none."""
    match = _TITLE.search(html)
    return match[1].strip() if match else ""


def assigned(html: str, name: str) -> str | None:
    """The JSON object that the page assigns to `name`, e.g. `window.__STATE__ = {…};`."""
    places = re.finditer(rf"{re.escape(name)}(?:['\"]\])?\s{{0,99}}=\s{{0,99}}(?=\{{)", html)
    for match in islice(places, _TRIES):
        end = _closing(html, match.end())
        if end is not None:
            return html[match.end() : end]
    return None


_MARK = re.compile(r'["{}\\]')


def _closing(text: str, start: int) -> int | None:
    """Where the object that opens at `start` ends; braces inside strings do not count."""
    depth, quoted, position = 0, False, start
    while (match := _MARK.search(text, position)) is not None:
        mark, position = match[0], match.end()
        if mark == "\\":
            position += 1
        elif mark == '"':
            quoted = not quoted
        elif not quoted:
            depth += 1 if mark == "{" else -1
            if depth == 0:
                return position
    return None
