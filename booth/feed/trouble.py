"""How a device other than a camera says that it is lost: as Trouble of its part, ended when it is back."""

from __future__ import annotations

from booth.domain.device import DeviceState
from booth.events import Bus, Trouble
from booth.feed.supervise import Told
from booth.feed.tally import Tally


def told_of(part: str, bus: Bus, tally: Tally) -> Told:
    """Counts each change of state in `tally`, and tells of the losses."""

    def told(state: DeviceState, message: str) -> None:
        tally.changed(state, message)
        if state is DeviceState.LOST:
            bus.tell(Trouble(part, message))
        elif state is DeviceState.LIVE:
            bus.tell(Trouble(part, "", over=True))

    return told
