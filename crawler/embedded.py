"""JSON that pages carry inside their HTML: in script elements, or assigned to a name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script\s*>", re.DOTALL | re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-zA-Z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_TITLE = re.compile(r"<title\b[^>]*>(.*?)</title\s*>", re.DOTALL | re.IGNORECASE)


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
    """All script elements with something inside, in the order of the page."""
    for match in _SCRIPT.finditer(html):
        if match[2].strip():
            attributes = {
                name.lower(): double or single or bare
                for name, double, single, bare in _ATTRIBUTE.findall(match[1])
            }
            yield Script(attributes, match[2])


def title(html: str) -> str:
    """The page's title as written, without surrounding space; empty if it has none."""
    match = _TITLE.search(html)
    return match[1].strip() if match else ""


def assigned(html: str, name: str) -> str | None:
    """The JSON object that the page assigns to `name`, e.g. `window.__STATE__ = {…};`."""
    for match in re.finditer(rf"{re.escape(name)}(?:['\"]\])?\s*=\s*(?=\{{)", html):
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
