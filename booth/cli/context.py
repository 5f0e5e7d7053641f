"""What every command needs: the settings, a way to print, a progress bar."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from booth.config import Config, read_config


@dataclass(frozen=True, slots=True)
class Globals:
    """The options that stand before the command."""

    config: Path | None = None
    debug: bool = False


OPTIONS: ContextVar[Globals] = ContextVar("OPTIONS", default=Globals())  # noqa: B039 (it is frozen)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
Groups = Mapping[str, typer.Typer]


def settings() -> Config:
    """The settings in force. Raises: ConfigError."""
    return read_config(OPTIONS.get().config)


def print_json(value: object) -> None:
    """One JSON document on stdout."""
    print(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], title: str = "") -> None:
    """A table on stdout; whole lines where stdout is no terminal. Only a Text is coloured."""
    table = Table(*columns, title=title or None, title_justify="left")
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(_shown(cell)) for cell in row))
    width = None if sys.stdout.isatty() else 240
    Console(width=width, highlight=False).print(table)


def _shown(cell: object) -> str:
    return "" if cell is None else str(cell)


@contextmanager
def progress_bar(task: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr, only on a terminal; call what it gives with (done, total)."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task(task, total=None)
        yield lambda done, total: progress.update(bar, completed=done, total=total)


@contextmanager
def progress_bars() -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar for each task, one after the other; call what it gives with (task, done, total)."""
    with ExitStack() as bars:
        tasks: dict[str, Callable[[int, int], None]] = {}

        def told(task: str, done: int, total: int) -> None:
            if task not in tasks:
                bars.close()
                tasks[task] = bars.enter_context(progress_bar(task))
            tasks[task](done, total)

        yield told


def rows_of(items: Sequence[Any], fields: Sequence[str]) -> list[dict[str, Any]]:
    """The named attributes of each item, ready for JSON."""
    return [{field: getattr(item, field) for field in fields} for item in items]
