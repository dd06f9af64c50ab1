"""What a command need not do, which its start and large answers would cost."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

_NEW_OBJECTS = 20_000
"""Between two looks for garbage: Python's own 700 are a few rows of an answer of MongoDB's, and a
command that reads hundreds of thousands spent a third of its time looking."""
_CHECKER = "pymongo.pyopenssl_context"
_ENCRYPTED = ("tls", "ssl", "+srv")


def look_seldom_for_garbage() -> None:
    """For a process that is ours from its start."""
    gc.set_threshold(_NEW_OBJECTS, 20, 20)


def leave_out_revocation(env_file: Path = Path(".env")) -> None:
    """PyMongo loads PyOpenSSL and Requests wherever they are installed, as they are with Scrapy, to
    ask whether a server's certificate was revoked. Where MongoDB's address is known to name no
    encryption, nothing asks, and they stay out. An address in a directory of secrets is not known.
    """
    given = [os.environ.get("CITYREACH_MONGO_URI", "")]
    try:
        given.append(env_file.read_text("utf-8-sig") if env_file.is_file() else "")
    except (OSError, UnicodeDecodeError):
        return
    told = "\n".join(given).lower()
    if not os.environ.get("CITYREACH_SECRETS_DIR") and not any(one in told for one in _ENCRYPTED):
        sys.modules.setdefault(_CHECKER, None)  # type: ignore[arg-type]
