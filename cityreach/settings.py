"""Reads all settings: environment `CITYREACH_…` (nested by `__`), `.env`, a secrets directory.

Unknown keys are errors. Secrets never show in `repr`, logs or messages.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError, create_model
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from pydantic_settings import SettingsError as UnreadableSetting

from cityreach.secrecy import hide
from crawler.platforms import config_class
from crawler.redaction import secrets_in
from embedded import running_servers
from model.platform import PLATFORMS
from operations.configuration.keys import (
    SECRETS_DIR,
    SETTING_PREFIX,
    SettingsError,
    given_keys,
    problem_line,
    refuse_unknown,
    unreadable_keys,
)
from operations.rehearsal.notice import RehearsalNotice, live_notice, nested
from operations.settings import Settings
from scheduler.plan_settings import PLAN_SETTINGS


class _OwnKeys(DotEnvSettingsSource):
    """The file of settings may be shared with other programs: their keys are left alone."""

    def _read_env_files(self) -> Mapping[str, str | None]:
        values = super()._read_env_files()
        return {
            key: value for key, value in values.items() if key.upper().startswith(SETTING_PREFIX)
        }


class _Environment(Settings, BaseSettings):
    """The settings as they are read, before the platforms' sections are added."""

    model_config = SettingsConfigDict(
        env_prefix=SETTING_PREFIX,
        env_file_encoding="utf-8-sig",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Files of the secrets directory are named like the variables, `__` included."""
        files = NestedSecretsSettingsSource(file_secret_settings)
        own = _OwnKeys(settings_cls, env_file=getattr(dotenv_settings, "env_file", None))
        return init_settings, env_settings, own, files


@cache
def settings_class() -> type[_Environment]:
    """The settings with one section per registered platform."""
    sections: dict[str, Any] = {
        name: (config_class(name), config_class(name)()) for name in PLATFORMS
    }
    sections["plan"] = (PLAN_SETTINGS, PLAN_SETTINGS())
    return cast(type[_Environment], create_model("Settings", __base__=_Environment, **sections))


def command_settings() -> Settings:
    """The settings of a command: those of `.env` and the environment, or of the rehearsal that a
    living `demo --keep` or `try` has posted in the data directory.

    In the rehearsal's own directory the environment comes first. In the directory that it lies
    below, the rehearsal does, unless a real collection runs there or has servers of its own.
    """
    plain = load_settings()
    notice = live_notice(plain.data_dir)
    if notice is None:
        return plain
    if notice.data_dir.resolve() == plain.data_dir.resolve():
        known = {name.upper() for name in os.environ}
        given = {k: v for k, v in notice.settings.items() if k not in known}
        return load_settings(_env_file(notice), **nested(given))
    if plain.mongo_uri or plain.redis_uri or running_servers(plain.data_dir):
        return plain
    return load_settings(_env_file(notice), **nested(notice.settings), rehearsal=notice.what)


def _env_file(notice: RehearsalNotice) -> Path | None:
    return Path(".env") if notice.env_file else None


def load_settings(env_file: Path | None = Path(".env"), **values: Any) -> Settings:
    """Raises SettingsError naming every key that is unknown or not as expected."""
    secrets = os.environ.get(SECRETS_DIR)
    if secrets and not Path(secrets).is_dir():
        raise SettingsError(f"{SECRETS_DIR}: {secrets} is no directory")
    kind = settings_class()
    given = given_keys(os.environ, env_file)
    refuse_unknown(kind, given)
    try:
        settings = kind(_env_file=env_file, _secrets_dir=secrets, **values)
    except UnreadableSetting as error:
        raise SettingsError(unreadable_keys(kind, given, error)) from None
    except ValidationError as error:
        raise SettingsError(
            "\n".join(problem_line(kind, given, one) for one in error.errors())
        ) from None
    hide(secrets_in(settings))
    return settings.with_proxies()
