"""How a page asks the booth for something that may be refused."""

from __future__ import annotations

from collections.abc import Callable

Ask = Callable[[Callable[[], object]], None]
"""Makes the request; what is refused is told on the banner and not raised."""
