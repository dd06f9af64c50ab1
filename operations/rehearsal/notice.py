"""A file in the data directory by which commands in other shells find a rehearsal: its servers'
directory, database, clock, plan, and the sandbox in the place of the platforms."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from model.platforms import FACTS

FILE = "rehearsal.json"
_PREFIX = "CITYREACH_"
_CREDENTIALS = {
    "tokens": '["sandbox-token"]',
    "client_key": "sandbox-key",
    "client_secret": "sandbox-token-secret",
}
"""By the key of a platform's settings. The sandbox takes any, so none is written into the file."""


class RehearsalNotice(msgspec.Struct, frozen=True, kw_only=True):
    """What is rehearsed, and the settings that lead to it."""

    what: str
    """`demo` or `try`, and the world, for people."""
    settings: dict[str, str]
    """As in the environment: `CITYREACH_…`."""
    env_file: bool = False
    """Whether `.env` counts as well."""

    @property
    def data_dir(self) -> Path:
        """The rehearsal's own data directory."""
        return Path(self.settings[f"{_PREFIX}DATA_DIR"])


@contextmanager
def posted(folders: Iterable[Path], notice: RehearsalNotice) -> Iterator[None]:
    """The file stands in these folders, and is locked, for as long as this process lives.

    A folder in which another rehearsal has posted one is left as it is.
    """
    held = [one for folder in folders if (one := _post(folder / FILE, notice)) is not None]
    try:
        yield
    finally:
        for descriptor, path in held:
            path.unlink(missing_ok=True)
            os.close(descriptor)


def _post(path: Path, notice: RehearsalNotice) -> tuple[int, Path] | None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, msgspec.json.encode(_without_credentials(notice)), 0)
    return descriptor, path


def live_notice(folder: Path) -> RehearsalNotice | None:
    """What a living process has posted in a folder; None where it has ended, or nobody has."""
    try:
        descriptor = os.open(folder / FILE, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return _read(descriptor)
    finally:
        os.close(descriptor)
    return None


def _without_credentials(notice: RehearsalNotice) -> RehearsalNotice:
    kept = {
        name: value
        for name, value in notice.settings.items()
        if name.lower().rpartition("__")[2] not in _CREDENTIALS
    }
    return msgspec.structs.replace(notice, settings=kept)


def _with_credentials(notice: RehearsalNotice) -> RehearsalNotice:
    any_ = {
        f"{_PREFIX}{name.upper()}__{key.upper()}": _CREDENTIALS[key]
        for name, facts in FACTS.items()
        for key in facts.need.keys
        if key in _CREDENTIALS
    }
    return msgspec.structs.replace(notice, settings={**any_, **notice.settings})


def _read(descriptor: int) -> RehearsalNotice | None:
    size = os.fstat(descriptor).st_size
    try:
        notice = msgspec.json.decode(os.pread(descriptor, size, 0), type=RehearsalNotice)
    except msgspec.DecodeError:
        return None
    return _with_credentials(notice)


def nested(variables: Mapping[str, str]) -> dict[str, Any]:
    """Variables `CITYREACH_X__TOKENS` as sections: `{"x": {"tokens": …}}`."""
    found: dict[str, Any] = {}
    for name, text in variables.items():
        *sections, key = name.removeprefix(_PREFIX).lower().split("__")
        place = found
        for section in sections:
            place = place.setdefault(section, {})
        place[key] = json.loads(text) if text.startswith(("[", "{")) else text
    return found
