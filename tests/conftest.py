"""Settings of all tests."""

from __future__ import annotations

import pytest
from hypothesis import settings

from tests.shared import FOLDER

# A loaded machine is no failure: examples are bounded in number, not in time.
settings.register_profile("calm", deadline=None)
settings.load_profile("calm")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests over recorded answers and worlds are not collected where there are none."""
    if not FOLDER.is_dir():
        lacking = [item for item in items if item.get_closest_marker("shared")]
        items[:] = [item for item in items if item not in lacking]
        config.hook.pytest_deselected(items=lacking)
