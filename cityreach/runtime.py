"""Opens the runtime of a command, by its settings."""

from __future__ import annotations

from cityreach.settings import command_settings
from model.servers import Servers
from operations.running.opening import runtime_of, server_addresses
from operations.runtime import Runtime
from operations.settings import Settings


def open_runtime(settings: Settings | None = None, servers: Servers | None = None) -> Runtime:
    """For these settings, else those of the command. Raises SettingsError."""
    return runtime_of(settings or command_settings(), servers)


def addresses() -> Servers:
    """Where the servers are by the command's settings. Raises SettingsError."""
    return server_addresses(command_settings())
