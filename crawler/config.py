"""What every platform can be configured with; each platform's folder adds its own keys."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class PlatformConfig(BaseModel):
    """Settings of one platform, read from the environment by the front door."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = True
    route: str = Field(default="auto", pattern="^(auto|api|web)$")
    api_url: str = ""
    """Scheme and host of the official API; the sandbox is reached by setting it."""
    web_url: str = ""
    """Scheme and host of the public pages."""
    tokens: tuple[SecretStr, ...] = ()
    """Credentials of the official API, used in turn."""
    daily_budget: int | None = None
    """Most units a day; None: the platform's own limit alone."""
    concurrency: int = Field(default=8, ge=1, le=64)
    timeout: float = Field(default=30.0, gt=0)

    @property
    def has_credentials(self) -> bool:
        """Whether the official route can be tried at all."""
        return bool(self.tokens)
