"""Calibrations by version: each is a folder that is kept whole, once, with all that it rests on.

A record alone holds `calibration.json` and its empty-tray pictures; a run adds `run.json`, the pictures that
it was made from, `details.npz` for the report, and `SHA256SUMS` over all of them, which `sha256sum -c` reads.
"""

from __future__ import annotations

import logging
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from booth.domain.calibrating import CalibrationRun, Decision, Step
from booth.domain.picture import Calibration
from booth.errors import StoreError
from booth.store import calibration_files as files_of
from booth.store.calibration_decisions import DecisionLog
from booth.store.calibration_files import RECORD_FILE, RUN_FILE
from booth.store.documents import Array
from booth.store.durable import place_folder
from booth.store.packing import SAFE_ID
from booth.store.turn import a_turn_to_write, finished

T = TypeVar("T")

log = logging.getLogger(__name__)

FOLDER = "calibrations"
DECISIONS = "calibration-decisions"


class Calibrations:
    """The versions under one root: any process reads at any time, and writers take turns."""

    def __init__(self, root: Path) -> None:
        self._folder = root / FOLDER
        self._decisions = DecisionLog(root / DECISIONS)

    def keep(self, calibration: Calibration) -> None:
        """Keep a record durably; harmless when its version is there. Raises: StoreError."""
        final = self._of(calibration.version)
        if final.exists():
            return
        files = files_of.pack_calibration(calibration)
        with a_turn_to_write(self._folder):
            if not final.exists():
                _place(final, files)

    def keep_run(
        self,
        run: CalibrationRun,
        calibration: Calibration | None,
        pictures: Mapping[str, bytes],
        details: Mapping[str, Array],
    ) -> None:
        """Keep a run durably, with the calibration that it leads to.

        Args:
            calibration: under the run's version; None for one that changes nothing.
            pictures: copies to keep, by the name that they have in `run.pictures`.
            details: what the report plots, by the names given in Outcome.

        Raises:
            StoreError: its version is there already, it does not fit together, or the disk refuses; then
                nothing of it is kept.
        """
        final = self._of(run.version)
        files = files_of.pack_run(run, calibration, pictures, details)
        with a_turn_to_write(self._folder):
            _place(final, files)

    def load(self, version: str) -> Calibration:
        """The record of this version. Raises: StoreError."""
        return files_of.unpack_calibration(version, self._of(version))

    def versions(self) -> list[str]:
        """Every version that is kept, oldest first, with and without a run. Raises: StoreError."""
        return sorted(path.name for path in finished(self._folder))

    def run(self, version: str) -> CalibrationRun:
        """The run of this version. Raises: StoreError."""
        return files_of.unpack_run(version, self._of(version))

    def runs(self, limit: int = 20, step: Step | None = None) -> list[CalibrationRun]:
        """The last runs, newest first; a damaged one is logged and passed over, see `problems`."""
        found: list[CalibrationRun] = []
        for run in self._readable():
            if len(found) >= limit:
                break
            if step is None or run.step is step:
                found.append(run)
        return found

    def details(self, version: str) -> dict[str, Array]:
        """What the report plots. Raises: StoreError."""
        return files_of.unpack_details(version, self._of(version))

    def picture(self, version: str, name: str) -> Path:
        """The copy that was kept of a picture, just hashed. Raises: StoreError when it is not what it was."""
        if problem := files_of.problem(self._of(version), name):
            raise StoreError(problem)
        return self._of(version) / name

    def hashes(self, version: str) -> dict[str, str]:
        """SHA-256 by name of each file that a run keeps, pictures among them. Raises: StoreError."""
        return files_of.hashes(self._of(version))

    def problems(self, version: str) -> tuple[str, ...]:
        """What is wrong with the files of a version, every one hashed again; empty when all is well."""
        return tuple(files_of.problems(self._of(version)))

    def carries(self, version: str) -> bool:
        """Whether this version carries a calibration. Raises: StoreError."""
        return files_of.is_record_alone(self._of(version)) or RECORD_FILE in self.hashes(version)

    def decide(self, decision: Decision, after: Mapping[str, Decision] | None = None) -> None:
        """Keep a person's word on a run; the last word on a version counts, and none is ever erased.

        Args:
            after: what `decisions` said when this one was weighed, where it rests on that.

        Raises:
            StoreError: there is no such run, others have decided meanwhile, or the disk refuses.
        """
        known = (self._of(decision.version) / RUN_FILE).is_file()
        if (
            not known and decision.version not in self._decisions.last_words()
        ):  # one that was lost can be rejected
            raise StoreError(f"there is no calibration run {decision.version}; see `booth calibrate list`")
        self._decisions.add(decision, after)

    def decision(self, version: str) -> Decision | None:
        """The last word on a version, or None while there is none. Raises: StoreError."""
        return self._decisions.last_words().get(version)

    def decisions(self) -> dict[str, Decision]:
        """The last word on each version, in the order in which they were said. Raises: StoreError."""
        return self._decisions.last_words()

    def version_in_force(self) -> str:
        """The version that was accepted last, of those that carry a calibration; or empty.

        Raises:
            StoreError: its files or the decisions cannot be read; an older one is not taken in its stead.
        """
        for version, decision in reversed(self._decisions.last_words().items()):
            if decision.accepted and self._in_force(version, self.carries):
                return version
        return ""

    def in_force(self) -> Calibration | None:
        """The calibration in force, whole, with its empty-tray pictures; None before one is accepted.

        Raises:
            StoreError: as for `version_in_force`.
        """
        version = self.version_in_force()
        return self._in_force(version, self.load) if version else None

    def _in_force(self, version: str, read: Callable[[str], T]) -> T:
        try:
            return read(version)
        except StoreError as error:
            remedy = f"`booth calibrate reject {version}` puts the one before it in force"
            raise StoreError(f"{error}; {remedy}") from error

    def _of(self, version: str) -> Path:
        if not SAFE_ID.fullmatch(version):
            raise StoreError(f"{version[:120]!r} is no calibration version; see `booth calibrate list`")
        return self._folder / version

    def _readable(self) -> Iterator[CalibrationRun]:
        for version in reversed(self.versions()):
            try:
                if not files_of.is_record_alone(self._of(version)):
                    yield self.run(version)
            except StoreError as error:
                log.error("a calibration is passed over: %s", error)


def _place(final: Path, files: Mapping[str, bytes]) -> None:
    temporary = final.with_name(f".{final.name}-{secrets.token_hex(4)}")
    try:
        place_folder(files, temporary, final)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
