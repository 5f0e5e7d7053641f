"""The policy in force, and the networks whose scores it is fitted on."""

from __future__ import annotations

from collections.abc import Mapping

from booth.assembly import parts
from booth.config import Config
from booth.domain.percept import Percept
from booth.policy.in_force import PolicyInForce
from booth.policy.table import Table
from booth.store.policies import Policies


def build_policy(config: Config) -> PolicyInForce:
    """Thresholds of the store and the table of the settings; nominal where nothing was ever fitted.

    Raises:
        StoreError: the version in force is damaged.
    """
    table = Table(tuple(row.row() for row in config.settings.policy.table))
    policy = PolicyInForce(Policies(config.data_dir), table)
    policy.policy()
    return policy


def models_in_force(config: Config) -> Mapping[str, str]:
    """Name and SHA-256 of every network that the judge uses: those that it names of an item without views.

    Raises:
        ConfigError, ModelError: there is no judge.
    """
    return dict(parts.build_judge(config).judge(Percept("", ()), None).models)
