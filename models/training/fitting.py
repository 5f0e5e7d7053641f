"""Fits the head: supervised contrastive learning with siblings as hard negatives, from one seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.embedding import INPUTS
from models.training.features import STEPS_A_DEVIATION, Features
from models.training.head import Head

TEMPERATURE = 0.06
"""Within the range that Khosla et al. found good, https://arxiv.org/abs/2004.11362 (0.05 to 0.1)."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how fast it learns.

    Attributes:
        families: drawn for each batch, at most `siblings` products of each, `photos` photos of each product
            beside its iconic picture.
    """

    steps: int = 1200
    families: int = 28
    siblings: int = 3
    photos: int = 2
    rate: float = 2e-3
    seed: int = 0


def fit(features: Features, plan: Plan, progress: Callable[[int, int], None]) -> Head:
    """A head fitted from nothing; the same seed on the same machine gives the same weights."""
    torch.manual_seed(plan.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    head = Head().to(device).train()
    optimiser = torch.optim.AdamW(head.parameters(), plan.rate, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, plan.rate, total_steps=plan.steps, pct_start=0.15
    )
    for step, rows in enumerate(batches(features, plan)):
        inputs = _varied(_tensors(features, rows, device))
        with torch.autocast(device.type, torch.bfloat16):
            found = head(*inputs)
        loss = contrast(found.float(), torch.from_numpy(features.product[rows]).to(device))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(head.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        progress(step + 1, plan.steps)
    fitted: Head = head.cpu().eval()
    return fitted


def contrast(rows: Tensor, labels: Tensor) -> Tensor:
    """The supervised contrastive loss (L_out of Khosla et al. 2020) of unit rows (N, D) and labels (N,)."""
    count = len(rows)
    itself = torch.eye(count, dtype=torch.bool, device=rows.device)
    close = (rows @ rows.T / TEMPERATURE).masked_fill(itself, -1e4)
    same = (labels[:, None] == labels[None]) & ~itself
    share = torch.log_softmax(close, dim=1)
    each = -(share * same).sum(dim=1) / same.sum(dim=1).clamp(min=1)
    return each[same.any(dim=1)].mean()


def batches(features: Features, plan: Plan) -> Iterator[NDArray[np.int64]]:
    """Rows of each step: whole families, the iconic picture of each product always among its pictures."""
    rng = np.random.default_rng([plan.seed, 40])
    rows_of = _by(features.product)
    products_of = {family: np.unique(features.product[rows]) for family, rows in _by(features.family).items()}
    families = np.array(sorted(products_of))
    iconic = features.kind == "iconic"
    for _ in range(plan.steps):
        chosen: list[int] = []
        for family in rng.choice(families, min(plan.families, len(families)), replace=False):
            products = rng.permutation(products_of[int(family)])[: plan.siblings]
            for product in products:
                rows = rows_of[int(product)]
                first, rest = rows[iconic[rows]], rng.permutation(rows[~iconic[rows]])
                chosen += [*first[:1], *rest[: plan.photos + (len(first) == 0)]]
        yield np.array(chosen, np.int64)


def embedded(
    head: Head, features: Features, rows: NDArray[np.int64], at_once: int = 64
) -> NDArray[np.float32]:
    """The embeddings of some pictures, (n, 256)."""
    parts = []
    with torch.inference_mode():
        for start in range(0, len(rows), at_once):
            inputs = _tensors(features, rows[start : start + at_once], torch.device("cpu"))
            parts.append(head(*inputs).numpy())
    return np.concatenate(parts)


def _tensors(features: Features, rows: NDArray[np.int64], device: torch.device) -> list[Tensor]:
    """The head's inputs of some pictures, channels first, standardised."""
    steps = {name: STEPS_A_DEVIATION for name in INPUTS} | {"colour": 255}
    picked = [torch.from_numpy(np.asarray(features.maps[name][rows])).to(device) for name in INPUTS]
    return [
        part.to(torch.float32).mul_(1 / steps[name]).permute(0, 3, 1, 2)
        for name, part in zip(INPUTS, picked, strict=True)
    ]


def _varied(inputs: list[Tensor]) -> list[Tensor]:
    """Hides a random block of the grid of some pictures: no single place decides."""
    fine, middle, coarse, colour = inputs
    keep = torch.ones(len(fine), 1, 10, 10, device=fine.device)
    for index in range(len(fine)):
        if torch.rand(()) < 0.4:
            top, left = (int(value) for value in torch.randint(0, 8, (2,)))
            high, wide = (int(value) for value in torch.randint(2, 6, (2,)))
            keep[index, :, top : top + high, left : left + wide] = 0
    double = torch.nn.functional.interpolate(keep, scale_factor=2)
    finest = torch.nn.functional.interpolate(keep, scale_factor=4)
    grey = colour.mean(dim=(2, 3), keepdim=True)
    return [fine * double, middle * double, coarse * keep, grey + (colour - grey) * finest]


def _by(labels: NDArray[np.int64]) -> dict[int, NDArray[np.int64]]:
    order = np.argsort(labels, kind="stable")
    names, starts = np.unique(labels[order], return_index=True)
    return {int(name): rows for name, rows in zip(names, np.split(order, starts[1:]), strict=True)}
