"""What people said of calibration runs: a numbered document for each word, never changed nor erased.

The numbers, not the clocks, say what was said last: a clock may be set back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from booth.domain.calibrating import Decision
from booth.errors import StoreError
from booth.store import documents
from booth.store.durable import place_file
from booth.store.turn import a_turn_to_write, finished

NAME = re.compile(r"(\d{6,9})\.json")


class DecisionLog:
    """The documents of one folder; any process reads, and writers take turns."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, decision: Decision, after: Mapping[str, Decision] | None = None) -> None:
        """Keep a word durably, after all others.

        Args:
            after: the last words that it takes for granted, where it does.

        Raises:
            StoreError: other words were said meanwhile, or the disk refuses.
        """
        document = {"format": documents.FORMAT, "decision": documents.to_json(decision)}
        data = documents.dump(document)
        with a_turn_to_write(self._folder):
            if after is not None and self.last_words() != after:
                raise StoreError("somebody else has decided on a calibration meanwhile; look again")
            number = max((number for number, _ in self._numbered()), default=0) + 1
            temporary = self._folder / f".{number:06d}"
            try:
                place_file(data, temporary, self._folder / f"{number:06d}.json")
            finally:
                temporary.unlink(missing_ok=True)

    def last_words(self) -> dict[str, Decision]:
        """The last word on each version, in the order in which they were said. Raises: StoreError."""
        words: dict[str, Decision] = {}
        for _, path in self._numbered():
            decision = _read(path)
            words.pop(decision.version, None)
            words[decision.version] = decision
        return words

    def _numbered(self) -> list[tuple[int, Path]]:
        matches = ((NAME.fullmatch(path.name), path) for path in finished(self._folder))
        return sorted((int(match[1]), path) for match, path in matches if match)


def _read(path: Path) -> Decision:
    try:
        whole = documents.parse(path.read_bytes())
        if not isinstance(whole, dict) or whole.get("format") != documents.FORMAT:
            raise StoreError("its format is not known")
        return documents.from_json(Decision, whole.get("decision"))
    except (OSError, StoreError) as error:
        remedy = "move it away, then accept the right calibration again"
        raise StoreError(f"{path}: this decision cannot be read: {error}; {remedy}") from error
