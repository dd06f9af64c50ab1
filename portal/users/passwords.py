"""Passwords: made, checked, kept as Argon2id hashes."""

from __future__ import annotations

import secrets
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from portal.users.errors import AccessError

SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 200
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that look alike in print."""
# OWASP's second profile: 19 MiB, two passes. A few hashes at once keep within the memory.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_AT_ONCE = BoundedSemaphore(2)
_NOBODYS = _HASHER.hash(secrets.token_urlsafe(16))


def one_time_password() -> str:
    """Sixteen letters in four groups: 79 bits."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
    return "-".join(groups)


def hashed_password(password: str) -> str:
    """As it is stored. Raises AccessError for one that is too short or too long."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        expected = f"expected {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters"
        raise AccessError("password", expected)
    with _AT_ONCE:
        return _HASHER.hash(password)


def is_password(stored: str | None, given: str) -> bool:
    """Whether it is this one. Without a stored one it takes as long, and is not."""
    with _AT_ONCE:
        try:
            _HASHER.verify(stored or _NOBODYS, given[:LONGEST_PASSWORD])
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None
