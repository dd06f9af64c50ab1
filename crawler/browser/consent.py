"""Dialogs that ask to agree to cookies: said no to, as far as they let one."""

from __future__ import annotations

import re

_WORDS = (
    "decline optional cookies",
    "only allow essential cookies",
    "refuse non-essential cookies",
    "reject all",
    "decline all",
    "deny all",
)
REFUSALS = re.compile(rf"^\s*({'|'.join(_WORDS)})\s*$", re.IGNORECASE)
"""Names of the buttons, in the language that pages are opened in (en-US)."""


def asks_consent(html: bytes) -> bool:
    """Whether a page holds such a dialog from the start."""
    text = html.lower()
    return any(word.encode() in text for word in _WORDS)
