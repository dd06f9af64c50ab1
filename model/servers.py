"""Addresses of the two servers, with and without their passwords."""

from __future__ import annotations

import re
from dataclasses import dataclass

_USER_INFO = re.compile(r"(?<=://)([^:/?]*):(.*)@", re.DOTALL)
"""Up to the last @, as a password may hold any sign that somebody forgot to escape."""
_PASSWORD_OPTION = re.compile(r"(?i)((?:^|[?&;])[a-z_]*password=)[^&;]*")


def masked(uri: str) -> str:
    """The URI as it may be shown: its password replaced by `***`."""
    return _PASSWORD_OPTION.sub(r"\1***", _USER_INFO.sub(r"\1:***@", uri))


def password_in(uri: str) -> str:
    """The password as it stands in the URI; empty where there is none."""
    found = _USER_INFO.search(uri)
    return found[2] if found else ""


def passwords_of_options(uri: str) -> list[str]:
    """The passwords in the URI's options, as they stand there."""
    return [found[0].partition("=")[2] for found in _PASSWORD_OPTION.finditer(uri)]


@dataclass(frozen=True, slots=True, repr=False)
class Servers:
    """URIs of MongoDB and Redis; empty where there is none. `repr` holds no password."""

    mongo_uri: str = ""
    redis_uri: str = ""

    def __repr__(self) -> str:
        return (
            f"Servers(mongo_uri={masked(self.mongo_uri)!r}, redis_uri={masked(self.redis_uri)!r})"
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    ok: bool
    text: str
    remedy: str = ""
    """What to do; empty where all is well."""
