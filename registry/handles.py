"""Handles, addresses and ids as people write them, read by the rules of each platform."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, unquote, urlsplit

from model.handles import Named, Naming
from model.platform import PlatformName
from model.platforms import FACTS

_SHORTENED = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d+")
_DECIMAL = re.compile(r"\d+[.,]0+")
_ROUNDED = re.compile(r"[0-9]{15}0{3,}|(?=[0-9]{16,}$)[0-9]+0{6}")
_ONWARD = ("next", "u", "continue", "q", "redirect_after_login", "redirect_url")
"""Keys of queries under which pages to log in or to leave by name where they lead on to."""
_AS_TEXT = re.compile(r"=\"(.*)\"|'(.*)")


class HandleError(ValueError):
    """Not a handle, address or id of this platform; the text says what was expected."""


def read_handle(platform: PlatformName, text: str, *, id_known: bool = False) -> Named:
    """Normalises `name`, `@name` or the address of an account. Raises HandleError.

    With its id, an account may have a handle shorter than what the platform gives out today.
    """
    rules = FACTS[platform].naming
    if _is_address(text) and not rules.is_older(text):
        named = _from_address(platform, rules, text)
    else:
        named = _bare(rules, text)
    handle = named.handle.lower() if rules.lower else named.handle
    too_short = len(handle) < rules.shortest and not id_known
    if handle and (too_short or not rules.handle(handle)):
        raise HandleError(rules.handle_words)
    if handle.lower() in rules.pages and not (rules.at_sign and "@" in text):
        raise HandleError(f"{rules.handle_words}; {handle} is a page of {platform} itself")
    if named.id and not rules.id.fullmatch(named.id):
        raise HandleError(rules.id_words)
    return Named(handle, named.id)


def is_rounded(id_: str) -> bool:
    """Whether an id looks like a number of which a spreadsheet has kept 15 digits."""
    return _ROUNDED.fullmatch(id_) is not None


def read_id(platform: PlatformName, text: str) -> str:
    """Normalises an immutable id, which is text even where it is digits. Raises HandleError."""
    as_text = _AS_TEXT.fullmatch(text)
    if as_text:
        text = as_text[1] or as_text[2] or ""
    if _SHORTENED.fullmatch(text):
        raise HandleError(
            "every digit of the id: a spreadsheet has shortened it and the last digits are lost; "
            "format the column as text and fill it again, or leave it empty"
        )
    if not as_text and is_rounded(text):
        raise HandleError(
            "every digit of the id: a spreadsheet keeps 15 and fills up with zeros; format the "
            "column as text and fill it again (an id that does end so is written with ' in front)"
        )
    if _DECIMAL.fullmatch(text):
        raise HandleError("the id without a decimal part: some program has taken it for a number")
    rules = FACTS[platform].naming
    if not rules.id.fullmatch(text):
        raise HandleError(rules.id_words)
    return text


def _bare(rules: Naming, text: str) -> Named:
    name = text.lstrip("@＠")
    # An id in this column is clear enough, unless it is digits where handles may be digits too.
    if rules.id.fullmatch(name) and not (name.isdigit() and rules.handle(name)):
        return Named(id=name)
    return Named(handle=name)


def _is_address(text: str) -> bool:
    return "/" in text or "://" in text or text.lower().startswith("www.")


def _from_address(
    platform: PlatformName, rules: Naming, text: str, *, inner: bool = False
) -> Named:
    """Pages to log in or to leave by name the page that is meant: that one is read."""
    try:
        address = urlsplit(text if "://" in text else f"https://{text}")
        host = (address.hostname or "").lower()
    except ValueError as error:
        raise HandleError(rules.address_words) from error
    owner = next((name for name, facts in FACTS.items() if facts.naming.owns(host)), None)
    if owner != platform:
        is_of = f"; {host} is {owner}" if owner else ""
        raise HandleError(f"{rules.address_words}{is_of}")
    segments = [unquote(part) for part in address.path.split("/") if part]
    shown = bool(segments) and rules.shows_accounts(host)
    named = rules.address(segments, address.query) if shown else None
    if named is None:
        leads_to = _leads_to(address.query)
        own = not shown or segments[0].lower() in rules.pages
        if inner or not leads_to or not own:
            raise HandleError(rules.address_words)
        target = f"{host}{leads_to}" if leads_to.startswith("/") else leads_to
        return _from_address(platform, rules, target, inner=True)
    return named


def _leads_to(query: str) -> str:
    """The address in a query that a page leads on to; empty where there is none."""
    values = parse_qs(query)
    return next((values[key][0] for key in _ONWARD if key in values), "")
