"""Where alerts go. Addresses and secrets of channels are secrets: whoever has them can post."""

from __future__ import annotations

from datetime import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from model.network.proxies import Proxies, ProxyUrl, proxies_of

Language = Literal["en", "zh"]
ChannelName = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,40}$")]


class ChannelKind(StrEnum):
    """The forms in which messages leave."""

    WEBHOOK = "webhook"
    FEISHU = "feishu"
    DINGTALK = "dingtalk"
    WECOM = "wecom"
    SLACK = "slack"
    MAIL = "mail"


class Severity(StrEnum):
    """How much it matters."""

    WARNING = "warning"
    CRITICAL = "critical"


class ChannelConfig(BaseModel):
    """One channel, e.g. `CITYREACH_ALERTS__CHANNELS__TEAM__KIND=feishu`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: ChannelKind
    url: SecretStr | None = None
    """Of a webhook; in most of them the address itself lets anybody post."""
    secret: SecretStr | None = None
    """Signs what is sent to a webhook, Feishu or DingTalk."""
    host: str = ""
    port: int = Field(default=587, ge=1, le=65_535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    """`none` only for a mail server on this machine."""
    user: str = ""
    password: SecretStr | None = None
    sender: str = ""
    to: tuple[str, ...] = ()
    severity: Severity = Severity.WARNING
    """The least that is sent here."""
    language: Language = "en"
    timeout: float = Field(default=10.0, gt=0)
    proxy: ProxyUrl | None = None
    """In place of that of the alerts."""
    no_proxy: str = ""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.kind is ChannelKind.MAIL:
            if not (self.host and self.sender and self.to):
                raise ValueError("a mail channel needs host, sender and to")
        elif self.url is None:
            raise ValueError(f"a {self.kind.value} channel needs url")
        if self.kind is ChannelKind.WEBHOOK and self.secret is None:
            raise ValueError("a webhook channel needs secret: what it gets is signed with it")
        return self

    @property
    def proxies(self) -> Proxies | None:
        """How its address is reached; None: by the environment's proxy, if it names one."""
        return proxies_of(self.proxy, self.no_proxy) if self.proxy is not None else None

    def wants(self, severity: Severity) -> bool:
        """Whether a problem of that severity is sent here."""
        return severity is Severity.CRITICAL or self.severity is Severity.WARNING


class AlertSettings(BaseModel):
    """Rules and channels."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: Path | None = None
    """A file of rules in place of the shipped one."""
    channels: dict[ChannelName, ChannelConfig] = {}
    repeat_hours: float = Field(default=24.0, gt=0)
    """A problem that lasts is told again after so long,"""
    worse_times: float = Field(default=4.0, gt=1)
    """or when so many times as much is concerned."""
    settle: int = Field(default=2, ge=1)
    """It is over when it was not found so many times in a row."""
    every_minutes: int = Field(default=5, ge=1)
    morning: time | None = time(8, 30)
    """When the channels are told once a day that all is well, or what is not; none: never."""
    proxy: ProxyUrl | None = None
    """By which proxy messages and pings leave, in place of `CITYREACH_PROXY`; `none`: directly.
    Mail does not go by it."""
    no_proxy: str = ""
    ping_url: SecretStr | None = None
    """Asked after each look at everything that was whole: who watches it learns of its absence."""

    @property
    def proxies(self) -> Proxies | None:
        """How pings leave; None: by the environment's proxy, if it names one."""
        return proxies_of(self.proxy, self.no_proxy) if self.proxy is not None else None
