"""How each step collects what it needs from live cameras."""

from __future__ import annotations

from collections.abc import Mapping

from booth.domain.calibrating import Step
from booth.workbench.collect import CollectorFactory

COLLECTORS: Mapping[Step, CollectorFactory] = {}
