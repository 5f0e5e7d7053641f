"""Keeps the full text in step with the products: it is opened, caught up and written in turns of its own."""

from __future__ import annotations

import logging
from pathlib import Path

from booth.store.catalogue.products import Products, State
from booth.store.catalogue.text import TextIndex
from booth.store.turn import PATIENCE_S, a_turn_to_write

FOLDER = "text"
INDEX = "index"
MUCH = 0.3
"""Where more than this share of the products changed, all of the text is made anew: taking out costs more."""

_log = logging.getLogger(__name__)


def open_text(folder: Path, products: Products, patience_s: float = PATIENCE_S) -> TextIndex:
    """The full text as of the products as they are; what it lacks is added, or it is made anew.

    Raises:
        StoreError: the disk refuses, or another process writes it for longer than `patience_s`.
    """
    with a_turn_to_write(folder / FOLDER, patience_s):
        text = TextIndex(folder / FOLDER / INDEX)
        _catch_up(text, products, products.state())
    return text


def catch_up_text(folder: Path, text: TextIndex, products: Products, state: State) -> None:
    """Add to the full text what it lacks. Raises: StoreError."""
    if text.revision != revision_of(state):
        with a_turn_to_write(folder / FOLDER):
            _catch_up(text, products, state)


def revision_of(state: State) -> str:
    """What the full text of this state is called."""
    return f"{state.name}-{state.revision}"


def _catch_up(text: TextIndex, products: Products, state: State) -> None:
    if text.revision == revision_of(state):
        return
    since = _since(text.revision, state)
    if products.changes(since) > MUCH * state.size:
        since = 0
    if not since and state.size:
        _log.info("making the full text of %d products anew", state.size)
    text.update(revision_of(state), products.changed(since), whole=not since)


def _since(made_of: str, state: State) -> int:
    """The revision that the text was made from; 0 where it is of another catalogue, or ahead of this one."""
    name, _, revision = made_of.rpartition("-")
    if name != state.name or not (revision.isascii() and revision.isdigit()):
        return 0
    return int(revision) if int(revision) <= state.revision else 0
