"""Text of foreign origin (platforms, people's files) before it is shown. Pure.

Everything that reaches a terminal, a log, a page, a mail or a chat passes one of these functions:
no control characters (C0, C1), no bidirectional or zero-width ones, no halves of surrogate pairs,
and none of the code points that are no characters (XML, and so DOCX and XLSX, cannot hold them).
What merely looks like markup is left to the output, which must take the text literally.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
"""Letters and marks without a glyph; formatting characters are found by their category."""
_UNSHOWN = re.compile(r"[^\n\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u3001-\u3163\u4e00-\u9fff]")
_SPACES = frozenset({"Cc", "Zl", "Zp"})
_MENTIONS = str.maketrans({"@": "＠", "<": "＜", ">": "＞"})


def visible_line(text: str) -> str:
    """One line: controls and line ends are spaces, invisible characters are left out."""
    return visible_text(text).replace("\n", " ")


def visible_text(text: str) -> str:
    """As `visible_line`, but line ends stay."""
    if text.isascii() and text.isprintable():
        # Nearly all that is shown.
        return text
    return _UNSHOWN.sub(lambda match: _shown(match[0]), text.replace("\r\n", "\n"))


def visible_json(text: str) -> str:
    """JSON in which the same characters are escapes: the same values, nothing acts on a screen."""
    return _UNSHOWN.sub(lambda match: _escaped(match[0]), text)


def visible_values(value: object) -> object:
    """A value for JSON with every string in it as `visible_line` gives it."""
    if isinstance(value, str):
        return visible_line(value)
    if isinstance(value, Mapping):
        return {str(name): visible_values(inner) for name, inner in value.items()}
    return [visible_values(inner) for inner in value] if isinstance(value, list | tuple) else value


def without_mentions(text: str) -> str:
    """For chats: `@` and angle brackets become their full-width forms, which call nobody."""
    return text.translate(_MENTIONS)


def is_shown_whole(text: str) -> bool:
    """Whether nothing in a text would be left out or replaced; emoji sequences count as whole."""
    plain = text.replace("\u200d", "")
    return visible_text(plain) == plain


def _shown(sign: str) -> str:
    category = unicodedata.category(sign)
    if category == "Cs" or _is_no_character(sign):
        return "\ufffd"
    if category in _SPACES:
        return " "
    return "" if category == "Cf" or sign in _INVISIBLE else sign


def _is_no_character(sign: str) -> bool:
    code = ord(sign)
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF


def _escaped(sign: str) -> str:
    if _shown(sign) == sign:
        return sign
    units = sign.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
