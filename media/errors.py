"""What can go wrong with a file of media data; a single broken row is counted, not raised."""

from __future__ import annotations


class MediaError(Exception):
    """Base of all errors of this package."""


class UnreadableFile(MediaError):
    """A downloaded file that is not what its name says; the text says what it is."""


class TruncatedFile(UnreadableFile):
    """A file that ends before its end; the rows up to there were read."""


class FileAbsent(MediaError):
    """The host says that there is no such file."""


class HostRefuses(MediaError):
    """The host does not let us have the file now."""


class Unreachable(MediaError):
    """No answer, or none that is about the file."""


class RulesError(MediaError):
    """A rules file or list that cannot be used; the text names file, line and field."""
