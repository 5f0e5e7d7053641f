"""`booth learn`: refit what the search has learnt, start it anew, list its versions and go back to one."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict
from typing import Annotated

import numpy as np
import typer

from booth.assembly import finding
from booth.cli.context import AsJson, Groups, print_json, print_table, progress_bars, settings
from booth.identify.memory import Memory
from booth.identify.ranker.cold_start import ITEMS
from booth.identify.relearning import KINDS, Outcome, Searching, learn_cold, learn_nightly
from booth.store.learning import Learning

SHOWN = ("kind", "version", "made_at", "made_by", "based_on", "upto", "bytes", "in_force", "figures")
PURPOSE = "What the search learns from confirmations: refit it, start it anew, go back to a version."


def add_commands(groups: Groups) -> None:
    """Add `booth learn`, `booth learn versions` and `booth learn use`."""
    app = typer.Typer(help=PURPOSE, invoke_without_command=True, callback=learn)
    app.command("versions")(versions)
    app.command("use")(use)
    groups[""].add_typer(app, name="learn")


def learn(
    context: typer.Context,
    cold: Annotated[
        bool, typer.Option("--cold", help="Start anew from simulated items of the catalogue.")
    ] = False,
    items: Annotated[int, typer.Option(min=200, max=100_000, help="Simulated items of --cold.")] = ITEMS,
    seed: Annotated[int, typer.Option(min=0, max=2**31, help="Of everything that is simulated.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Refit bandit, memory and ranker from the log; what does worse on items held out is kept, not used."""
    if context.invoked_subcommand is not None:
        return
    with _opened() as (learning, searching), progress_bars() as told:
        rng = np.random.default_rng(seed)
        if cold:
            outcomes = learn_cold(learning, searching, rng, items, told)
        else:
            outcomes = learn_nightly(learning, searching, rng, told)
    if as_json:
        print_json([asdict(outcome) for outcome in outcomes])
    else:
        _print(outcomes)


def versions(
    kind: Annotated[str, typer.Argument(help="bandit, memory or ranker; nothing lists all.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the versions of what was learnt, newest first."""
    with closing(Learning(settings().data_dir)) as learning:
        rows = [{name: getattr(each, name) for name in SHOWN} for each in learning.versions(kind)]
    if as_json:
        print_json(rows)
    else:
        print_table(SHOWN, [[_shown(row[name]) for name in SHOWN] for row in rows])


def use(
    kind: Annotated[str, typer.Argument(help=f"One of {', '.join(KINDS)}.")],
    version: Annotated[str, typer.Argument(help="As `booth learn versions` lists it.")],
) -> None:
    """Put a version into force, back or forward; a running booth takes it up within seconds."""
    with closing(Learning(settings().data_dir)) as learning:
        learning.use(kind, version, getpass.getuser())
    print(f"{kind} {version} is in force")


@contextmanager
def _opened() -> Iterator[tuple[Learning, Searching]]:
    config = settings()
    with ExitStack() as open_parts:
        learning = open_parts.enter_context(closing(Learning(config.data_dir)))
        index = open_parts.enter_context(closing(finding.build_index(config)))
        strategies = finding.build_strategies(config, index, Memory())
        yield learning, Searching(index, strategies, finding.build_understanding(index))


def _print(outcomes: list[Outcome]) -> None:
    columns = ("kind", "version", "in force", "why", "figures", "before")
    rows = [
        (each.kind, each.version, "yes" if each.in_force else "no", each.reason,
         _shown(each.figures), _shown(each.before))
        for each in outcomes
    ]  # fmt: skip
    print_table(columns, rows)


def _shown(value: object) -> object:
    if isinstance(value, dict):
        return ", ".join(f"{name} {number:.4g}" for name, number in value.items())
    return value
