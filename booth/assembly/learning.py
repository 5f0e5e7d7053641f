"""What the search knows before its first item: the references' embeddings, a first ranker and bandit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from booth.assembly.finding import Finding
from booth.domain.picture import Calibration
from booth.gallery.looks import index_embeddings, look_at_references
from booth.identify.relearning import Searching, learn_cold
from booth.ports.seeing import Perception

SEED = 0
Progress = Callable[[int, int], None]


def bring_pictures(
    finding: Finding,
    perception: Perception,
    calibration: Calibration | None,
    progress: Progress | None,
) -> None:
    """Embed the reference pictures that are not yet, and have the catalogue's index know them.

    Raises:
        ModelError: a picture cannot be looked at.
        StoreError: gallery or index refuses.
    """
    look_at_references(perception, finding.looks, calibration, progress)
    if perception.embedder:
        index_embeddings(finding.looks, finding.index, perception.embedder)


def begin_learning(finding: Finding, items: int, progress: Progress | None = None) -> None:
    """Learn from simulated items of the catalogue where nothing was learnt yet; an empty one teaches nothing.

    Args:
        items: how many items are simulated.

    Raises:
        StoreError: the catalogue cannot be read, or what was learnt not kept.
    """
    if finding.learner.learnt() is not None or not finding.index.count():
        return
    searching = Searching(finding.index, finding.strategies, finding.understand)

    def told(task: str, done: int, total: int) -> None:
        if progress:
            progress(done, total)

    learn_cold(finding.learning, searching, np.random.default_rng(SEED), items, told)
    finding.learner.read_state()
