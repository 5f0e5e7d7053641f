"""The embedding's head as torch modules: standardised stages in, 256 numbers of unit length out."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.embedding import DIMENSIONS, GRID, INPUTS

CLIP = 4.0
"""Deviations beyond which a value counts no more; training features are kept within them."""
CHANNELS = {"fine": 96, "middle": 192, "coarse": 384}


class Head(nn.Module):
    """Projects each stage and the colours to one grid, mixes them, and pools by learnt attention.

    Attention pooling: Ilse et al. 2018, https://arxiv.org/abs/1802.04712; generalised mean: Radenović et al.
    2018, https://arxiv.org/abs/1711.02512.
    """

    def __init__(self, width: int = 128, queries: int = 6, value: int = 96) -> None:
        super().__init__()
        self.fine = nn.Conv2d(CHANNELS["fine"], width, 1)
        self.middle = nn.Conv2d(CHANNELS["middle"], width, 1, bias=False)
        self.coarse = nn.Conv2d(CHANNELS["coarse"], width, 1, bias=False)
        self.colour = nn.Sequential(
            nn.Conv2d(6, 32, 3, stride=2, padding=1), nn.GELU(), nn.Conv2d(32, width, 1, bias=False)
        )
        self.grown = nn.Upsample(scale_factor=2, mode="nearest")
        self.near = nn.Conv2d(width, width, 3, padding=1, groups=width)
        self.mix = nn.Conv2d(width, width, 1)
        self.norm = nn.GroupNorm(1, width)
        self.value = nn.Conv2d(width, value, 1)
        self.attend = nn.Conv2d(width, queries, 1)
        self.place = nn.Parameter(torch.zeros(1, queries, GRID, GRID))
        self.out = nn.Sequential(
            nn.LayerNorm(value * (queries + 1)), nn.Linear(value * (queries + 1), DIMENSIONS)
        )

    def forward(self, fine: Tensor, middle: Tensor, coarse: Tensor, colour: Tensor) -> Tensor:
        """(N, channels, rows, columns) each, standardised; colours 0..1. Gives (N, 256) of unit length."""
        x = self.fine(fine) + self.middle(middle) + self.grown(self.coarse(coarse))
        x = torch.nn.functional.gelu(x + self.colour(_balanced(colour)))
        x = self.norm(x + torch.nn.functional.gelu(self.mix(self.near(x))))
        value = self.value(x).flatten(2)
        weight = torch.softmax((self.attend(x) + self.place).flatten(2), dim=2)
        pooled = torch.matmul(weight, value.transpose(1, 2)).flatten(1)
        mean = value.clamp(min=1e-3).pow(3).mean(dim=2).pow(1 / 3)
        row = self.out(torch.cat([pooled, mean], dim=1))
        return row / row.norm(dim=1, keepdim=True).clamp(min=1e-6)


class Standardised(nn.Module):
    """The head as it ships: takes the raw stages, channels last, and standardises them first."""

    def __init__(self, head: Head, scale: dict[str, Tensor]) -> None:
        """`scale`: input name to (2, channels), mean and deviation."""
        super().__init__()
        self.head = head
        for name in CHANNELS:
            self.register_buffer(f"{name}_mean", scale[name][0].reshape(1, 1, 1, -1))
            self.register_buffer(f"{name}_rate", 1 / scale[name][1].reshape(1, 1, 1, -1))

    def forward(self, fine: Tensor, middle: Tensor, coarse: Tensor, colour: Tensor) -> Tensor:
        """(1, rows, columns, channels) each; gives (1, 256)."""
        raw = dict(zip(INPUTS, (fine, middle, coarse, colour), strict=True))
        steps = [self._standard(name, raw[name]).permute(0, 3, 1, 2) for name in CHANNELS]
        found: Tensor = self.head(*steps, colour.permute(0, 3, 1, 2))
        return found

    def _standard(self, name: str, values: Tensor) -> Tensor:
        mean, rate = self.get_buffer(f"{name}_mean"), self.get_buffer(f"{name}_rate")
        return ((values - mean) * rate).clamp(-CLIP, CLIP)


def _balanced(colour: Tensor) -> Tensor:
    """Colours twice: as they are, and with each channel's mean and contrast over the picture taken out."""
    middle = colour.mean(dim=(2, 3), keepdim=True)
    away = colour - middle
    spread = away.pow(2).mean(dim=(2, 3), keepdim=True).add(1e-3).sqrt()
    return torch.cat([colour * 2 - 1, away / spread], dim=1)
