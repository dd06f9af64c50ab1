"""Who is watched: the registry of accounts, and which of them rest or are removed."""

from cityreach.cli.watched import pauses
from cityreach.cli.watched.accounts import accounts_app

__all__ = ["accounts_app", "pauses"]
