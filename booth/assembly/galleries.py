"""What keeps the living galleries, built as the settings say."""

from __future__ import annotations

import getpass
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import cache

from booth.assembly import parts
from booth.config import Config
from booth.domain.picture import Calibration
from booth.errors import StoreError
from booth.events import Bus
from booth.gallery.candidates import Candidates
from booth.gallery.curator import Curator
from booth.gallery.renewal import CalibrationOf, Renewal, renew
from booth.lane.examine import Examiner
from booth.ports.seeing import Perception
from booth.store.calibrations import Calibrations
from booth.store.proposals import Proposals
from booth.store.references import References
from booth.store.standing import Standing

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]


def build_candidates(config: Config, examiner: Examiner, bus: Bus) -> Candidates:
    """What takes confirmed-good items in. Raises: StoreError."""
    return Candidates(examiner.perception, examiner.references, Standing(config.data_dir), bus)


@contextmanager
def curator(config: Config, perception: Perception) -> Iterator[Curator]:
    """Whoever keeps the galleries, in the name of who runs this process.

    Raises:
        ConfigError, ModelError, StoreError: a part cannot be had.
    """
    root = config.data_dir
    with ExitStack() as stack:
        references = stack.enter_context(closing(References(root)))
        standing = stack.enter_context(closing(Standing(root)))
        proposals = stack.enter_context(closing(Proposals(root)))
        yield Curator(references, standing, proposals, parts.build_judge(config), perception.trunk, user())


def renew_gallery(config: Config, examiner: Examiner, progress: Progress | None = None) -> None:
    """Take the features of kept pictures again where a trunk has changed; a second start has nothing to do.

    Raises:
        ModelError, StoreError: it cannot be done.
    """
    renewed = renewal(config, examiner.perception, examiner.references, examiner.calibration, progress)
    if renewed.renewed:
        log.info("the features of %d references were taken again", renewed.renewed)


def renewal(
    config: Config,
    perception: Perception,
    references: References,
    in_force: Calibration | None,
    progress: Progress | None = None,
) -> Renewal:
    """The same, for references whose calibration is still there under that, for others as it is now."""
    with closing(Standing(config.data_dir)) as standing:
        calibration_of = _calibrations(Calibrations(config.data_dir), in_force)
        return renew(perception, references, standing, calibration_of, progress or _silent)


def user() -> str:
    """Who runs this process, as the history of a reference names them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in a container
        return "unknown"


def _calibrations(calibrations: Calibrations, in_force: Calibration | None) -> CalibrationOf:
    @cache
    def found(version: str) -> Calibration | None:
        try:
            return calibrations.load(version) if version else in_force
        except StoreError:
            log.info("calibration %s is gone; pictures taken under it are looked at as they are now", version)
            return in_force

    return found


def _silent(done: int, total: int) -> None:
    """Tell nobody."""
