"""The tables of a calibration report: results and differences, a column for each camera."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard

LONG = 24
"""A list of more numbers than this is summed up."""

ROWS_LIMIT = 500

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of measures by camera.

    Attributes:
        rows: the measure's name, then one cell for each column; empty where a camera has none.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Tables:
    """What is said of single cameras, and what of the whole."""

    by_camera: Grid
    whole: tuple[tuple[str, str], ...]
    lists: tuple[tuple[str, Grid], ...] = ()
    """Lists of alike things, such as the views of a lens, under their names."""


def tables_of(values: Mapping[str, object], camera_ids: Sequence[str]) -> Tables:
    """Nested results as tables; what is measured of a camera goes into its column."""
    cells: dict[str, dict[str, str]] = {}
    whole: list[tuple[str, str]] = []
    lists: list[tuple[str, Grid]] = []
    for path, camera_id, value in _owned(values, (), "", frozenset(camera_ids)):
        name = ".".join(path)
        if _are_alike(value):
            lists.append((f"{camera_id} {name}".strip(), _grid_of(value)))
        elif camera_id:
            cells.setdefault(name or "value", {})[camera_id] = shown(value)
        else:
            whole.append((name, shown(value)))
    columns = tuple(each for each in camera_ids if any(each in row for row in cells.values()))
    rows = tuple((name, *(row.get(each, "") for each in columns)) for name, row in cells.items())
    return Tables(Grid(columns, rows), tuple(whole), tuple(lists))


def difference_tables(difference: Mapping[str, float], camera_ids: Sequence[str]) -> Tables:
    """`left.fx_px` and the like, with their signs, as tables."""
    nested: dict[str, dict[str, object]] = {}
    for name, value in difference.items():
        owner, _, measure = name.rpartition(".")
        nested.setdefault(owner, {})[measure] = f"{value:+.4g}"
    return tables_of(nested, camera_ids)


def numbers(values: Mapping[str, object]) -> Iterator[tuple[Path, float]]:
    """Every finite number of nested results, with the keys that lead to it."""
    for path, value in _leaves(values, ()):
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            yield path, float(value)


def shown(value: object) -> str:
    """A value as a person reads it: five digits, and long lists summed up."""
    match value:
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value + 0.0:.5g}"  # no minus before a nought
        case None:
            return "–"
        case list() | tuple():
            return _list_shown(value)
        case Mapping():
            return "–"
    return str(value)


def _are_alike(value: object) -> TypeGuard[Sequence[Mapping[str, object]]]:
    return (
        isinstance(value, list | tuple) and bool(value) and all(isinstance(each, Mapping) for each in value)
    )


def _grid_of(things: Sequence[Mapping[str, object]]) -> Grid:
    columns = tuple(dict.fromkeys(str(key) for each in things for key in each))
    rows = (tuple(shown(each[key]) if key in each else "" for key in columns) for each in things[:ROWS_LIMIT])
    return Grid(columns, tuple(rows))


def _list_shown(value: Sequence[object]) -> str:
    if _are_alike(value):
        return f"{len(value)} entries"
    if value and all(isinstance(row, list | tuple) for row in value):
        return "\n".join(shown(row) for row in value[:LONG])
    plain = [each for each in value if isinstance(each, int | float)]
    if len(value) > LONG and len(plain) == len(value):
        return f"{len(value)} values, {min(plain):.5g} to {max(plain):.5g}"
    more = f", … ({len(value)} in all)" if len(value) > LONG else ""
    return ", ".join(shown(each) for each in value[:LONG]) + more


def _owned(
    values: Mapping[str, object], above: Path, camera_id: str, camera_ids: frozenset[str]
) -> Iterator[tuple[Path, str, object]]:
    """Each value, and the camera that it belongs to: a word such as `left` may name a side too.

    It names a camera where measures lie below it, or where all words beside it name cameras.
    """
    all_cameras = values.keys() <= camera_ids
    for key, value in values.items():
        below = isinstance(value, Mapping) and bool(value)
        owns = not camera_id and key in camera_ids and (below or all_cameras)
        path, owner = (above, key) if owns else ((*above, str(key)), camera_id)
        if isinstance(value, Mapping) and value:
            yield from _owned(value, path, owner, camera_ids)
        else:
            yield path, owner, value


def _leaves(values: Mapping[str, object], above: Path) -> Iterator[tuple[Path, object]]:
    for key, value in values.items():
        path = (*above, str(key))
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, path)
        else:
            yield path, value
