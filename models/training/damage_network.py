"""The supervised model as torch modules: keys of a view, what it shows alone, and beside its references."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.supervised import DAMAGES, HEAT, KEYS, MAPS, OWN_KEYS, PATCH_CHANNELS, SEVERITIES
from models.training.damage_alignment import Alignment, moved_by, shifted

CLIP = 5.0
"""Deviations beyond which a feature counts no more."""
COMPONENTS = 96
CELLS = 32
COARSE = 48
LOCAL, LOCAL_GROUPS = 8, 2
LEARNT = 24
STEEP = 5.0
"""20 mm of height count as much as a feature's deviation."""
COMPARED = LEARNT + 2 * LOCAL_GROUPS + 3


@dataclass(frozen=True, slots=True)
class Told:
    """What a branch says of N views: `logit` (N,), `types` (N, 6), `severity` (N, 3), `heat` (N, 64, 64).

    All are logits.
    """

    logit: Tensor
    types: Tensor
    severity: Tensor
    heat: Tensor


class Projection(nn.Module):
    """Patches to keys: standardised, to the training set's principal components, then a learnt linear map."""

    def __init__(self, mean: Tensor, deviation: Tensor, basis: Tensor) -> None:
        """`mean`, `deviation`: (288,); `basis`: (288, COMPONENTS), which whitens what it keeps."""
        super().__init__()
        self.register_buffer("mean", mean.reshape(1, 1, 1, PATCH_CHANNELS))
        self.register_buffer("rate", 1 / deviation.reshape(1, 1, 1, PATCH_CHANNELS))
        self.register_buffer("basis", basis[:, :COMPONENTS].contiguous())
        self.map = nn.Linear(COMPONENTS, OWN_KEYS)
        with torch.no_grad():
            self.map.weight.copy_(torch.eye(OWN_KEYS, COMPONENTS))
            self.map.bias.zero_()

    def standard(self, patches: Tensor) -> Tensor:
        """(N, 40, 40, 288), standardised and clipped."""
        return ((patches - self.mean) * self.rate).clamp(-CLIP, CLIP)

    def components(self, patches: Tensor) -> Tensor:
        """(N, 40, 40, 288) to (N, 40, 40, COMPONENTS), which never change while it learns."""
        return torch.matmul(self.standard(patches), self.basis)

    def forward(self, components: Tensor) -> Tensor:
        """(N, 40, 40, COMPONENTS) to (N, 40, 40, OWN_KEYS)."""
        found: Tensor = self.map(components)
        return found


class Block(nn.Module):
    """Two convolutions over 3 x 3 cells beside a short cut (He et al. 2015, arXiv:1512.03385)."""

    def __init__(self, width: int, reach: int = 1) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=reach, dilation=reach, bias=False),
            nn.BatchNorm2d(width, momentum=0.05),
            nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width, momentum=0.05),
        )

    def forward(self, cells: Tensor) -> Tensor:
        """(N, width, rows, columns) to the same."""
        return functional.relu(cells + self.body(cells))


class Context(nn.Module):
    """Cells mixed with their surroundings: a convolution at full size, then blocks at half size."""

    def __init__(self, coarse_blocks: int) -> None:
        super().__init__()
        self.near = nn.Sequential(nn.Conv2d(CELLS, CELLS, 3, padding=1, bias=False), nn.BatchNorm2d(CELLS))
        self.down = nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(CELLS, COARSE, 1), nn.ReLU())
        self.far = nn.Sequential(*(Block(COARSE, 1 + index) for index in range(coarse_blocks)))
        self.overall = nn.Conv2d(COARSE, COARSE, 1)
        self.up = nn.Sequential(nn.Conv2d(COARSE, CELLS, 1), nn.Upsample(scale_factor=2, mode="nearest"))

    def forward(self, cells: Tensor) -> Tensor:
        """(N, CELLS, 40, 40) to the same."""
        near = functional.relu(cells + self.near(cells))
        far = self.far(self.down(near))
        far = far + self.overall(far.mean(dim=(2, 3), keepdim=True))
        return functional.relu(near + self.up(far))


class Heads(nn.Module):
    """The answers from cells: a heat map, and the whole view's answers from where the heat is.

    The view's cells are pooled by attention (Ilse et al. 2018, arXiv:1802.04712), by their maximum and mean.
    """

    def __init__(self) -> None:
        super().__init__()
        self.spread = nn.Conv2d(CELLS, 16, 1)
        self.paint = nn.Conv2d(16, 1, 3, padding=1)
        self.attend = nn.Conv2d(CELLS, 2, 1)
        self.answers = nn.Sequential(
            nn.Linear(4 * CELLS + 2, 64), nn.ReLU(), nn.Linear(64, 1 + len(DAMAGES) + len(SEVERITIES))
        )
        nn.init.constant_(self.paint.bias, -4.0)

    def forward(self, cells: Tensor) -> Told:
        """(N, CELLS, 40, 40)."""
        grown = functional.interpolate(
            self.spread(cells), size=(HEAT, HEAT), mode="bilinear", align_corners=False
        )
        heat = self.paint(functional.relu(grown))[:, 0]
        flat = cells.flatten(2)
        attend = self.attend(cells).flatten(2)
        pooled = torch.matmul(torch.softmax(attend, dim=2), flat.transpose(1, 2)).flatten(1)
        peak = torch.logsumexp(attend, dim=2)
        whole = torch.cat([pooled, flat.amax(dim=2), flat.mean(dim=2), peak * 0.1], dim=1)
        answers = self.answers(whole)
        types, severity = answers[:, 1 : 1 + len(DAMAGES)], answers[:, 1 + len(DAMAGES) :]
        return Told(answers[:, 0], types, severity, heat)


class Alone(nn.Module):
    """What a view shows by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(OWN_KEYS + MAPS, CELLS, 1), nn.BatchNorm2d(CELLS), nn.ReLU())
        self.context = Context(2)
        self.heads = Heads()

    def forward(self, keys: Tensor, maps: Tensor) -> tuple[Tensor, Told]:
        """Keys (N, 40, 40, OWN_KEYS), maps (N, MAPS, 40, 40); gives the cells (N, CELLS, 40, 40) too."""
        cells = self.context(self.stem(torch.cat([keys.permute(0, 3, 1, 2), maps], dim=1)))
        return cells, self.heads(cells)


class Compared(nn.Module):
    """What a view shows beside K references, each softly aligned with it.

    Args:
        alignment: `aligned`, or `averaged`: one mean of the references as they lie, for the ablation.
    """

    def __init__(self, alignment: str = "aligned") -> None:
        super().__init__()
        self.alignment = alignment
        self.align = Alignment()
        self.own = nn.Linear(KEYS, LEARNT)
        self.theirs = nn.Linear(KEYS, LEARNT, bias=False)
        self.apart = nn.Linear(KEYS, LEARNT, bias=False)
        self.alike = nn.Linear(KEYS, LEARNT, bias=False)
        self.local = nn.Linear(KEYS, LOCAL, bias=False)
        self.register_buffer(
            "groups", torch.eye(LOCAL_GROUPS).repeat_interleave(LOCAL // LOCAL_GROUPS, 0) / LOCAL
        )
        self.fit = nn.Linear(COMPARED, 1)
        self.stem = nn.Sequential(nn.Conv2d(CELLS + 2 * COMPARED, CELLS, 1), nn.BatchNorm2d(CELLS), nn.ReLU())
        self.context = Context(1)
        self.heads = Heads()

    def forward(
        self, keys: Tensor, maps: Tensor, cells: Tensor, reference_keys: Tensor, reference_heights: Tensor
    ) -> Told:
        """One view's answers beside K references, for N views.

        Args:
            keys: (N, 40, 40, OWN_KEYS), of which the first KEYS are compared.
            maps: (N, MAPS, 40, 40).
            cells: (N, CELLS, 40, 40), of `Alone`.
            reference_keys: (N, K, 40, 40, KEYS).
            reference_heights: (N, K, 2, 40, 40), height and whether it is known.
        """
        keys = keys[..., :KEYS]
        theirs = torch.cat([reference_keys, reference_heights.permute(0, 1, 3, 4, 2)], dim=4)
        if self.alignment == "averaged":
            theirs = theirs.mean(dim=1, keepdim=True)
        else:
            theirs = self.align(keys, maps, theirs)
        compared = self._compared(keys, theirs[..., :KEYS], maps, theirs[..., KEYS:])
        fit = torch.softmax(self.fit(compared), dim=1)
        both = torch.cat([(compared * fit).sum(dim=1), compared.mean(dim=1)], dim=3).permute(0, 3, 1, 2)
        told: Told = self.heads(self.context(self.stem(torch.cat([cells, both], dim=1))))
        return told

    def _compared(self, keys: Tensor, aligned: Tensor, maps: Tensor, heights: Tensor) -> Tensor:
        """(N, K, 40, 40, COMPARED): learnt differences, distances both ways, and of heights."""
        query = keys[:, None]
        learnt = self.theirs(aligned) + self.apart((query - aligned).abs()) + self.alike(query * aligned)
        learnt = functional.relu(learnt + self.own(query))
        there, back = self._distances(keys, aligned)
        own = maps[:, :2].permute(0, 2, 3, 1)[:, None]
        both = own[..., 1:2] * heights[..., 1:2]
        rise = (own[..., 0:1] - heights[..., 0:1]) * both * STEEP
        return torch.cat([learnt, there, back, rise, rise.abs(), both], dim=4)

    def _distances(self, keys: Tensor, aligned: Tensor) -> tuple[Tensor, Tensor]:
        """How far each cell is from the nearest of 3 x 3 of the other picture, both ways, by groups.

        How far a cell of the reference is from the view's cell one step away is what that cell said of the
        step back, so that each pair is compared once.
        """
        query, other = self.local(keys)[:, None], self.local(aligned)
        steps = [torch.matmul((query - moved).square(), self.groups) for moved in shifted(other)]
        there = steps[0]
        for one in steps[1:]:
            there = torch.minimum(there, one)
        back = steps[4]
        for index, one in enumerate(steps):
            if index != 4:
                back = torch.minimum(back, moved_by(one, 8 - index))
        return torch.sqrt(there + 1e-4), torch.sqrt(back + 1e-4)


class DamageNetwork(nn.Module):
    """The three parts together, as they are trained."""

    def __init__(self, projection: Projection, alignment: str = "aligned") -> None:
        super().__init__()
        self.projection = projection
        self.alone = Alone()
        self.compared = Compared(alignment)
