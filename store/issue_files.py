"""Published issues as files: made once, and the same bytes from then on."""

from __future__ import annotations

from gridfs import GridFS
from gridfs.errors import NoFile

from store.database import Store

ISSUE_FILES = "issue_files"
"""The bucket; a file's id is the digest of its issue."""


def kept_issue_file(db: Store, digest: str) -> bytes | None:
    """The file of an issue; None while it was never asked for."""
    try:
        return GridFS(db, ISSUE_FILES).get(digest).read()
    except NoFile:
        return None


def keep_issue_file(db: Store, digest: str, data: bytes) -> None:
    """Keeps the file of an issue; what is kept already stays."""
    bucket = GridFS(db, ISSUE_FILES)
    if not bucket.exists(digest):
        bucket.put(data, _id=digest, filename=f"{digest}.zip")
