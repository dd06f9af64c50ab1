"""What a command need not load: a third of what its start would cost."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_CHECKER = "pymongo.pyopenssl_context"
_ENCRYPTED = ("tls", "ssl", "+srv")


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
