"""A runtime for settings: the real or simulated clock, and the servers configured or running."""

from __future__ import annotations

from embedded import running_servers
from model.servers import Servers
from operations.running.clock import clock_from
from operations.runtime import Runtime
from operations.settings import Settings


def runtime_of(settings: Settings, servers: Servers | None = None) -> Runtime:
    """A server that is neither configured nor given is the one that `up` or `demo` runs for the
    data directory, if any."""
    return Runtime(settings, clock_from(settings.clock_file), server_addresses(settings, servers))


def server_addresses(settings: Settings, servers: Servers | None = None) -> Servers:
    """Where the servers are, as `runtime_of` finds them."""
    mongo, redis = settings.mongo_uri, settings.redis_uri
    if servers is None and None in (mongo, redis):
        servers = running_servers(settings.data_dir)
    known = servers or Servers()
    return Servers(
        mongo.get_secret_value() if mongo else known.mongo_uri,
        redis.get_secret_value() if redis else known.redis_uri,
    )
