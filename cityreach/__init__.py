"""The front door: command line, settings, clock, the servers a machine lacks, and the demo."""

__version__ = "0.1.0"
