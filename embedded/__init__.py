"""The servers that a machine lacks: real ones, private to one data directory."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from embedded.checks import ask_mongo, ask_redis, server_findings
    from embedded.child import Process
    from embedded.errors import StackError
    from embedded.running import running_servers
    from embedded.stack import Stack

__all__ = [
    "Process",
    "Stack",
    "StackError",
    "ask_mongo",
    "ask_redis",
    "running_servers",
    "server_findings",
]
_PLACES = {
    "Process": "child",
    "Stack": "stack",
    "StackError": "errors",
    "ask_mongo": "checks",
    "ask_redis": "checks",
    "running_servers": "running",
    "server_findings": "checks",
}


def __getattr__(name: str) -> Any:
    """Imported when it is asked for: where the servers are can be told without their clients."""
    if name not in _PLACES:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
