"""What goes wrong with the servers."""

from __future__ import annotations

import errno
from pathlib import Path


class StackError(Exception):
    """A server cannot be had; the message says why and, where known, what to do about it."""


_REASONS = {
    errno.EACCES: "permission denied; choose a directory that you may write to",
    errno.EPERM: "permission denied; choose a directory that you may write to",
    errno.EROFS: "the file system is read-only; choose another directory",
    errno.ENOSPC: "the disk is full; make room or choose another directory",
    errno.EDQUOT: "the disk quota is used up; make room or choose another directory",
    errno.ENOTDIR: "a part of the path is a file; choose another directory",
    errno.EEXIST: "a file is in the way; choose another directory",
    errno.ELOOP: "it is a symbolic link, which is not followed; choose another directory",
    errno.ENAMETOOLONG: "the path is too long; choose a shorter one",
}


def cannot_use(path: Path, error: OSError) -> StackError:
    """The StackError that says in words why the system refused this path."""
    known = _REASONS.get(error.errno) if error.errno is not None else None
    reason = known or error.strerror or str(error)
    return StackError(f"{path} cannot be used: {reason}")
