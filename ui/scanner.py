"""A scanner that types like a keyboard: told from a person by its speed."""

from __future__ import annotations

NS_PER_MS = 1_000_000
FASTEST_PERSON_MS = 50
"""Keys closer together than this, on average, come from a scanner: 20 keys a second outrun any typist."""
PAUSE_MS = 2_000
"""After such a pause a new line begins."""


class KeyLine:
    """Collects keys up to Enter. Main thread only."""

    def __init__(self) -> None:
        self._text = ""
        self._first_ns = 0
        self._last_ns = 0

    def key(self, text: str, now_ns: int) -> None:
        """Add the characters of one key stroke, at a monotonic time."""
        if not self._text or now_ns - self._last_ns > PAUSE_MS * NS_PER_MS:
            self._text = ""
            self._first_ns = now_ns
        self._text += text
        self._last_ns = now_ns

    def end(self, now_ns: int) -> tuple[str, str]:
        """The line that Enter ends at a monotonic time, and `scanned` or `typed`; begins a new one."""
        text = self._text.strip()
        slow = now_ns - self._first_ns > len(self._text) * FASTEST_PERSON_MS * NS_PER_MS
        self._text = ""
        return text, "typed" if slow else "scanned"
