"""How the portal is served."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class OidcSettings(BaseModel):
    """A provider of OpenID Connect that people may sign in with, e.g.
    `CITYREACH_PORTAL__OIDC__ISSUER=https://login.example.org/realms/team`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: str = Field(pattern=r"^(https://|http://(127\.0\.0\.1|localhost)[:/])[!-~]{1,300}$")
    """Its configuration stands below it at `/.well-known/openid-configuration`."""
    client_id: str = Field(min_length=1, max_length=200)
    client_secret: SecretStr
    claim: str = Field(default="preferred_username", pattern=r"^[a-z_]{1,60}$")
    """What of its word on a person is the name here; capitals do not matter."""
    label: str = Field(default="OpenID Connect", min_length=1, max_length=60)
    """On the button."""


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
    oidc: OidcSettings | None = None
    """Beside names and passwords (extra `oidc`). Who may read what is decided here all the same:
    only people that an admin has added may sign in."""
    assistant_token: SecretStr | None = None
    """With which `cityreach mcp` asks the portal; its rights are the assistant's."""
    metrics_token: SecretStr | None = None
    """Opens /metrics to whoever sends it as a bearer token; without one, to this machine alone."""
