"""What people are to the portal."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """A person has one."""

    ANALYST = "analyst"
    OPERATOR = "operator"
    ADMIN = "admin"


class TokenScope(StrEnum):
    """What a token may be used for; it never gives more than its owner has."""

    READ = "read"
    """Everything that its owner may read over the API."""
    PUBLISHED = "published"
    """Published numbers alone."""
