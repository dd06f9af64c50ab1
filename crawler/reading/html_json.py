"""JSON that pages carry inside their HTML: in script elements, or assigned to a name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

_ATTRIBUTE = re.compile(
    r"""(?<![\w:-])([\w:-]{1,50})\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)'|([^\s"'>]{1,999}))"""
)
_OPENS = re.compile(r"<script(?=[\s>/])", re.IGNORECASE)
_CLOSES = re.compile(r"</script", re.IGNORECASE)
_TITLE_OPENS = re.compile(r"<title(?=[\s/>])", re.IGNORECASE)
_LONGEST_TITLE = 9999
_NAME_ENDS = re.compile(r"(?:['\"]\])?\s{0,99}=\s{0,99}(?=\{)")
_MOST_ATTRIBUTES = 9999
"""Characters of a tag that are read."""
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
            attributes = attributes_of(html[opening.end() : start - 1])
            yield Script(attributes, html[start : closing.start()])


def tags(html: str, name: str) -> Iterator[str]:
    """What stands in the tags of elements of this name, up to the next `>`; in linear time."""
    opens = re.compile(rf"<{name}(?=[\s/>])", re.IGNORECASE)
    position = 0
    while (opening := opens.search(html, position)) is not None:
        position = html.find(">", opening.end()) + 1
        if not position:
            return
        yield html[opening.end() : min(position - 1, opening.end() + _MOST_ATTRIBUTES)]


def attributes_of(tag: str) -> dict[str, str]:
    """A tag's attributes by name in lower case, as they are written."""
    return {
        name.lower(): double or single or bare
        for name, double, single, bare in _ATTRIBUTE.findall(tag[:_MOST_ATTRIBUTES])
    }


def title(html: str) -> str:
    """The page's title as written, without surrounding space; empty if it has none."""
    opening = _TITLE_OPENS.search(html)
    start = html.find(">", opening.end()) + 1 if opening else 0
    end = html.find("<", start) if start else -1
    return html[start : min(end, start + _LONGEST_TITLE)].strip() if end >= 0 else ""


def assigned(html: str, name: str) -> str | None:
    """The JSON object that the page assigns to `name`, e.g. `window.__STATE__ = {…};`."""
    for start in islice(_assignments(html, name), _TRIES):
        end = _closing(html, start)
        if end is not None:
            return html[start:end]
    return None


def _assignments(html: str, name: str) -> Iterator[int]:
    """Where the objects begin that are assigned to a name."""
    position = html.find(name)
    while position >= 0:
        position += len(name)
        if (match := _NAME_ENDS.match(html, position)) is not None:
            yield match.end()
        position = html.find(name, position)


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
