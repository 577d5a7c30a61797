"""Every test in this folder is of a fault; the long ones are tried when they are asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.folders import furnish_with_booking

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    asked_for = "faults" in config.option.markexpr or any("faults" in each for each in config.args)
    left_out = []
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.faults)
        if not asked_for and item.get_closest_marker("long_fault"):
            left_out.append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture
def booked(tmp_path: Path) -> Path:
    """A folder with a database in which Aysel has booked, and a backup of it."""
    return furnish_with_booking(tmp_path / "booked")
