"""A scanner that types like a keyboard: told from a person by its speed."""

from __future__ import annotations

from itertools import pairwise

NS_PER_MS = 1_000_000
FASTEST_PERSON_MS = 50
"""Keys closer together than this, on average, come from a scanner: 20 keys a second outrun any typist."""
REACH_MS = 250
"""A person who typed takes at least so long to pull a scanner's trigger."""
PAUSE_MS = 2_000
"""After such a pause a new line begins."""


class KeyLine:
    """Collects keys up to Enter. Main thread only."""

    def __init__(self) -> None:
        self._text = ""
        self._times_ns: list[int] = []

    def key(self, text: str, now_ns: int) -> None:
        """Add the characters of one key stroke, at a monotonic time."""
        if self._times_ns and now_ns - self._times_ns[-1] > PAUSE_MS * NS_PER_MS:
            self._clear()
        self._text += text
        self._times_ns += [now_ns] * len(text)

    def end(self, now_ns: int) -> tuple[str, str]:
        """The line that Enter ends at a monotonic time, and `scanned` or `typed`; begins a new one.

        Of a scan that follows typing, only the scan is the line.
        """
        text, times_ns = self._text, [*self._times_ns, now_ns]
        self._clear()
        starts = [0, *(at for at, gap_ns in _gaps(times_ns) if gap_ns > REACH_MS * NS_PER_MS)]
        for start in (0, starts[-1]):
            count = len(text) - start
            if count and now_ns - times_ns[start] <= count * FASTEST_PERSON_MS * NS_PER_MS:
                return text[start:].strip(), "scanned"
        return text.strip(), "typed"

    def _clear(self) -> None:
        self._text = ""
        self._times_ns = []


def _gaps(times_ns: list[int]) -> list[tuple[int, int]]:
    """Each key's place, from 1, and how long after the key before it came."""
    return [(at, after - before) for at, (before, after) in enumerate(pairwise(times_ns), start=1)]
