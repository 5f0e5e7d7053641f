"""Thresholds by version: a document each, kept whole and for good, and a log of which were put into force.

`policies/VERSION.json` is the version with the hash of its contents; `policy-uses/000001.json` and so on
say what was put into force, when and by whom. The numbers, not the clocks, say what was said last.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from booth.domain.terms import now
from booth.domain.thresholds import NOMINAL, Thresholds
from booth.errors import InputError, StoreError
from booth.store import documents
from booth.store.durable import place_file, sha256_of
from booth.store.packing import SAFE_ID
from booth.store.turn import a_turn_to_write, finished

FOLDER = "policies"
USES = "policy-uses"
NAME = re.compile(r"(\d{6,9})\.json")
MAX_BYTES = 1_000_000
LISTED = "'booth policy list' lists them"


@dataclass(frozen=True, slots=True)
class Use:
    """A version put into force."""

    version: str
    used_at: datetime
    used_by: str


class Policies:
    """The versions under one root: any process reads at any time, and writers take turns."""

    def __init__(self, root: Path) -> None:
        self._folder = root / FOLDER
        self._uses = root / USES

    def keep(self, thresholds: Thresholds) -> None:
        """Keep a new version durably. Raises: StoreError when it is there already, or the disk refuses."""
        document = documents.to_json(thresholds)
        final = self._of(thresholds.version)
        with a_turn_to_write(self._folder):
            if final.exists() or thresholds.version == NOMINAL.version:
                raise StoreError(f"there is a policy {thresholds.version} already")
            _place(final, "policy", document)

    def load(self, version: str) -> Thresholds:
        """One version. Raises: InputError (there is none), StoreError (it is damaged)."""
        if version == NOMINAL.version:
            return NOMINAL
        path = self._of(version)
        if not path.is_file():
            raise InputError(f"there is no policy {version}; {LISTED}")
        try:
            found = documents.from_json(Thresholds, _read(path, "policy"))
            _check(found, version)
        except StoreError as error:
            remedy = "'booth policy use' with another version, or with nominal, goes on without it"
            raise StoreError(f"policy {version} is damaged: {error}; {remedy}") from error
        return found

    def versions(self) -> Sequence[str]:
        """Every version that is kept, newest first, damaged ones too; nominal is not among them.

        Raises:
            StoreError: the folder cannot be read.
        """
        return sorted((path.stem for path in finished(self._folder) if path.suffix == ".json"), reverse=True)

    def use(self, version: str, by: str = "") -> None:
        """Put a version into force from now on, back or forward.

        Raises:
            InputError: there is no such version.
            StoreError: it is damaged, or the use cannot be recorded.
        """
        self.load(version)
        with a_turn_to_write(self._uses):
            number = max((number for number, _ in self._numbered()), default=0) + 1
            use = documents.to_json(Use(version, now(), by))
            _place(self._uses / f"{number:06d}.json", "use", use)

    def uses(self) -> Sequence[Use]:
        """What was put into force, oldest first. Raises: StoreError."""
        return [_use(path) for _, path in self._numbered()]

    def version_in_force(self) -> str:
        """The version in force, nominal before any other. Raises: StoreError."""
        numbered = self._numbered()
        return _use(numbered[-1][1]).version if numbered else NOMINAL.version

    def in_force(self) -> Thresholds:
        """The thresholds in force. Raises: StoreError when they are damaged or gone; it names the remedy."""
        version = self.version_in_force()
        try:
            return self.load(version)
        except InputError as error:
            raise StoreError(f"the policy in force is gone: {error}") from error

    def _of(self, version: str) -> Path:
        if not SAFE_ID.fullmatch(version):
            raise InputError(f"{version[:80]!r} is no version of a policy; {LISTED}")
        return self._folder / f"{version}.json"

    def _numbered(self) -> list[tuple[int, Path]]:
        matches = ((NAME.fullmatch(path.name), path) for path in finished(self._uses))
        return sorted((int(match[1]), path) for match, path in matches if match)


def _use(path: Path) -> Use:
    try:
        return documents.from_json(Use, _read(path, "use"))
    except StoreError as error:
        remedy = "move it away, then 'booth policy use' the right version again"
        raise StoreError(
            f"{path}: which policy was put into force cannot be read: {error}; {remedy}"
        ) from error


def _check(found: Thresholds, version: str) -> None:
    if found.version != version:
        raise StoreError(f"it is that of {found.version}")
    if not 0.0 <= found.unsure_above <= found.damaged_above <= 1.0:
        raise StoreError(f"thresholds {found.unsure_above} and {found.damaged_above} are impossible")


def _place(final: Path, name: str, document: Any) -> None:
    """Write a document with the hash of its contents, whole and durably. Raises: StoreError."""
    whole = {"format": documents.FORMAT, "sha256": sha256_of(documents.dump(document)), name: document}
    place_file(documents.dump(whole), final.with_name(f".{final.name}"), final)


def _read(path: Path, name: str) -> object:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise StoreError(f"it cannot be read: {error.strerror}") from error
    whole = documents.parse(data) if len(data) <= MAX_BYTES else None
    if not isinstance(whole, dict) or whole.get("format") != documents.FORMAT or name not in whole:
        raise StoreError("its format is not known")
    if sha256_of(documents.dump(whole[name])) != whole.get("sha256"):
        raise StoreError("it has changed since it was kept")
    return whole[name]
