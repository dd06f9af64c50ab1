"""What TikTok can be configured with."""

from __future__ import annotations

from pydantic import SecretStr

from crawler.config import PlatformConfig


class TikTokConfig(PlatformConfig):
    """Settings of TikTok: a Research API client, or a client access token had elsewhere."""

    api_url: str = "https://open.tiktokapis.com"
    web_url: str = "https://www.tiktok.com"
    client_key: str | None = None
    """Of the approved research client."""
    client_secret: SecretStr | None = None

    @property
    def has_credentials(self) -> bool:
        """Whether the official route can be tried at all."""
        return bool(self.tokens) or (bool(self.client_key) and self.client_secret is not None)


CONFIG = TikTokConfig
