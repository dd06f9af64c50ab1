"""A database as files, and back: all of it or nothing."""
