"""Names inside a data directory, and whether it can be trusted."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from embedded.errors import StackError, cannot_use

LOCK = "lock"
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def home_of(data_dir: Path) -> Path:
    """Where the servers keep their data: one folder of the data directory, for its owner alone."""
    return data_dir.resolve() / "servers"


def make_home(home: Path) -> None:
    """Makes the folder where it is missing, and makes it its owner's alone.

    A data directory that is made here is its owner's alone as well. Raises StackError where another
    user of the machine owns, may have filled, or could replace what the servers are to use.
    """
    try:
        if not home.parent.exists():
            home.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        require_trusted(home)
        home.mkdir(mode=0o700, exist_ok=True)
        _make_private(home)
    except OSError as error:
        raise cannot_use(home, error) from error


def require_trusted(home: Path) -> None:
    """Raises StackError for a data directory, or servers in it, that another user controls."""
    data_dir = home.parent
    if data_dir.exists():
        status = data_dir.stat()
        sticky = status.st_mode & stat.S_ISVTX
        _require_owner(data_dir, status, allowed=(os.geteuid(), 0))
        if status.st_mode & _OTHERS_WRITE and not sticky:
            raise _writable(data_dir)
    if home.is_symlink():
        raise StackError(
            f"{home} is a symbolic link, which is not followed: remove it, or set "
            "CITYREACH_DATA_DIR to where it leads"
        )
    if home.exists():
        status = home.stat(follow_symlinks=False)
        _require_owner(home, status, allowed=(os.geteuid(),))
        if status.st_mode & _OTHERS_WRITE:
            raise _writable(home)


def _require_owner(path: Path, status: os.stat_result, allowed: tuple[int, ...]) -> None:
    if status.st_uid not in allowed:
        raise StackError(
            f"{path} belongs to another user (uid {status.st_uid}): choose another data "
            f"directory, or make it yours (chown {os.geteuid()} {path})"
        )


def _writable(path: Path) -> StackError:
    return StackError(
        f"other users of this machine may write to {path}: choose another data directory, or, if "
        f"you trust what is in it, close it to them (chmod go-w {path})"
    )


def _make_private(home: Path) -> None:
    """By descriptor, so that what was checked is what is changed."""
    descriptor = os.open(home, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        os.fchmod(descriptor, 0o700)
    finally:
        os.close(descriptor)
