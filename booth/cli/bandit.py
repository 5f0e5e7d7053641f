"""`booth bandit`: what another policy would have earned on the logged queries, and how true that is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from booth.assembly import finding
from booth.cli.context import AsJson, Groups, print_json, print_table, progress_bar, settings
from booth.errors import InputError
from booth.identify.bandit.counterfactual import Estimate, Estimates, estimate
from booth.identify.bandit.experience import Tryout
from booth.identify.bandit.policy import Bandit
from booth.identify.bandit.query_logs import Read, read, replayed
from booth.identify.bandit.replay import Checked, check
from booth.identify.memory import Memory
from booth.store.learning import Learning

KIND = "bandit"
LEAST = 50
"""Fewer answered items tell nothing of another policy."""
MAX_BYTES = 10_000_000
PURPOSE = "The policy that chooses strategies: what another one would have earned."

Candidate = Annotated[
    str,
    typer.Option(help="A file that `Bandit.to_bytes` wrote, or a version that `booth learn versions` lists."),
]
Since = Annotated[datetime | None, typer.Option(help="Only queries logged since then.")]


def add_commands(groups: Groups) -> None:
    """Add `booth bandit evaluate` and `booth bandit replay`."""
    app = typer.Typer(help=PURPOSE, no_args_is_help=True)
    app.command("evaluate")(evaluate)
    app.command("replay")(replay)
    groups[""].add_typer(app, name="bandit")


def evaluate(
    candidate: Candidate,
    since: Since = None,
    clip: Annotated[float, typer.Option(min=0.0, help="Weights above it count as it; 0 is off.")] = 0.0,
    seed: Annotated[int, typer.Option(min=0, max=2**31)] = 0,
    as_json: AsJson = False,
) -> None:
    """What a candidate would have earned on the logged queries: DM, SNIPS and DR, with 95 % intervals."""
    with closing(Learning(settings().data_dir)) as learning:
        policy = _policy(learning, candidate)
        found = _enough(read(learning.entries(since)))
    said = estimate(found.log, policy, np.random.default_rng(seed), clip or np.inf)
    if as_json:
        print_json({"candidate": policy.version, "left_out": found.left_out, **asdict(said)})
    else:
        _print(said, found.left_out)


def replay(
    candidate: Annotated[str, typer.Option(help="As for evaluate; else the version in force.")] = "",
    since: Since = None,
    items: Annotated[int, typer.Option(min=LEAST, max=1_000_000, help="The last so many answered.")] = 500,
    seed: Annotated[int, typer.Option(min=0, max=2**31)] = 0,
    as_json: AsJson = False,
) -> None:
    """Run what was not run, from the logged evidence, and check the estimates against the truth."""
    with _opened() as (learning, tryout), progress_bar("Running what was not run") as progress:
        policy = _policy(learning, candidate)
        entries = list(learning.entries(since, confirmed=True))[-items:]
        whole = _enough(replayed(_enough(read(entries)), tryout, progress))
    checked = check(whole.log, policy, np.random.default_rng(seed))
    if as_json:
        told = {"candidate": policy.version, "left_out": whole.left_out, "truth": checked.truth}
        print_json({**told, "errors": checked.errors, **asdict(checked.said)})
    else:
        _print(checked.said, whole.left_out, checked)


def _policy(learning: Learning, name: str) -> Bandit:
    """The policy in a file, of a version, or in force. Raises: InputError, StoreError."""
    if name and Path(name).is_file():
        return _from_file(Path(name))
    if name and ("/" in name or "." in name):
        raise InputError(f"{name}: this is no file")
    state = learning.state(KIND, name) if name else learning.in_force(KIND)
    if state is None:
        raise InputError("nothing is in force yet: 'booth learn --cold' makes a first policy")
    return Bandit.from_bytes(state.document)


def _from_file(path: Path) -> Bandit:
    try:
        with path.open("rb") as file:
            document = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    if len(document) > MAX_BYTES:
        raise InputError(f"{path}: larger than any policy")
    try:
        return Bandit.from_bytes(document)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def _enough(found: Read) -> Read:
    answered = int(found.log.answered.sum())
    if answered < LEAST:
        others = f", {found.left_out} cannot be used" if found.left_out else ""
        raise InputError(f"{answered} confirmed queries are logged, at least {LEAST} are needed{others}")
    return found


@contextmanager
def _opened() -> Iterator[tuple[Learning, Tryout]]:
    config = settings()
    with ExitStack() as open_parts:
        learning = open_parts.enter_context(closing(Learning(config.data_dir)))
        index = open_parts.enter_context(closing(finding.build_index(config)))
        yield learning, Tryout(index, finding.build_strategies(config, index, Memory()))


def _print(said: Estimates, left_out: int, checked: Checked | None = None) -> None:
    own = f"as good as {said.effective:,.0f} of the candidate's own"
    print(f"{said.n:,} queries, {said.answered:,} of them confirmed, {own}")
    if left_out:
        print(f"{left_out:,} queries are left out: the log has not all that is needed of them")
    rows: list[list[Any]] = [
        [name, *_cells(each), f"{checked.errors[name]:+.4f}" if checked else ""]
        for name, each in (("dm", said.dm), ("snips", said.snips), ("dr", said.dr))
    ]
    rows.append(["logged policy", *_cells(said.logged), ""])
    if checked is not None:
        rows.append(["truth", f"{checked.truth:.4f}", "", ""])
    print_table(("estimate", "reward per item", "95 % interval", "error"), rows)
    if said.effective < LEAST:
        print("the candidate does what was seldom done: the intervals are not to be trusted")


def _cells(each: Estimate) -> tuple[str, str]:
    return f"{each.value:.4f}", f"{each.low:.4f} … {each.high:.4f}"
