"""Whether the file of settings, which holds tokens, is its owner's alone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from model.servers import Finding

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def env_file_findings(path: Path = Path(".env")) -> list[Finding]:
    """One finding where there is such a file, none where there is not."""
    try:
        status = path.stat()
    except OSError:
        return []
    name = f"{path}"
    if status.st_uid not in (os.geteuid(), 0):
        text = f"belongs to another user (uid {status.st_uid}), who can read and change the tokens"
        return [Finding(name, False, text, f"chown {os.geteuid()} {path}, and change the tokens")]
    if status.st_mode & _OTHERS:
        mode = stat.S_IMODE(status.st_mode)
        text = f"other users of this machine can read or change it (mode {mode:04o})"
        return [Finding(name, False, text, f"chmod 600 {path}; it holds the platforms' tokens")]
    return [Finding(name, True, "can be read by its owner alone")]
