"""`booth run`: the touchscreen on the configured cameras, or the same screens offscreen."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from booth.assembly import parts
from booth.cli.context import Groups, progress_bar, settings
from booth.errors import InputError
from booth.ports.screen import Rehearsal

PREPARING = "Preparing the booth: reference pictures of simulated products, a first ranker and bandit"


def add_commands(groups: Groups) -> None:
    """Add `booth run`."""
    groups[""].command("run")(run)


def run(
    offscreen: Annotated[
        bool, typer.Option("--offscreen", help="Drive the screens by their own buttons, without a display.")
    ] = False,
    items: Annotated[int, typer.Option(min=1, max=100_000, help="How many items, offscreen.")] = 5,
    technician: Annotated[
        bool, typer.Option("--technician", help="Offscreen: calibrate a lens too, as a technician does.")
    ] = False,
    out: Annotated[Path, typer.Option(help="Where screenshots go, offscreen.")] = Path("out"),
) -> None:
    """Open the booth."""
    from booth.assembly.running import running  # it loads networks and calibration, which others do without

    config = settings()
    screen = parts.build_screen(config)
    if offscreen:
        _make_folder(out)
    else:
        screen.check()
    with ExitStack() as stack:
        with progress_bar(PREPARING) as progress:
            booth = stack.enter_context(running(config, _told_once(progress)))
        if not offscreen:
            raise typer.Exit(screen.run(booth.station))
        for line in screen.rehearse(booth.station, Rehearsal(items, out, technician)):
            print(line, flush=True)


def _make_folder(folder: Path) -> None:
    """Make a folder for results. Raises: InputError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        reachable = os.access(folder, os.W_OK | os.X_OK)
    except OSError as error:
        raise InputError(f"{folder}: no folder can be made here: {error.strerror}") from error
    if not reachable:
        raise InputError(f"{folder}: it cannot be written to")


def _told_once(progress: Callable[[int, int], None]) -> Callable[[int, int], None]:
    """The same progress, with one line for a log without a bar, however many steps it counts anew."""
    untold = not sys.stderr.isatty()

    def told(done: int, total: int) -> None:
        nonlocal untold
        if untold:
            untold = False
            print(f"{PREPARING} (once)", file=sys.stderr, flush=True)
        progress(done, total)

    return told
