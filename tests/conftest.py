"""Settings of all tests."""

from __future__ import annotations

from hypothesis import settings

# A loaded machine is no failure: examples are bounded in number, not in time.
settings.register_profile("calm", deadline=None)
settings.load_profile("calm")
