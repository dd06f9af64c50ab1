"""What a handle, an account's address and an id look like on a platform: the types of its rules."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Named:
    """What a handle or an address tells about an account."""

    handle: str = ""
    id: str = ""


AddressReader = Callable[[Sequence[str], str], Named | None]
"""From the segments of an address's path (at least one) and its query; None for other pages."""


def matching(pattern: str) -> Callable[[str], bool]:
    """Whether a whole handle matches a regular expression."""
    compiled = re.compile(pattern)
    return lambda handle: compiled.fullmatch(handle) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """How a platform names its accounts. `…_words` say in English what was expected."""

    hosts: tuple[str, ...]
    """Hosts of its public pages; their subdomains count too."""
    handle: Callable[[str], bool]
    handle_words: str
    id: re.Pattern[str]
    """The immutable id of an account."""
    id_words: str
    address: AddressReader
    address_words: str
    shortest: int = 1
    """Fewest characters of a handle that is given out today; older accounts may have fewer."""
    lower: bool = False
    """Whether the platform itself shows handles in lower case only."""
    pages: frozenset[str] = frozenset()
    """Pages of the platform itself, lower case: names that no account has."""
    subdomains: re.Pattern[str] = re.compile(r"www|m|mobile")
    """Subdomains that show accounts, as phones and regions have them; all others are the platform's
    own (help, business, developers …)."""
    at_sign: bool = False
    """Whether addresses of accounts have an @ ahead of the handle, so that a page of the platform
    may be called like an account."""
    older: tuple[str, ...] = ()
    """What stands ahead of a name in addresses from before there were handles. With it the name
    stands in the handle's place, until verification tells the handle."""
    ignores_periods: bool = False
    """Whether handles that differ in periods alone are the same."""
    by_handle_alone: bool = False
    """Whether the official API finds an account by its handle only, never by its id."""

    def same(self, handle: str) -> str:
        """What two spellings of one handle have in common."""
        folded = handle.casefold()
        return folded.replace(".", "") if self.ignores_periods else folded

    def owns(self, host: str) -> bool:
        """Whether a host (lower case) is one of the platform's."""
        return any(host == known or host.endswith(f".{known}") for known in self.hosts)

    def shows_accounts(self, host: str) -> bool:
        """Whether a host (lower case) of the platform shows accounts."""
        known = next((known for known in self.hosts if host.endswith(known)), host)
        below = host.removesuffix(known).rstrip(".")
        return not below or self.subdomains.fullmatch(below) is not None

    def is_older(self, handle: str) -> bool:
        """Whether this is a name from before there were handles, such as `user/NAME`."""
        return handle.startswith(self.older) if self.older else False
