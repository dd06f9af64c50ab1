"""Which error gives which exit code, and which message."""

from __future__ import annotations

from operations.errors import Failed, UsageError

ERROR, USAGE, PARTIAL = 1, 2, 3


def exit_code(error: Exception) -> int | None:
    """None for errors that are faults of the program: their traceback is wanted."""
    from embedded import StackError
    from media.errors import RulesError
    from operations.configuration.keys import SettingsError
    from operations.running.clock import ClockError
    from portal.alerts.rules import RuleError
    from registry.cities import CitiesError
    from sandbox.world.file import WorldError
    from scoring.errors import ScoringError
    from store.errors import StoreError

    usage = (
        UsageError
        | SettingsError
        | RuleError
        | WorldError
        | ScoringError
        | CitiesError
        | RulesError
    )
    if isinstance(error, usage):
        return USAGE
    if isinstance(error, Failed | StackError | ClockError | StoreError):
        return ERROR
    return None


def sentence_of(error: Exception) -> str | None:
    """What an error of MongoDB or Redis means; None for any other."""
    from cityreach.cli.options import known_servers
    from operations.health.servers import server_sentence

    servers = known_servers()
    return server_sentence(error, servers.mongo_uri, servers.redis_uri)
