"""Stored raw answers through today's mappers."""
