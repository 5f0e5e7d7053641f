"""Fits the supervised model: both branches at once, with one to four references drawn for each step."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from booth.errors import InputError
from models.supervised import KEYS
from models.training.damage_data import Batch, Samples, draws, varied
from models.training.damage_network import DamageNetwork, Projection, Told

HEAT_WEIGHT = 6.0
"""Damaged cells are rare: each counts as so many."""
ALIGNMENTS = ("aligned", "averaged")


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how fast it learns.

    Attributes:
        steps: batches that are learnt from; or, where 0, as many as `minutes` allow.
        groups: products and views a batch, `views` of each.
        alignment: `aligned`, or `averaged` for the ablation.
        heights: whether it is told heights at all.
    """

    steps: int = 0
    minutes: float = 20.0
    groups: int = 4
    views: int = 6
    rate: float = 4e-3
    seed: int = 0
    alignment: str = "aligned"
    heights: bool = True


def fit(samples: Samples, plan: Plan, progress: Callable[[int, int], None]) -> DamageNetwork:
    """A network fitted from nothing; with `steps`, the same seed on one machine gives the same weights.

    Raises:
        InputError: there are too few products to learn from.
    """
    groups = samples.groups(held_out=False)
    if len(groups) < 2 or not any(len(group.damaged) for group in groups):
        raise InputError("too few products to learn from: two at least, with references and damaged items")
    torch.manual_seed(plan.seed)
    rng = np.random.default_rng([plan.seed, 41])
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = new_network(samples, plan)
    samples.prepare(network.projection.components, lambda done, total: None)
    network = network.to(device).train()
    optimiser = torch.optim.AdamW(network.parameters(), plan.rate, weight_decay=0.01)
    began = time.monotonic()
    for step, (queries, references) in enumerate(draws(groups, rng, plan.groups, plan.views)):
        part = _part(plan, step, time.monotonic() - began)
        if part >= 1:
            break
        for settings in optimiser.param_groups:
            settings["lr"] = plan.rate * _pace(part)
        batch = moved(varied(samples.batch(queries, references), rng), device, plan.heights)
        with torch.autocast(device.type, torch.bfloat16):
            loss = step_loss(network, batch)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 2.0)
        optimiser.step()
        progress(round(part * 1000) if plan.steps == 0 else step + 1, plan.steps or 1000)
    fitted: DamageNetwork = network.cpu().eval()
    return fitted


def new_network(samples: Samples, plan: Plan) -> DamageNetwork:
    """A network that has learnt nothing but how the features spread."""
    mean, deviation, basis = samples.spread(plan.seed)
    return DamageNetwork(Projection(mean, deviation, basis), plan.alignment)


def answered(network: DamageNetwork, batch: Batch) -> tuple[Told, Told | None]:
    """What both branches say of a batch; None where it holds no references."""
    keys = network.projection(batch.components)
    own = keys[batch.queries]
    cells, alone = network.alone(own, batch.maps)
    if batch.references.shape[1] == 0:
        return alone, None
    compared = network.compared(
        own, batch.maps, cells, keys[batch.references][..., :KEYS], batch.reference_heights
    )
    return alone, compared


def step_loss(network: DamageNetwork, batch: Batch) -> Tensor:
    """The loss of both branches over one batch."""
    alone, compared = answered(network, batch)
    loss = loss_of(alone, batch)
    return loss if compared is None else loss + loss_of(compared, batch)


def loss_of(told: Told, batch: Batch) -> Tensor:
    """Damage and its types as yes or no, severity as one of three, the heat cell by cell."""
    weight = batch.counts / batch.counts.sum().clamp(min=1)
    told = Told(*(getattr(told, one).float() for one in ("logit", "types", "severity", "heat")))
    damage = functional.binary_cross_entropy_with_logits(told.logit, batch.damaged, reduction="none")
    types = functional.binary_cross_entropy_with_logits(told.types, batch.types, reduction="none").mean(dim=1)
    severity = functional.cross_entropy(told.severity, batch.severity, reduction="none")
    cells = functional.binary_cross_entropy_with_logits(told.heat, batch.heat, reduction="none")
    heat = (cells * (1 + (HEAT_WEIGHT - 1) * batch.heat)).mean(dim=(1, 2))
    return ((damage + 2 * types + 0.5 * severity + 4 * heat) * weight).sum()


def moved(batch: Batch, device: torch.device, heights: bool) -> Batch:
    """A batch on a device; without heights, as if there were no depth."""
    maps, reference_heights = batch.maps, batch.reference_heights
    if not heights:
        maps, reference_heights = maps.clone(), torch.zeros_like(reference_heights)
        maps[:, :2] = 0
    parts = (
        batch.components, batch.queries, batch.references, maps, reference_heights, batch.heat,
        batch.damaged, batch.counts, batch.types, batch.severity,
    )  # fmt: skip
    return Batch(*(part.to(device) for part in parts))


def _part(plan: Plan, step: int, elapsed_s: float) -> float:
    return step / plan.steps if plan.steps else elapsed_s / (60 * plan.minutes)


def _pace(part: float) -> float:
    """The learning rate's share: a short rise, then half a cosine down (arXiv:1608.03983)."""
    return min(part / 0.06 + 0.02, 1.0) * (0.5 + 0.5 * math.cos(math.pi * part))
