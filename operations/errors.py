"""Errors of use cases; the command line turns them into exit codes."""

from __future__ import annotations


class UsageError(ValueError):
    """What was asked for cannot be understood; the text says what was expected."""


class Failed(RuntimeError):
    """What was asked for could not be done; the text says why and what to do."""
