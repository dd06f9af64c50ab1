"""Which optional parts this installation has."""

from __future__ import annotations

from importlib.util import find_spec

from operations.errors import Failed

_PORTAL = ("argon2", "babel", "fastapi", "jinja2", "prometheus_client", "python_multipart")


def portal_installed() -> bool:
    """Whether the libraries of the extra `portal` are there."""
    return all(find_spec(name) is not None for name in _PORTAL)


def require_assistants() -> None:
    """Raises Failed where the library of the extra `mcp` is not there."""
    if find_spec("mcp") is None:
        raise Failed("no library for assistants: install the extra `mcp`")
