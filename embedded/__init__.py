"""The servers that a machine lacks: real ones, private to one data directory."""

from embedded.checks import ask_mongo, ask_redis, server_findings
from embedded.child import Process
from embedded.errors import StackError
from embedded.stack import Stack, running_servers

__all__ = [
    "Process",
    "Stack",
    "StackError",
    "ask_mongo",
    "ask_redis",
    "running_servers",
    "server_findings",
]
