"""What the words of a query mean, typed and printed ones together."""

from __future__ import annotations

from dataclasses import replace

from booth.ports.finding import Query, Understand


def understood(query: Query, understand: Understand) -> Query:
    """The same query with what its words mean; one without words means nothing. Raises: StoreError."""
    text = " ".join([query.typed_text, *(word.text for word in query.words)]).strip()
    return replace(query, understood=tuple(understand(text, query.without)) if text else ())
