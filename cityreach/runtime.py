"""Opens a runtime: the real or simulated clock, and the servers configured or running."""

from __future__ import annotations

from cityreach.clock import clock_from
from cityreach.settings import command_settings
from embedded import running_servers
from model.servers import Servers
from operations.runtime import Runtime
from operations.settings import Settings


def open_runtime(settings: Settings | None = None, servers: Servers | None = None) -> Runtime:
    """For these settings, else those of the environment.

    A server that is neither configured nor given is the one that `up` or `demo` runs for the data
    directory, if any. Raises SettingsError.
    """
    settings = settings or command_settings()
    return Runtime(settings, clock_from(settings.clock_file), addresses(settings, servers))


def addresses(settings: Settings | None = None, servers: Servers | None = None) -> Servers:
    """Where the servers are, as `open_runtime` finds them. Raises SettingsError."""
    settings = settings or command_settings()
    mongo, redis = settings.mongo_uri, settings.redis_uri
    if servers is None and None in (mongo, redis):
        servers = running_servers(settings.data_dir)
    known = servers or Servers()
    return Servers(
        mongo.get_secret_value() if mongo else known.mongo_uri,
        redis.get_secret_value() if redis else known.redis_uri,
    )
