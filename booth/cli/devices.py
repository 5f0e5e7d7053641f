"""`booth devices`: what is plugged in, how it is doing, and what can be set."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from booth.assembly import parts
from booth.assembly.devices import build_serial, plugged_in, serial_devices
from booth.cli.context import AsJson, Groups, print_json, print_table, settings
from booth.config import Config
from booth.domain.device import Control, DeviceInfo, DeviceState, DeviceStatus, is_same
from booth.errors import BoothError, DeviceError, InputError
from booth.events import Bus, Died
from booth.feed.frames import Feed
from booth.ports.devices import Camera, Device

SHOWN = ("part", "kind", "serial", "model", "firmware", "address", "state")
WATCHED = ("part", "state", "a second", "received", "dropped", "longest gap", "°C", "reopened", "last error")
PERIOD_S = 0.5

Changes = Annotated[
    list[str] | None, typer.Argument(help="Settings to try, such as exposure=8000; none: show them.")
]


def add_commands(groups: Groups) -> None:
    """Add `booth devices list`, `watch` and `controls`."""
    groups["devices"].command("list")(list_devices)
    groups["devices"].command("watch")(watch)
    groups["devices"].command("controls")(controls)


def list_devices(as_json: AsJson = False) -> None:
    """List what the booth is set to use, and what else is plugged in."""
    config = settings()
    rows = list(_listed(config))
    if as_json:
        print_json(rows)
    else:
        print_table(SHOWN, [[row[name] for name in SHOWN] for row in rows])


def watch(
    seconds: Annotated[float, typer.Option(min=0.1, help="How long, where there is no terminal.")] = 5.0,
    as_json: AsJson = False,
) -> None:
    """Watch every device live: rates, drops, gaps, temperature, last error. Stop with Ctrl-C."""
    with _watched(settings()) as statuses:
        terminal = Console(highlight=False)
        if terminal.is_terminal and not as_json:
            with Live(_table(statuses()), console=terminal, auto_refresh=False) as live:
                _wait(math.inf, lambda: live.update(_table(statuses()), refresh=True))
            return
        _wait(seconds, statuses)
        if as_json:
            print_json([asdict(status) for status in statuses()])
        else:
            Console(width=240, highlight=False).print(_table(statuses()))


def controls(
    camera: Annotated[str, typer.Argument(help="The camera's id, as `booth devices list` names it.")],
    changes: Changes = None,
    as_json: AsJson = False,
) -> None:
    """Show a camera's settings with their ranges, or try some; put what is good into booth.toml."""
    config = settings()
    wanted = [_change(text) for text in changes or ()]
    chosen = _camera(parts.build_cameras(config, parts.build_scene(config)), camera)
    with ExitStack() as stack:
        stack.callback(chosen.close)
        chosen.open()
        for name, value in wanted:
            chosen.adjust(name, _value(chosen.controls(), name, value))
        found = chosen.controls()
    if as_json:
        print_json([asdict(control) for control in found])
    elif not found:
        print(f"camera {camera} has nothing to set")
    else:
        rows = [(c.name, _shown(c), c.low, c.high, c.step, c.unit, ", ".join(c.choices)) for c in found]
        print_table(("setting", "value", "lowest", "highest", "step", "unit", "choices"), rows)


def _listed(config: Config) -> Iterator[dict[str, str]]:
    """A row for each device that is configured, then for each that is only plugged in."""
    used: list[DeviceInfo] = []
    for part, info, state in _configured(config):
        used.append(info)
        yield _row(part, info, state)
    for driver, found in plugged_in(config):
        if isinstance(found, BoothError):
            yield _row("", DeviceInfo(driver, ""), f"cannot be looked for: {found}")
        elif not any(is_same(found, info) for info in used):
            yield _row("", found, "plugged in, not in booth.toml")


def _configured(config: Config) -> Iterator[tuple[str, DeviceInfo, str]]:
    """Every configured device, opened once to see what it says of itself."""
    try:
        cameras = parts.build_cameras(config, parts.build_scene(config))
    except DeviceError as error:
        yield "cameras", DeviceInfo(config.settings.cameras.driver, ""), f"lost: {error}"
        cameras = ()
    for camera in cameras:
        yield camera.camera_id, *_opened(camera)
    for part, device in serial_devices(config):
        yield part, *_opened(device)


def _opened(device: Camera | Device) -> tuple[DeviceInfo, str]:
    try:
        device.open()
        return device.info, "answers"
    except DeviceError as error:
        return device.info, f"lost: {error}"
    finally:
        device.close()


def _row(part: str, info: DeviceInfo, state: str) -> dict[str, str]:
    return {"part": part, **asdict(info), "state": state}


@contextmanager
def _watched(config: Config) -> Iterator[Callable[[], list[DeviceStatus]]]:
    """Every device of the booth, served by threads of its own while the context lasts."""
    bus, deaths = Bus(), []
    bus.subscribe(lambda event: deaths.append(event) if isinstance(event, Died) else None)
    cameras = parts.build_cameras(config, parts.build_scene(config))
    feeds = [Feed(camera, bus, config.settings.lane.frame_timeout_s) for camera in cameras]
    services = (*feeds, *build_serial(config, bus).all())

    def statuses() -> list[DeviceStatus]:
        if deaths:
            raise DeviceError(f"the thread of {deaths[0].worker} died: {deaths[0].message}")
        return [service.status() for service in services]

    with ExitStack() as stack:
        for service in services:
            stack.callback(service.stop)
            service.start()
        yield statuses


def _wait(seconds: float, each: Callable[[], object]) -> None:
    """Call `each` again and again, until the time is over or Ctrl-C ends it."""
    end_s = time.monotonic() + seconds
    with suppress(KeyboardInterrupt):
        while (left_s := end_s - time.monotonic()) > 0:
            each()
            time.sleep(min(PERIOD_S, left_s))


def _table(statuses: Sequence[DeviceStatus]) -> RenderableType:
    table = Table(*WATCHED)
    for status in statuses:
        colour = {DeviceState.LIVE: "green", DeviceState.LOST: "red"}.get(status.state, "yellow")
        table.add_row(
            escape(status.part),
            f"[{colour}]{status.state}[/]",
            "" if status.rate_hz is None else f"{status.rate_hz:.1f}",
            str(status.received),
            str(status.dropped),
            f"{status.longest_gap_ms:.0f} ms",
            "" if status.temperature_c is None else f"{status.temperature_c:.1f}",
            str(status.reopened),
            escape(status.last_error),
        )
    return table


def _camera(cameras: Sequence[Camera], camera_id: str) -> Camera:
    for camera in cameras:
        if camera.camera_id == camera_id:
            return camera
    there = ", ".join(camera.camera_id for camera in cameras)
    raise InputError(f"there is no camera '{camera_id}'; there are: {there}")


def _change(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator or not name or not value:
        raise InputError(f"'{text}' is no change: write setting=value, such as exposure=8000")
    return name, value


def _value(there: Sequence[Control], name: str, text: str) -> float:
    """The number that a value or the name of a choice stands for. Raises: InputError."""
    for control in there:
        if control.name == name and text in control.choices:
            return control.low + control.choices.index(text) * control.step
    try:
        return float(text)
    except ValueError as error:
        raise InputError(f"{name}: '{text}' is neither a number nor one of its choices") from error


def _shown(control: Control) -> str:
    """The value, or the name of its choice."""
    place = round((control.value - control.low) / control.step) if control.step else 0
    return control.choices[place] if place < len(control.choices) else f"{control.value:g}"
