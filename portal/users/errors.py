"""What can be wrong with what somebody asks for or says about people and tokens."""

from __future__ import annotations

from collections.abc import Iterable


class AccessError(ValueError):
    """What was given cannot be taken; `field` is what it is about, `near` what may have been meant.

    `values` are put into `message`, the sentence as catalogues have it, to give `text`.
    """

    def __init__(
        self, field: str, message: str, *, near: Iterable[str] = (), **values: object
    ) -> None:
        self.field, self.message, self.values, self.near = field, message, values, tuple(near)
        self.text = message.format(**values) if values else message
        super().__init__(f"{field}: {self.text}")
