"""The entry point: command line, settings, clock, the servers a machine lacks, and the demo."""

from model.version import __version__

__all__ = ["__version__"]
