"""How the portal is served."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class PortalSettings(BaseModel):
    """E.g. `CITYREACH_PORTAL__PORT=8950`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = True
    """Whether `cityreach up` starts it."""
    host: str = "127.0.0.1"
    """The address it listens on; another than the loopback only behind TLS."""
    port: int = Field(default=8950, ge=0, le=65_535)
    """0 picks a free one."""
    secure: bool = False
    """Whether readers come by HTTPS: cookies are sent over it alone."""
    language: Literal["zh", "en"] = "zh"
    """For readers whose browser asks for neither."""
    public_url: str = Field(default="", pattern=r"^(https?://[A-Za-z0-9._:/~-]{1,200})?$")
    """Where readers find it, e.g. `https://cityreach.example`; links in mails begin with it."""
    session_hours: float = Field(default=12.0, gt=0, le=720)
    """A session ends so long after it was last used."""
    metrics_token: SecretStr | None = None
    """Opens /metrics to whoever sends it as a bearer token; without one, to this machine alone."""
