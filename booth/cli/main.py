"""The command line: every error is one clear line on stderr and exit code 2, never a traceback."""

from __future__ import annotations

import errno
import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from threadpoolctl import threadpool_limits

from booth import plugins
from booth.cli import (
    bandit,
    catalogue,
    central,
    devices,
    gallery,
    health,
    inspecting,
    learning,
    policy,
    running,
    samples,
)
from booth.cli.calibrate import arrays, lenses, live, measures, trays, versions
from booth.cli.context import OPTIONS, Globals
from booth.cli.evaluate import bandit as simulated_booths
from booth.cli.evaluate import barcodes, identify, search, settling
from booth.errors import BoothError

EXIT_ERROR = 2
EXIT_BUG = 70
"""EX_SOFTWARE of sysexits.h."""
EXIT_INTERRUPTED = 130
UNPRINTABLE = (errno.ENOSPC, errno.EIO, errno.EBADF)
"""What writing to stdout may meet, besides a reader that has gone."""


ROOMS = (
    running,
    inspecting,
    catalogue,
    learning,
    bandit,
    gallery,
    policy,
    samples,
    central,
    devices,
    health,
)
EVALUATING = (barcodes, identify, search, simulated_booths, settling)
CALIBRATING = (arrays, lenses, live, measures, trays, versions)


def main() -> None:
    """The entry point of the `booth` command."""
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115 (closed by whoever started it: `>&-`)
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line and give its exit code; used by `main` and by tests."""
    try:
        return _carried_out(arguments)
    except (Exception, KeyboardInterrupt) as error:
        line, code = _answer(error)
        if code == EXIT_BUG and OPTIONS.get().debug:
            raise
        _hush()
        return _say(line, code)


def _answer(error: BaseException) -> tuple[str, int]:
    """What a person is told of an error, and the exit code."""
    match error:
        case BoothError():
            line, code = str(error), EXIT_ERROR
        case typer.TyperException():
            usage = error.format_message()
            line, code = f"{usage} (try 'booth --help')" if usage else "", EXIT_ERROR
        case typer.Abort() | KeyboardInterrupt():
            line, code = "stopped", EXIT_INTERRUPTED
        case BrokenPipeError():
            line, code = "", 0
        case OSError(errno=int()) if error.filename is None and error.errno in UNPRINTABLE:
            line, code = f"what was to be printed cannot be written: {error.strerror}", EXIT_ERROR
        case _:
            line = f"a bug in the booth: {type(error).__name__}: {error} (booth --debug … shows where)"
            code = EXIT_BUG
    return line, code


def _carried_out(arguments: list[str]) -> int:
    """Carry out a command line and write out what it printed; gives its exit code."""
    try:
        app = build()
        with threadpool_limits(1):  # two cores: a matrix product split in two waits for its slower half
            code = app(args=arguments, prog_name="booth", standalone_mode=False)
        sys.stdout.flush()
    except SystemExit as ended:  # typer's answer to a reader that has gone
        if isinstance(ended.__context__, BrokenPipeError):
            raise ended.__context__ from None
        raise
    if code == EXIT_INTERRUPTED:  # typer's answer to Ctrl-C
        raise KeyboardInterrupt
    return code if isinstance(code, int) else 0


def build() -> typer.Typer:
    """The whole command line, with the commands that other packages add through `booth.commands`."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        callback=_options,
    )
    groups: Mapping[str, typer.Typer] = {
        "": app,
        "evaluate": _group("Measure what the booth's models can do."),
        "train": _group("Train the networks that the booth runs; needs an environment with torch."),
        "catalogue": _group("The products that the booth knows."),
        "gallery": _group("The reference pictures of pristine products."),
        "samples": _group("The items that were kept."),
        "devices": _group("Cameras, scales, lights, scanners and stack lights."),
        "calibrate": _group("Measure lenses, array, depth, colour and light; check for drift."),
        "config": _group("The settings in force."),
    }
    for name, group in groups.items():
        if name:
            app.add_typer(group, name=name)
    for room in (*ROOMS, *EVALUATING, *CALIBRATING):
        room.add_commands(groups)
    for name in plugins.names("booth.commands"):
        plugins.load("booth.commands", name)(groups)
    return app


def _group(purpose: str) -> typer.Typer:
    return typer.Typer(help=purpose, no_args_is_help=True)


def _options(
    config: Annotated[
        Path | None, typer.Option(help="The settings file; else BOOTH_CONFIG, else ./booth.toml.")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log what happens to stderr.")] = False,
    debug: Annotated[bool, typer.Option(help="Show where an unexpected error came from.")] = False,
) -> None:
    """A damage-inspection booth: which product is it, is it damaged, what happens to it."""
    OPTIONS.set(Globals(config, debug))
    logging.basicConfig(
        level=logging.INFO if verbose else logging.ERROR,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
        stream=sys.stderr,
        force=True,
    )


def _hush() -> None:
    """Write out what was printed, or let it go, so that nothing fails again when Python ends."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(message: str, code: int) -> int:
    line = " ".join(message.split())
    if line:
        print(f"booth: {line}", file=sys.stderr)
    return code
