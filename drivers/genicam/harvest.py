"""One Harvester for all cameras of an array: finds devices, opens and releases them, in any order."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from genicam import genapi, gentl
from harvesters import core

from booth.errors import DeviceError
from drivers.found import Found, present

log = logging.getLogger(__name__)

FAILURES = (
    gentl.GenericException,
    genapi.GenericException,
    ValueError,
    AttributeError,
    RuntimeError,
    OSError,
)
"""What a producer's refusal comes out of harvesters as; it lets AttributeError and ValueError through."""

TURN_S = 30.0
"""How long one camera waits for another that is being opened or closed; listing takes about a second."""

POLL_MS = 0
"""How long the library may wait inside one call: it keeps the interpreter's lock, so no time at all."""

FIELDS = ("id_", "serial_number", "user_defined_name", "vendor", "model", "version")
"""What harvesters calls that which Found holds, in the same order."""


class Harvest:
    """Owns the Harvester while any camera is open, so that between uses the producers are free for others.

    Any thread may call it; one at a time is let in. Producers take it ill to be opened twice in a process.
    """

    def __init__(self, producers: Sequence[Path]) -> None:
        self._producers = producers
        self._turn = threading.Lock()
        self._harvester: Any = None
        self._open: list[Any] = []

    def found(self) -> Sequence[Found]:
        """What is connected now. Raises: DeviceError."""
        with self._in_turn():
            try:
                return self._list()
            finally:
                self._leave_when_idle()

    def acquire(self, wanted: str) -> tuple[Found, Any]:
        """Open a device: what it is, and its harvesters ImageAcquirer. Raises: DeviceError."""
        with self._in_turn():
            try:
                device = present(self._list(), wanted)
                acquirer = self._create(device)
                self._open.append(acquirer)
                return device, acquirer
            finally:
                self._leave_when_idle()

    def release(self, acquirer: Any) -> None:
        """Give a device back; harmless when it went away meanwhile."""
        with self._in_turn():
            if acquirer in self._open:
                self._open.remove(acquirer)
            _destroy(acquirer)
            kept = self._harvester.image_acquirers if self._harvester is not None else []
            if acquirer in kept:
                kept.remove(acquirer)
            self._leave_when_idle()

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=TURN_S):
            raise DeviceError(
                "the GenTL producer hangs: start the booth again, then look for a newer producer"
            )
        try:
            yield
        finally:
            self._turn.release()

    def _list(self) -> Sequence[Found]:
        try:
            if self._harvester is None:
                self._harvester = core.Harvester()
                for producer in self._producers:
                    self._harvester.add_file(str(producer))
            if self._open:
                _list_again(self._harvester)
            else:
                self._harvester.update()
            return [_found(device) for device in self._harvester.device_info_list]
        except FAILURES as error:
            raise DeviceError(f"the GenTL producer lists no devices: {error}") from error

    def _create(self, device: Found) -> Any:
        config = core.ParameterSet(
            {
                core.ParameterKey.TIMEOUT_PERIOD_ON_UPDATE_EVENT_DATA_CALL: POLL_MS,
                core.ParameterKey.ENABLE_AUTO_CHUNK_DATA_UPDATE: False,  # 0.7 ms a frame, unread
            }
        )
        try:
            with _interrupt_as_before():
                return self._harvester.create({"id_": device.device_id}, config=config)
        except FAILURES as error:
            raise DeviceError(
                f"GenICam camera {device.device_id} cannot be opened, does another program use it: {error}"
            ) from error

    def _leave_when_idle(self) -> None:
        if self._open or self._harvester is None:
            return
        harvester, self._harvester = self._harvester, None
        try:
            harvester.reset()
        except FAILURES as error:
            log.warning("a GenTL producer could not be closed: %s", error)


def _list_again(harvester: Any) -> None:
    """List devices while some are open: `Harvester.update` would close those."""
    harvester.device_info_list.clear()
    for interface in harvester._ifaces:  # the only way to them that does not close them
        interface.update_device_info_list(harvester.timeout_for_update)
        for info in interface.device_info_list:
            harvester.device_info_list.append(core.DeviceInfo(module=info, parent=interface))


def _destroy(acquirer: Any) -> None:
    """Close the device, and run the finalizers of the acquirer and of its chunk adapter.

    Each is a `weakref.finalize` over a method of its own object, and so keeps that object, with a node map of
    0.4 MB, until it has run; `ImageAcquirer.destroy` does not run them.
    """
    chunks = acquirer._chunk_adapter  # `destroy` drops it; there is no public way to it
    try:
        with acquirer:
            pass
    except FAILURES as error:
        log.info("a GenICam camera had gone before it was closed: %s", error)
    try:
        chunks._finalizer()
    except FAILURES as error:
        log.info("a GenICam camera had gone before its chunk data were let go: %s", error)


@contextmanager
def _interrupt_as_before() -> Iterator[None]:
    """Undo harvesters' own answer to Ctrl-C, which it installs on the main thread for each camera."""
    on_main = threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGINT) if on_main else None
    try:
        yield
    finally:
        if on_main and before is not None:
            signal.signal(signal.SIGINT, before)


def _found(device: Any) -> Found:
    known = device.property_dict
    return Found(*(str(known.get(field) or "") for field in FIELDS))
