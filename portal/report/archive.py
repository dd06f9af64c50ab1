"""Zip files with the same bytes each time: fixed times, rights and order."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

_TIME = (1980, 1, 1, 0, 0, 0)
_RIGHTS = 0o644 << 16


def zipped(files: Mapping[str, bytes], *, compressed: bool = True) -> bytes:
    """The files in the order given; uncompressed they are the same bytes on every machine."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compresslevel=6) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, _TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
            entry.create_system = 3
            entry.external_attr = _RIGHTS
            archive.writestr(entry, data)
    return out.getvalue()


def rezipped(data: bytes) -> bytes:
    """A zip file (DOCX and XLSX are such) without the times at which its parts were written."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return zipped({name: archive.read(name) for name in archive.namelist()})
