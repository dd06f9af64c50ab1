"""All settings: environment `CITYREACH_…` (nested by `__`), `.env`, a secrets directory.

Unknown keys are errors. Secrets never show in `repr`, logs or messages.
"""

from __future__ import annotations

import os
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, create_model
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from pydantic_settings import SettingsError as UnreadableSetting

from cityreach import __version__
from cityreach.secrecy import hide
from crawler.config import PlatformConfig
from crawler.platforms import platform
from crawler.redaction import secrets_in
from model.period import DEFAULT_ZONE, Period
from model.platform import PLATFORMS, PlatformName
from portal.alerts.config import AlertSettings
from scheduler.plan_settings import PlanSettings

PREFIX = "CITYREACH_"
SECRETS_DIR = f"{PREFIX}SECRETS_DIR"


class SettingsError(ValueError):
    """A setting that is unknown or not as expected; the text names it."""


class BrowserSettings(BaseModel):
    """How public pages are opened."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    executable: str = ""
    """The browser to start; empty: chromium-headless-shell or chromium on PATH, else
    Playwright's own."""
    agent: str = ""
    """What it calls itself; empty: by its own name."""
    contexts: int = Field(default=4, ge=1, le=32)
    """Pages open at once."""
    context_pages: int = Field(default=25, ge=1)
    """A context is closed after so many pages."""
    visits: int = Field(default=150, ge=1)
    """The process that opens pages is started anew after so many visits,"""
    memory_mb: int = Field(default=1500, ge=200)
    """or when browser and driver use so much memory."""


class CrawlerSettings(BaseModel):
    """How the crawlers work."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lease_seconds: float = Field(default=120.0, gt=1)
    credit: int = Field(default=200, ge=1, le=2000)
    harvest_limit: int = Field(default=2000, ge=10)
    tries: int = Field(default=4, ge=1, le=20)
    first_delay: float = Field(default=0.5, ge=0)
    longest_wait: float = Field(default=30.0, ge=0)
    concurrency: int = Field(default=16, ge=1, le=256)
    browser: BrowserSettings = BrowserSettings()


class BaseAll(BaseSettings):
    """The settings that are no platform's."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
    )

    mongo_uri: SecretStr | None = None
    mongo_database: str = "cityreach"
    redis_uri: SecretStr | None = None
    data_dir: Path = Path("var")
    zone: str = DEFAULT_ZONE
    cutoff_days: float = Field(default=3.0, ge=0, le=60)
    contact: str = "https://github.com/cityreach/cityreach"
    """Goes into the user agent, so that a platform can reach whoever runs this."""
    clock_file: Path | None = None
    """Simulated time for demo and tests: a file that holds the instant."""
    log_level: str = "WARNING"
    method: str = "giu"
    evidence_for_top: bool = False
    """Whether the best posts of a month's ten first cities get their evidence by themselves, once
    the month is scored and again when its issue is frozen."""
    crawler: CrawlerSettings = CrawlerSettings()
    plan: PlanSettings = PlanSettings()
    alerts: AlertSettings = AlertSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Files of the secrets directory are named like the variables, `__` included."""
        files = NestedSecretsSettingsSource(file_secret_settings)
        return init_settings, env_settings, dotenv_settings, files

    def platform(self, name: PlatformName) -> PlatformConfig:
        """The section of one platform."""
        return cast(PlatformConfig, getattr(self, name))

    def period(self, name: str) -> Period:
        """The month `YYYY-MM` in the configured zone, with the configured cut-off.

        Raises SettingsError for what is no month.
        """
        try:
            return Period.month(name, self.zone, timedelta(days=self.cutoff_days))
        except ValueError as error:
            raise SettingsError(str(error)) from None

    @property
    def user_agent(self) -> str:
        """What the crawler calls itself."""
        return f"CityReach/{__version__} (+{self.contact})"


@cache
def settings_class() -> type[BaseAll]:
    """The settings with one section per registered platform."""
    sections: dict[str, Any] = {
        name: (platform(name).Config, platform(name).Config()) for name in PLATFORMS
    }
    return cast(type[BaseAll], create_model("Settings", __base__=BaseAll, **sections))


def load_settings(env_file: Path | None = Path(".env"), **values: Any) -> BaseAll:
    """Raises SettingsError naming every key that is unknown or not as expected."""
    secrets = os.environ.get(SECRETS_DIR)
    if secrets and not Path(secrets).is_dir():
        raise SettingsError(f"{SECRETS_DIR}: {secrets} is no directory")
    kind = settings_class()
    _refuse_unknown(set(kind.model_fields))
    try:
        settings = kind(_env_file=env_file, _secrets_dir=secrets, **values)
    except UnreadableSetting as error:
        expected = 'lists are written as JSON, for instance ["first","second"]'
        raise SettingsError(f"{PREFIX}…: {error}; {expected}") from None
    except ValidationError as error:
        raise SettingsError("\n".join(_problem(e) for e in error.errors())) from None
    hide(secrets_in(settings))
    return settings


def _refuse_unknown(known: set[str]) -> None:
    """pydantic-settings overlooks unknown variables of the environment."""
    for name in os.environ:
        key = name.removeprefix(PREFIX).split("__")[0].lower()
        if name.startswith(PREFIX) and name != SECRETS_DIR and key not in known:
            raise SettingsError(f"{name}: there is no such setting; known are {_names(known)}")


def _names(known: set[str]) -> str:
    return ", ".join(f"{PREFIX}{name.upper()}" for name in sorted(known))


def _problem(error: Any) -> str:
    """One line for one problem; never the value, which may be a secret."""
    name = PREFIX + "__".join(str(part).upper() for part in error["loc"])
    return f"{name}: {error['msg']}"
