"""Folders of good and bad pictures in the layouts that public data sets have."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np

from booth.errors import InputError
from booth.store.picture_files import pictures_in

PHOTO = "photo"
"""The view of a plain picture."""
FLAT = (("normal", "anomaly"), ("intact", "damaged"))
HEAT_SUFFIX = ".heat.png"
"""What an inspection leaves beside a picture ends so; it is none of the set."""
KNOWN = "normal/ anomaly/, intact/ damaged/, or train/good/ test/good/ test/*/"


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture file, under the view name that it is compared by."""

    path: Path
    view: str


@dataclass(frozen=True, slots=True)
class Item:
    """The pictures that show one item."""

    shots: tuple[Shot, ...]


@dataclass(frozen=True, slots=True)
class DamageSet:
    """A folder's items.

    Attributes:
        pool: what references are drawn from, sorted by path.
        trained_apart: the pool is a folder of its own, of which nothing is scored.
    """

    pool: tuple[Item, ...]
    good: tuple[Item, ...]
    bad: tuple[Item, ...]
    trained_apart: bool

    def draw(self, references: int, seed: int) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
        """The references that a seed draws, and the good items that are left to score.

        Raises:
            InputError: there are not so many, or none would be left.
        """
        if references > len(self.pool):
            raise InputError(f"{references} references were asked for; there are {len(self.pool)} good items")
        drawn = np.random.default_rng(seed).choice(len(self.pool), references, replace=False)
        if self.trained_apart:
            return tuple(self.pool[index] for index in drawn), self.good
        left = tuple(item for index, item in enumerate(self.pool) if index not in set(drawn.tolist()))
        if not left:
            raise InputError(f"{references} references leave no good item to score; ask for fewer")
        return tuple(self.pool[index] for index in drawn), left


def read_layout(folder: Path, group: str | None = None, view: str | None = None) -> DamageSet:
    """The items of a folder in one of the known layouts.

    Args:
        group: a regular expression searched in each file's name; its first group, or all it matches, names
            the item that the picture belongs to, and the rest of the name is the view. Without it, every
            picture is an item.
        view: a glob over file names; other files are left out.

    Raises:
        InputError: there is no such folder, its layout is unknown, a part is empty, or `group` is wrong.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder")
    pattern = _compiled(group)
    for good, bad in FLAT:
        if (folder / good).is_dir() and (folder / bad).is_dir():
            pool = _items(folder / good, pattern, view)
            return DamageSet(pool, pool, _items(folder / bad, pattern, view), trained_apart=False)
    train, test = folder / "train" / "good", folder / "test"
    if train.is_dir() and (test / "good").is_dir():
        return DamageSet(
            _items(train, pattern, view),
            _items(test / "good", pattern, view),
            _bad_items(test, pattern, view),
            trained_apart=True,
        )
    raise InputError(f"{folder}: its layout is unknown; it needs {KNOWN}")


def _bad_items(test: Path, pattern: re.Pattern[str] | None, view: str | None) -> tuple[Item, ...]:
    kinds = sorted(kind for kind in test.iterdir() if kind.is_dir() and kind.name != "good")
    if not kinds:
        raise InputError(f"{test}: it has no folder of bad pictures beside good/")
    return tuple(item for kind in kinds for item in _items(kind, pattern, view))


def _items(folder: Path, pattern: re.Pattern[str] | None, view: str | None) -> tuple[Item, ...]:
    shown = [path for path in pictures_in(folder) if not path.name.endswith(HEAT_SUFFIX)]
    paths = [path for path in shown if view is None or fnmatchcase(path.name, view)]
    if not paths:
        raise InputError(f"{folder}: no picture's name fits the view '{view or '*'}'")
    if pattern is None:
        return tuple(Item((Shot(path, PHOTO),)) for path in paths)
    return _joined(paths, pattern)


def _joined(paths: Sequence[Path], pattern: re.Pattern[str]) -> tuple[Item, ...]:
    """Items in the order of their first picture; pictures of two folders are never joined."""
    shots: dict[tuple[Path, str], list[Shot]] = {}
    for path in paths:
        found = pattern.search(path.name)
        if found is None:
            raise InputError(f"{path}: its name does not fit the group '{pattern.pattern}'")
        which = 1 if pattern.groups and found.group(1) is not None else 0
        rest = path.name[: found.start(which)] + path.name[found.end(which) :]
        view = rest.removesuffix(path.suffix) or PHOTO
        shots.setdefault((path.parent, found.group(which)), []).append(Shot(path, view))
    return tuple(Item(tuple(of_item)) for of_item in shots.values())


def _compiled(group: str | None) -> re.Pattern[str] | None:
    if group is None:
        return None
    try:
        return re.compile(group)
    except re.error as error:
        raise InputError(f"'{group}' is not a regular expression: {error}") from error
