"""Reads all settings: environment `CITYREACH_…` (nested by `__`), `.env`, a secrets directory.

Unknown keys are errors. Secrets never show in `repr`, logs or messages.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError, create_model
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from pydantic_settings import SettingsError as UnreadableSetting

from cityreach.secrecy import hide
from crawler.platforms import platform
from crawler.redaction import secrets_in
from model.platform import PLATFORMS
from operations.errors import UsageError
from operations.settings import Settings
from scheduler.plan_settings import PLAN_SETTINGS

PREFIX = "CITYREACH_"
SECRETS_DIR = f"{PREFIX}SECRETS_DIR"


class SettingsError(UsageError):
    """A setting that is unknown or not as expected; the text names it."""


class _Environment(Settings, BaseSettings):
    """The settings as they are read, before the platforms' sections are added."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
    )

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


@cache
def settings_class() -> type[_Environment]:
    """The settings with one section per registered platform."""
    sections: dict[str, Any] = {
        name: (platform(name).Config, platform(name).Config()) for name in PLATFORMS
    }
    sections["plan"] = (PLAN_SETTINGS, PLAN_SETTINGS())
    return cast(type[_Environment], create_model("Settings", __base__=_Environment, **sections))


def load_settings(env_file: Path | None = Path(".env"), **values: Any) -> Settings:
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
