"""What the search knows before its first item: the references' embeddings, a first ranker and bandit."""

from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np

from booth.assembly.finding import Finding
from booth.config import Config
from booth.errors import StoreError
from booth.gallery.looks import index_embeddings, look_at_references
from booth.identify.relearning import Searching, learn_cold
from booth.lane.examine import Examiner
from booth.ports.finding import CatalogueIndex
from booth.ports.seeing import Perception
from booth.store.looks import Looks

log = logging.getLogger(__name__)

SEED = 0
Progress = Callable[[int, int], None]


def prepare(config: Config, finding: Finding, examiner: Examiner, progress: Progress | None = None) -> None:
    """Whatever the search lacks before the first item; a second start lacks nothing.

    A catalogue that takes no pictures now, as its engine is gone, stops no start: the next one brings them.

    Raises:
        ModelError, StoreError: it cannot be had.
    """
    look_at_references(examiner.perception, finding.looks, examiner.calibration, progress)
    if examiner.perception.embedder:
        try:
            index_embeddings(finding.looks, finding.index, examiner.perception.embedder)
        except StoreError as error:
            log.error("some products cannot be found by their pictures before the next start: %s", error)
    begin_learning(finding, config.settings.identify.simulated_items, progress)


def bring_pictures(
    index: CatalogueIndex,
    looks: Looks,
    perception: Perception,
) -> None:
    """Embed the reference pictures that are not yet, and have the catalogue's index know them.

    Raises:
        ModelError: a picture cannot be looked at.
        StoreError: gallery or index refuses.
    """
    look_at_references(perception, looks, None)
    if perception.embedder:
        index_embeddings(looks, index, perception.embedder)


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
