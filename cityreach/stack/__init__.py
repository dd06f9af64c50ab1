"""The servers that a machine lacks: real ones, private to one data directory."""

from cityreach.stack.checks import Finding, findings
from cityreach.stack.child import Process
from cityreach.stack.errors import StackError
from cityreach.stack.stack import Stack, running_servers
from cityreach.stack.uri import Servers, masked

__all__ = [
    "Finding",
    "Process",
    "Servers",
    "Stack",
    "StackError",
    "findings",
    "masked",
    "running_servers",
]
