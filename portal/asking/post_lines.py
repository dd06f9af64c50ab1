"""Posts as the lines of a table: put into words here, for a page has fifty of them and a template
takes longer to call for each word than the word takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from portal.asking.words import Words, filled
from portal.figures.expectation import Expectation

_COUNTS = ("likes", "comments", "shares", "views")
_CELL = Markup('<td class="n">{}</td>')
_ROW = Markup(
    '<tr><td>{}</td><td>{}</td><td class="post"><a href="/posts/{}"><bdi>{}</bdi></a></td>'
    "<td>{}</td>{}{}</tr>"
)
_LONGEST = 90
"""Characters of a text."""
_LEEWAY = 5
"""So many more are not cut off."""


@dataclass(frozen=True, slots=True)
class PostLine:
    """One post."""

    text: str
    """As much of it as stands on the page."""
    row: Markup
    """Its row of the table."""


def post_lines(
    words: Words,
    posts: Iterable[Mapping[str, Any]],
    expectations: Mapping[str, Expectation | None] | None = None,
) -> list[PostLine]:
    """The lines of posts, in their order."""
    return [
        _line(words, post, None if expectations is None else _against(words, post, expectations))
        for post in posts
    ]


def _line(words: Words, post: Mapping[str, Any], against: Markup | None) -> PostLine:
    text = _short(words.untrusted(post.get("text"))) or words.text("no text")
    kind = post.get("type") or "unknown"
    row = filled(
        _ROW,
        words.moment(post["published_at"]),
        words.scope(post["of"].platform),
        quote(post["post"]),
        text,
        words.text(kind),
        _cells(words, post["counts"], post.get("missing", {})),
        "" if against is None else filled(_CELL, against),
    )
    return PostLine(text, row)


def _short(text: str) -> str:
    if len(text) <= _LONGEST + _LEEWAY:
        return text
    return text[: _LONGEST - 3].rsplit(" ", 1)[0] + "..."


def _cells(words: Words, counts: Mapping[str, Any], missing: Mapping[str, str]) -> Markup:
    cells = []
    for name in _COUNTS:
        value = counts.get(name)
        why = "" if value is not None else words.text(missing.get(name, "not_read"))
        cells.append(f'<td class="n">{words.number(value, 0, why)}</td>')
    return Markup("".join(cells))  # noqa: S704 - of what `number` has escaped


def _against(
    words: Words, post: Mapping[str, Any], expectations: Mapping[str, Expectation | None]
) -> Markup:
    found = expectations.get(post["post"])
    if found is not None and found.ratio is not None:
        return Markup(words("{n} times", n=f"{found.ratio:.1f}"))  # noqa: S704 - escaped by `words`
    return words.number(None, 0, words.text("too few posts to go by" if found else "not read"))
