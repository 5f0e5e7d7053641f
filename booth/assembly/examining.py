"""What examines an item, built as the settings say."""

from __future__ import annotations

from booth.assembly import parts
from booth.assembly.finding import Finding, build_reader, build_shortlist, build_verification
from booth.assembly.policy import build_policy
from booth.config import Config
from booth.domain.picture import Calibration
from booth.lane.examine import Examiner
from booth.store.references import References


def build_examiner(config: Config, finding: Finding, calibration: Calibration | None) -> Examiner:
    """The parts that see, and what they search. Raises: ConfigError, ModelError, StoreError."""
    perception = parts.build_perception(config)
    return Examiner(
        perception,
        parts.build_judge(config),
        finding.index,
        finding.finder(),
        References(config.data_dir),
        calibration,
        build_reader(config),
        build_verification(config, finding.looks, perception.embedder),
        build_shortlist(config),
        build_policy(config),
    )
