"""What can be wrong with what is said about people and tokens."""

from __future__ import annotations


class AccessError(ValueError):
    """Something about a user or a token cannot be done; `field` is what it is about."""

    def __init__(self, field: str, text: str) -> None:
        self.field = field
        super().__init__(f"{field}: {text}")
