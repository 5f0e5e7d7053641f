"""GenICam cameras without hardware: the three simulated devices of the producer in the `genicam` wheel."""

from __future__ import annotations

from collections.abc import Sequence

from booth.ports.devices import Camera
from drivers.genicam import camera as genicam

SIMULATED = {"producer": "simulated", "settings": {"AcquisitionFrameRate": 40.0}}


def genicam_simulated(_setting: object) -> Sequence[Camera]:
    return genicam.cameras({**SIMULATED, "cameras": ["0", "2"]}, None)
