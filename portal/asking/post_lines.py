"""Posts as the lines of a table: put into words here, for a page has fifty of them and a template
takes longer to call for each word than the word takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from portal.asking.words import Words
from portal.figures.expectation import Expectation

_COUNTS = ("likes", "comments", "shares", "views")
_LONGEST = 90
"""Characters of a text."""
_LEEWAY = 5
"""So many more are not cut off."""


@dataclass(frozen=True, slots=True)
class PostLine:
    """One post, each part as it stands on the page; what is not Markup is escaped there."""

    published: Markup
    platform: str
    address: str
    text: str
    type: str
    counts: Markup
    """A cell for each counter."""
    against: Markup | None
    """What it has beside what was expected; None where the page does not say."""


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
    kind = post.get("type") or "unknown"
    return PostLine(
        published=words.moment(post["published_at"]),
        platform=words.scope(post["of"].platform),
        address=f"/posts/{quote(post['post'])}",
        text=_short(words.untrusted(post.get("text"))) or words.text("no text"),
        type=words.text(kind),
        counts=_cells(words, post["counts"], post.get("missing", {})),
        against=against,
    )


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
    why = words.text("too few posts to go by") if found else words.text("not read")
    return Markup('<span class="missing">— <small>{}</small></span>').format(why)
