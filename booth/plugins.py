"""Finds parts by name through the entry points that pyproject.toml lists."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Any

from booth.errors import ConfigError


def names(group: str) -> list[str]:
    """What exists in a group such as `booth.cameras`."""
    return sorted(entry_points(group=group).names)


def load(group: str, name: str) -> Any:
    """The factory that entry point `name` of `group` names.

    Raises:
        ConfigError: there is none of that name, or it cannot be imported.
    """
    found: list[EntryPoint] = list(entry_points(group=group, name=name))
    if not found:
        raise ConfigError(
            f"no {group.removeprefix('booth.')} named '{name}'; there are: {', '.join(names(group))}"
        )
    try:
        return found[0].load()
    except ImportError as error:
        raise ConfigError(f"{group} '{name}' cannot be loaded: {error}") from error
