"""Which error gives which exit code, and which message."""

from __future__ import annotations

import sys
from collections.abc import Mapping

ERROR, USAGE, PARTIAL = 1, 2, 3
_USAGE = {
    "operations.errors": "UsageError",
    "operations.configuration.keys": "SettingsError",
    "portal.alerts.rules": "RuleError",
    "sandbox.world.file": "WorldError",
    "scoring.errors": "ScoringError",
    "registry.cities": "CitiesError",
    "media.errors": "RulesError",
}
_FAILURES = {
    "operations.errors": "Failed",
    "embedded.errors": "StackError",
    "operations.running.clock": "ClockError",
    "store.errors": "StoreError",
}
"""Classes by their modules: what no module is loaded of cannot have been raised."""


def exit_code(error: Exception) -> int | None:
    """None for errors that are faults of the program: their traceback is wanted."""
    if isinstance(error, _loaded(_USAGE)):
        return USAGE
    return ERROR if isinstance(error, _loaded(_FAILURES)) else None


def _loaded(places: Mapping[str, str]) -> tuple[type[Exception], ...]:
    return tuple(getattr(sys.modules[m], name) for m, name in places.items() if m in sys.modules)


def sentence_of(error: Exception) -> str | None:
    """What an error of MongoDB or Redis means; None for any other."""
    if not sys.modules.keys() & {"pymongo", "redis"}:
        return None
    from cityreach.cli.options import known_servers
    from operations.health.servers import server_sentence

    servers = known_servers()
    return server_sentence(error, servers.mongo_uri, servers.redis_uri)
