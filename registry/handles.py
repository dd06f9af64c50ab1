"""Handles and ids as people write them, and as the platforms know them.

Lengths and characters follow the platforms' own help pages on user names, with the exceptions that
their older accounts show.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from model.platform import PlatformName

_SHORTENED = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d+")
_DECIMAL = re.compile(r"\d+[.,]0+")
_AS_TEXT = re.compile(r"=\"(.*)\"|'(.*)")
_PAGE_SLUG = re.compile(r"(?:.*-)?([0-9]{8,20})")


class HandleError(ValueError):
    """Not a handle, address or id of this platform; the text says what was expected."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a handle or an address tells about an account."""

    handle: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class _Rules:
    hosts: tuple[str, ...]
    handle: Callable[[str], bool]
    handle_words: str
    id: re.Pattern[str]
    id_words: str
    address: Callable[[list[str], SplitResult], Named | None]
    address_words: str
    shortest: int = 1
    lower: bool = False
    """Whether the platform itself shows handles in lower case only."""


def read_handle(platform: PlatformName, text: str, *, id_known: bool = False) -> Named:
    """Normalises `name`, `@name` or the address of an account. Raises HandleError.

    With its id, an account may have a handle shorter than what the platform gives out today.
    """
    rules = _RULES[platform]
    named = _from_address(platform, rules, text) if _is_address(text) else _bare(rules, text)
    handle = named.handle.lower() if rules.lower else named.handle
    too_short = len(handle) < rules.shortest and not id_known
    if handle and (too_short or not rules.handle(handle)):
        raise HandleError(rules.handle_words)
    if named.id and not rules.id.fullmatch(named.id):
        raise HandleError(rules.id_words)
    return Named(handle, named.id)


def read_id(platform: PlatformName, text: str) -> str:
    """Normalises an immutable id, which is text even where it is digits. Raises HandleError."""
    found = _AS_TEXT.fullmatch(text)
    if found:
        text = found[1] or found[2] or ""
    if _SHORTENED.fullmatch(text):
        raise HandleError(
            "every digit of the id: a spreadsheet has shortened it and the last digits are lost; "
            "format the column as text and fill it again, or leave it empty"
        )
    if _DECIMAL.fullmatch(text):
        raise HandleError("the id without a decimal part: some program has taken it for a number")
    rules = _RULES[platform]
    if not rules.id.fullmatch(text):
        raise HandleError(rules.id_words)
    return text


def folded(platform: PlatformName, handle: str) -> str:
    """What two spellings of one handle have in common; Facebook overlooks periods as well."""
    lower = handle.casefold()
    return lower.replace(".", "") if platform == "facebook" else lower


def _bare(rules: _Rules, text: str) -> Named:
    name = text.lstrip("@＠")
    # An id in this column is clear enough, unless it is digits where handles may be digits too.
    if rules.id.fullmatch(name) and not (name.isdigit() and rules.handle(name)):
        return Named(id=name)
    return Named(handle=name)


def _is_address(text: str) -> bool:
    return "/" in text or "://" in text or text.lower().startswith("www.")


def _from_address(platform: PlatformName, rules: _Rules, text: str) -> Named:
    try:
        address = urlsplit(text if "://" in text else f"https://{text}")
        host = (address.hostname or "").lower()
    except ValueError as error:
        raise HandleError(rules.address_words) from error
    owner = _platform_of(host)
    if owner != platform:
        is_of = f"; {host} is {owner}" if owner else ""
        raise HandleError(f"{rules.address_words}{is_of}")
    segments = [unquote(part) for part in address.path.split("/") if part]
    named = rules.address(segments, address) if segments else None
    if named is None:
        raise HandleError(rules.address_words)
    return named


def _platform_of(host: str) -> PlatformName | None:
    for name, rules in _RULES.items():
        if any(host == known or host.endswith(f".{known}") for known in rules.hosts):
            return name
    return None


def _x_address(segments: list[str], _: SplitResult) -> Named | None:
    if segments[:2] == ["i", "user"] and len(segments) == 3:
        return Named(id=segments[2])
    if segments[0].lower() in _X_PAGES:
        return None
    return Named(handle=segments[0].lstrip("@"))


def _facebook_address(segments: list[str], address: SplitResult) -> Named | None:
    first = segments[0].lower()
    if first == "profile.php":
        ids = parse_qs(address.query).get("id", [])
        return Named(id=ids[0]) if ids else None
    if first in ("people", "pages", "p", "pg"):
        slug = _PAGE_SLUG.fullmatch(segments[-1])
        if slug:
            return Named(id=slug[1])
        return Named(handle=segments[1]) if first == "pg" and len(segments) > 1 else None
    if first in _FACEBOOK_PAGES:
        return None
    slug = _PAGE_SLUG.fullmatch(segments[0])
    return Named(id=slug[1]) if slug else Named(handle=segments[0])


def _instagram_address(segments: list[str], _: SplitResult) -> Named | None:
    return None if segments[0].lower() in _INSTAGRAM_PAGES else Named(handle=segments[0])


def _youtube_address(segments: list[str], _: SplitResult) -> Named | None:
    if segments[0].startswith("@"):
        return Named(handle=segments[0][1:])
    if segments[0].lower() == "channel" and len(segments) > 1:
        return Named(id=segments[1])
    return None


def _tiktok_address(segments: list[str], _: SplitResult) -> Named | None:
    return Named(handle=segments[0][1:]) if segments[0].startswith("@") else None


def _matching(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda handle: compiled.fullmatch(handle) is not None


def _is_youtube_handle(handle: str) -> bool:
    """Letters of many scripts are allowed; those of some need fewer than the usual three."""
    least = 3 if handle.isascii() else 1
    return least <= len(handle) <= 30 and all(
        sign in "_-.·" or unicodedata.category(sign)[0] in "LMN" for sign in handle
    )


_X_PAGES = frozenset(
    {
        "compose",
        "explore",
        "hashtag",
        "home",
        "i",
        "intent",
        "login",
        "messages",
        "notifications",
        "search",
        "settings",
        "share",
    }
)
_FACEBOOK_PAGES = frozenset(
    {
        "events",
        "groups",
        "hashtag",
        "login.php",
        "photo",
        "photo.php",
        "reel",
        "share",
        "sharer",
        "sharer.php",
        "story.php",
        "watch",
    }
)
_INSTAGRAM_PAGES = frozenset(
    {"accounts", "explore", "p", "reel", "reels", "share", "stories", "tv"}
)

_RULES: dict[PlatformName, _Rules] = {
    "facebook": _Rules(
        hosts=("facebook.com", "fb.com"),
        handle=_matching(r"(?=.*[A-Za-z])[A-Za-z0-9.]{2,50}"),
        handle_words="a page name of 5 to 50 letters, digits or periods (shorter: with its id)",
        shortest=5,
        id=re.compile(r"[1-9][0-9]{4,19}"),
        id_words="a page id of digits",
        address=_facebook_address,
        address_words="the address of a page, such as facebook.com/NAME",
    ),
    "x": _Rules(
        hosts=("x.com", "twitter.com"),
        handle=_matching(r"[A-Za-z0-9_]{1,15}"),
        handle_words="a name of at most 15 letters, digits or underscores",
        id=re.compile(r"[1-9][0-9]{0,18}"),
        id_words="a user id of at most 19 digits",
        address=_x_address,
        address_words="the address of an account, such as x.com/NAME",
    ),
    "instagram": _Rules(
        hosts=("instagram.com",),
        handle=_matching(r"(?!\.)(?!.*\.\.)[a-z0-9._]{1,30}(?<!\.)"),
        handle_words="a name of at most 30 letters, digits, underscores or single periods inside",
        id=re.compile(r"[1-9][0-9]{0,19}"),
        id_words="a user id of digits",
        address=_instagram_address,
        address_words="the address of an account, such as instagram.com/NAME",
        lower=True,
    ),
    "youtube": _Rules(
        hosts=("youtube.com", "youtu.be"),
        handle=_is_youtube_handle,
        handle_words="a handle of 3 to 30 letters, digits, underscores, hyphens or periods",
        id=re.compile(r"UC[A-Za-z0-9_-]{22}"),
        id_words="a channel id: UC and 22 letters, digits, hyphens or underscores",
        address=_youtube_address,
        address_words="the address of a channel: youtube.com/@HANDLE or youtube.com/channel/UC…",
    ),
    "tiktok": _Rules(
        hosts=("tiktok.com",),
        handle=_matching(r"[a-z0-9._]{2,30}(?<!\.)"),
        handle_words="a name of 2 to 30 letters, digits, underscores or periods (none at the end)",
        id=re.compile(r"[1-9][0-9]{4,19}"),
        id_words="a user id of digits",
        address=_tiktok_address,
        address_words="the address of an account, such as tiktok.com/@NAME",
        lower=True,
    ),
}
