"""Parts are found by name, and a name that is not there is answered with those that are."""

from __future__ import annotations

import pytest

from booth import plugins
from booth.errors import ConfigError

GROUPS = (
    "cameras", "scenes", "perceptions", "judges", "strategies",
    "indexes", "remotes", "hosts", "screens", "commands",
)  # fmt: skip


@pytest.mark.parametrize("group", GROUPS)
def test_every_entry_point_can_be_loaded(group: str) -> None:
    found = plugins.names(f"booth.{group}")
    assert found
    for name in found:
        assert callable(plugins.load(f"booth.{group}", name))


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"no cameras named 'webcam'.*simulated"):
        plugins.load("booth.cameras", "webcam")
