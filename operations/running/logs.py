"""Logs of the parts: files that are cut over by size, as text or one JSON object a line."""

from __future__ import annotations

import errno
import json
import logging
import os
import stat
import sys
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path

from operations.settings import LogFormat, Settings

_BYTES, _FILES = 10_000_000, 5
"""Of one file, and how many older ones are kept."""


class _JsonLines(logging.Formatter):
    """One object a line: time (UTC), level, logger, message, and the traceback if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        line = {
            "at": at.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_text:
            line["traceback"] = record.exc_text
        return json.dumps(line, ensure_ascii=False)


def log_folder(settings: Settings) -> Path:
    """Where `up` has its parts write."""
    return settings.data_dir.resolve() / "log"


def log_of_part(settings: Settings, name: str) -> Path:
    """The file of a part of `up`; of a name such as `crawl x`."""
    return log_folder(settings) / f"{name.replace(' ', '-')}.log"


def log_to_file(settings: Settings, path: Path | None = None, *, shown: bool = True) -> None:
    """This process's log records go into the file (of the settings, if none is given) as well as,
    if `shown`, to standard error; nothing is changed where there is no file.

    A file that cannot be written is said once, and the process goes on.
    """
    path = path or settings.log_file
    if path is None:
        return
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _refuse_others(path)
        handler = RotatingFileHandler(path, maxBytes=_BYTES, backupCount=_FILES, encoding="utf-8")
    except OSError as error:
        logging.getLogger(__name__).warning("%s cannot be written: %s", path, error.strerror)
        return
    handler.setFormatter(_formatter(settings.log_format))
    root = logging.getLogger()
    root.addHandler(handler)
    if shown:
        visible = logging.StreamHandler(sys.stderr)
        visible.setLevel(logging.WARNING)
        root.addHandler(visible)


def _refuse_others(path: Path) -> None:
    """Raises OSError where another user made the file, its folder, or a link in the place of one:
    what is logged would be written wherever they wish.
    """
    for place in (path.parent, path):
        if os.path.lexists(place) and place.lstat().st_uid not in (os.geteuid(), 0):
            raise PermissionError(errno.EPERM, f"{place} belongs to another user", str(place))
    if stat.S_ISFIFO(path.stat().st_mode if path.exists() else 0):
        raise OSError(errno.EINVAL, "it is a pipe", str(path))


def _formatter(form: LogFormat) -> logging.Formatter:
    if form == "json":
        return _JsonLines()
    return logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
