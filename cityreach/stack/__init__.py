"""The servers that a machine lacks: real ones, private to one data directory."""

from cityreach.stack.checks import server_findings
from cityreach.stack.child import Process
from cityreach.stack.errors import StackError
from cityreach.stack.stack import Stack, running_servers

__all__ = [
    "Process",
    "Stack",
    "StackError",
    "running_servers",
    "server_findings",
]
