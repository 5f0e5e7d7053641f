"""The parts that find an item's product, built as the settings say."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from booth import plugins
from booth.config import Config
from booth.events import Bus, Trouble
from booth.gallery.looks import cropped_pictures
from booth.identify.finder import SlateFinder
from booth.identify.indexes.falling_back import FallingBack
from booth.identify.learner import Learner
from booth.identify.understanding.understanding import Understanding
from booth.identify.verification import Verification
from booth.ports.finding import (
    CatalogueIndex,
    MaintainedIndex,
    Memory,
    Shortlist,
    Sources,
    Strategy,
    Understand,
)
from booth.ports.seeing import Matcher, Reader
from booth.store.learning import Learning
from booth.store.looks import Looks

log = logging.getLogger(__name__)

ENGINE = "catalogue engine"
EMBEDDED = "embedded"
Tell = Callable[[str, bool], None]


@dataclass(frozen=True, slots=True)
class Finding:
    """What finds products: the catalogue, its pictures, the strategies, and what was learnt of them."""

    index: CatalogueIndex
    looks: Looks
    understand: Understand
    learning: Learning
    learner: Learner
    strategies: Sequence[Strategy]

    def finder(self) -> SlateFinder:
        """Searches with all of it."""
        return SlateFinder(self.index, self.strategies, self.understand, self.learner.learnt)

    def close(self) -> None:
        """Let go of the catalogue and of the pictures."""
        self.index.close()
        self.looks.close()
        self.learning.close()


def build_finding(config: Config, bus: Bus) -> Finding:
    """Open all of it; an engine that is gone is told on the bus. Raises: ConfigError, StoreError."""

    def tell(message: str, over: bool) -> None:
        _logged(message, over)
        bus.tell(Trouble(ENGINE, message, over))

    index = build_index(config, tell)
    learning = Learning(config.data_dir)
    learner = Learner(learning, index, bus, config.settings.identify.false_accepts)
    strategies = build_strategies(config, index, learner)
    looks, understand = Looks(config.data_dir), build_understanding(index)
    return Finding(index, looks, understand, learning, learner, strategies)


def build_index(config: Config, tell: Tell | None = None) -> CatalogueIndex:
    """The catalogue: the booth's own, or an engine with the booth's own behind it.

    Args:
        tell: is told what is wrong with an engine, and whether that is over; else it is logged.

    Raises:
        ConfigError, StoreError: it cannot be opened.
    """
    chosen = config.settings.identify
    if chosen.index == EMBEDDED:
        return build_own_index(config)
    engine = partial(_index, config, chosen.index, dict(chosen.options))
    return FallingBack(engine, build_own_index(config), tell or _logged, chosen.index)


def build_own_index(config: Config) -> MaintainedIndex:
    """The booth's own catalogue, whether or not an engine is searched before it. Raises: StoreError."""
    chosen = config.settings.identify
    index = _index(config, EMBEDDED, dict(chosen.options) if chosen.index == EMBEDDED else {})
    assert isinstance(index, MaintainedIndex)
    return index


def build_engine(config: Config) -> CatalogueIndex | None:
    """The engine that the settings name, if any. Raises: ConfigError, StoreError: it does not answer."""
    chosen = config.settings.identify
    return None if chosen.index == EMBEDDED else _index(config, chosen.index, dict(chosen.options))


def build_strategies(config: Config, index: CatalogueIndex, memory: Memory) -> Sequence[Strategy]:
    """The strategies that the settings name, in their order. Raises: ConfigError."""
    sources = Sources(index, memory)
    names = config.settings.identify.strategies
    return [plugins.load("booth.strategies", name)(sources) for name in names]


def build_understanding(index: CatalogueIndex) -> Understand:
    """What the words of a text mean in this catalogue."""
    return Understanding(index).of


def build_reader(config: Config) -> Reader | None:
    """Who reads words, if anyone. Raises: ConfigError, ModelError."""
    name = config.settings.identify.reader
    reader: Reader | None = plugins.load("booth.readers", name)({}) if name else None
    return reader


def build_verification(config: Config, looks: Looks, embedder: str) -> Verification | None:
    """Who compares pictures point by point, if anyone. Raises: ConfigError."""
    name = config.settings.identify.matcher
    if not name:
        return None
    matcher: Matcher = plugins.load("booth.matchers", name)({})
    return Verification(matcher, lambda gtin: cropped_pictures(looks, gtin, embedder))


def build_shortlist(config: Config) -> Shortlist | None:
    """What the site expects, if it says so. Raises: ConfigError."""
    chosen = config.settings.identify.shortlist
    if not chosen.name:
        return None
    shortlist: Shortlist = plugins.load("booth.shortlists", chosen.name)(_shortlist_options(config))
    return shortlist


def _shortlist_options(config: Config) -> dict[str, object]:
    """The shortlist's own options; a `file` among them starts at the settings' own folder."""
    options = dict(config.settings.identify.shortlist.options)
    if "file" in options:
        options["file"] = str(config.path(Path(str(options["file"]))))
    return options


def _index(config: Config, name: str, options: dict[str, object]) -> CatalogueIndex:
    index: CatalogueIndex = plugins.load("booth.indexes", name)(config.data_dir, options)
    return index


def _logged(message: str, over: bool) -> None:
    log.log(logging.INFO if over else logging.WARNING, message)
