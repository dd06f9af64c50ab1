"""Who is watched."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from model.platform import PlatformName


class City(msgspec.Struct, frozen=True, kw_only=True):
    """A city of the registry."""

    id: str
    name_zh: str
    name_en: str
    province_zh: str
    province_en: str
    region: str
    size_class: str
    gb2260: str


class AccountClass(StrEnum):
    """What an official account speaks for."""

    MAIN = "main"
    TOURISM = "tourism"
    MEDIA = "media"
    OTHER = "other"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An official account of a city. `id` is empty until it was verified."""

    platform: PlatformName
    id: str
    handle: str
    city: str
    name: str = ""
    account_class: AccountClass = AccountClass.MAIN
    primary: bool = True
    verified_at: datetime | None = None
    source: str = ""
    note: str = ""

    @property
    def key(self) -> str:
        """`platform:immutable id`, or `platform:@handle` while the id is not known."""
        return (
            f"{self.platform}:{self.id}" if self.id else f"{self.platform}:@{self.handle.lower()}"
        )
