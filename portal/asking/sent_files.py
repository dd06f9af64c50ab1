"""A file that came with a form."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from starlette.datastructures import UploadFile

from model.untrusted import visible_line
from portal.asking.asked import Asked
from portal.users.errors import AccessError

_LONGEST = 60
"""Letters: names of files have at most 255 bytes."""


@contextmanager
def sent_file(asked: Asked) -> Iterator[Path]:
    """The field `file` on the disk, under the name that it had with whoever sent it: by that name
    messages call it. Raises AccessError where none was sent."""
    file = asked.form.get("file")
    if not isinstance(file, UploadFile):
        raise AccessError("file", "expected a CSV or XLSX")
    with TemporaryDirectory() as folder:
        path = Path(folder) / file_called(file.filename)
        path.write_bytes(file.file.read())
        yield path


def file_called(given: str | None) -> str:
    """The name that a browser sent, without folders, on one line and not too long."""
    name = visible_line(given or "").replace("\\", "/").rpartition("/")[2].strip()[-_LONGEST:]
    return name if name.strip(".") else "file"
