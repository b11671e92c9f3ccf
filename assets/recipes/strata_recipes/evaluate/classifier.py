"""A small classifier of illustrations, trained from scratch on the drawings: the judge of what a sample shows.

It has nothing in common with the models that it judges but the drawings. Measures made with it are in ``illustrations.py``.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..training import Optimiser, Run, course, device, half, split

SIDE = 64  # pixels a side of what the classifier sees
SOURCE = 128  # of the drawings that training warps
WIDTHS = (32, 64, 128, 256)
ROUNDS = 80  # how often training sees as many pictures as there are drawings
BATCH = 128
RATE, DECAY = 2e-3, 0.05
SMOOTHING = 0.1


class Block(nn.Module):
    """Two convolutions around a shortcut (He et al., 2016), half the size."""

    def __init__(self, narrow: int, wide: int):
        super().__init__()
        self.first = nn.Conv2d(narrow, wide, 3, 2, 1, bias=False)
        self.second = nn.Conv2d(wide, wide, 3, 1, 1, bias=False)
        self.shortcut = nn.Conv2d(narrow, wide, 1, bias=False)
        self.norm_first, self.norm_second = nn.BatchNorm2d(wide), nn.BatchNorm2d(wide)

    def forward(self, x: Tensor) -> Tensor:
        inside = F.relu(self.norm_first(self.first(x)))
        return F.relu(self.norm_second(self.second(inside)) + self.shortcut(F.avg_pool2d(x, 2)))


class Network(nn.Module):
    """Pictures [B, 3, 64, 64] in 0..1 -> scores [B, classes]."""

    def __init__(self, classes: int):
        super().__init__()
        self.stem = nn.Conv2d(3, WIDTHS[0], 5, 2, 2, bias=False)
        self.norm = nn.BatchNorm2d(WIDTHS[0])
        self.blocks = nn.Sequential(*(Block(a, b) for a, b in zip(WIDTHS, WIDTHS[1:])))
        self.head = nn.Linear(WIDTHS[-1], classes)

    def features(self, x: Tensor) -> Tensor:
        """What the last layer sees, [B, 256]."""
        x = (x - 0.5) * 4
        return self.blocks(F.relu(self.norm(self.stem(x)))).mean((2, 3))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x))


@dataclass
class Classifier:
    """A trained network and the ImageNet ids of its outputs."""

    network: Network
    ids: np.ndarray

    @torch.no_grad()
    def judge(self, small: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Scores [N, classes] and features [N, 256] of length one for pictures as ``shrink`` makes them."""
        on = device()
        self.network.to(on, memory_format=torch.channels_last).eval()
        scores, features = [], []
        for chunk in torch.from_numpy(small).split(256):
            found = self.network.features(chunk.to(on).permute(0, 3, 1, 2) / 255)
            scores.append(self.network.head(found).cpu())
            features.append(F.normalize(found).cpu())
        return torch.cat(scores).numpy(), torch.cat(features).numpy()


def shrink(pictures: np.ndarray, side: int = SIDE) -> np.ndarray:
    """Means over cells: uint8 [N, S, S, C] -> float32 [N, side, side, C] in 0..255."""
    count, size, _, channels = pictures.shape
    if size % side:
        raise ValueError(f"pictures of {size} pixels a side cannot be shrunk to {side}: the side must be a multiple of {side}")
    cell = size // side
    made = np.empty((count, side, side, channels), np.float32)
    for made_one, picture in zip(made, pictures):
        rows = picture.reshape(side, cell, size * channels).sum(1, dtype=np.uint32)
        made_one[:] = rows.reshape(side, side, cell, channels).sum(2)
    return made / cell**2


def trained(work: Path, without: str | None = None) -> Classifier:
    """The classifier of the drawings below ``work/data``, all or all but one set; trains it unless ``work/classifier`` has it.

    A training that was stopped goes on. The file's name tells drawings apart, so that new ones train a new classifier.
    """
    data = work / "data"
    index = (data / "index.json").read_bytes()
    ids = np.array(json.loads((data / "classes.json").read_text())["ids"])
    network = _fresh(len(ids))
    name = "all" if without is None else f"without-{without}"
    path = work / "classifier" / f"{name}-{hashlib.sha256(index).hexdigest()[:8]}.pt"
    rows = [row for row, entry in enumerate(json.loads(index)) if entry["set"] != without]
    run = _run(network, path, steps=math.ceil(len(rows) * ROUNDS / BATCH))
    if run.step < run.steps:
        labels = np.searchsorted(ids, [entry["class"] for entry in json.loads(index)])
        _train(network, run, _Source(data, rows, labels[rows]))
    return Classifier(network, ids)


def _fresh(classes: int) -> Network:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return Network(classes).to(device(), memory_format=torch.channels_last)


def _run(network: Network, path: Path, steps: int) -> Run:
    matrices, rest = split(network, lambda name: name.startswith(("stem", "head")))
    optimiser = Optimiser(matrices, rest, RATE, DECAY)
    return Run(path, steps, {"network": network, "optimiser": optimiser}, seed=0)


def _train(network: Network, run: Run, source: _Source) -> None:
    network.train()
    optimiser = run.parts["optimiser"]
    on = device()
    while run.step < run.steps:
        pictures, labels = source.batch(BATCH, run.generator)
        with half(on):
            scores = network(pictures.to(on, memory_format=torch.channels_last))
        loss = F.cross_entropy(scores.float(), labels.to(on), label_smoothing=SMOOTHING)
        loss.backward()
        optimiser.step(course(run.done))
        if run.step % 50 == 0:
            right = (scores.argmax(1).cpu() == labels).float().mean()
            run.say(loss=loss.item(), right=right.item())
        run.tick()


class _Source:
    """Batches of training pictures: every class equally often, then every drawing of it, never twice the same way."""

    def __init__(self, data: Path, rows: list[int], labels: np.ndarray):
        drawings = np.load(data / "drawings.npy", mmap_mode="r")
        made = np.stack([shrink(drawings[row][None], SOURCE)[0].round().astype(np.uint8) for row in rows])
        self.drawings = torch.from_numpy(made).permute(0, 3, 1, 2)
        self.grounds = torch.from_numpy(shrink(np.load(data / "grounds.npy"))).permute(0, 3, 1, 2) / 255
        self.rows_of = [torch.from_numpy(np.nonzero(labels == label)[0]) for label in np.unique(labels)]
        self.labels = torch.from_numpy(labels)

    def batch(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        classes = torch.randint(len(self.rows_of), (count,), generator=generator).tolist()
        picks = torch.randint(1 << 30, (count,), generator=generator).tolist()
        rows = torch.stack([self.rows_of[c][p % len(self.rows_of[c])] for c, p in zip(classes, picks)])
        drawings = recoloured(warped(self.drawings[rows].float() / 255, generator), generator)
        pictures = drawings[:, :3] + (1 - drawings[:, 3:]) * varied_grounds(self.grounds, count, generator)
        return worn(pictures, generator).clamp(0, 1), self.labels[rows]


def _spread(count: int, low: float, high: float, generator: torch.Generator) -> Tensor:
    """Even random numbers, [count, 1, 1, 1]."""
    return torch.rand(count, 1, 1, 1, generator=generator) * (high - low) + low


def warped(drawings: Tensor, generator: torch.Generator) -> Tensor:
    """Drawings turned, scaled, stretched, shifted and mirrored, [B, 4, 128, 128] -> [B, 4, 64, 64]; clear from outside."""
    count = len(drawings)
    turn, scale, stretch, right, down, side = (
        _spread(count, low, high, generator).flatten()
        for low, high in ((-0.3, 0.3), (-0.3, 0.3), (-0.12, 0.12), (-0.15, 0.15), (-0.15, 0.15), (0, 1))
    )
    wide, high = (scale + stretch).exp(), (scale - stretch).exp()
    wide = torch.where(side < 0.5, -wide, wide)
    top = torch.stack([wide * turn.cos(), -wide * turn.sin(), right], 1)
    bottom = torch.stack([high * turn.sin(), high * turn.cos(), down], 1)
    grid = F.affine_grid(torch.stack([top, bottom], 1), [count, 4, SIDE, SIDE], align_corners=False)
    return F.grid_sample(drawings, grid, align_corners=False)


def recoloured(drawings: Tensor, generator: torch.Generator) -> Tensor:
    """Premultiplied drawings in other colours: hue, saturation, contrast, brightness. A linear map of colour, so that clear stays clear."""
    count = len(drawings)
    colour, alpha = drawings[:, :3], drawings[:, 3:]
    grey = colour.mean(1, keepdim=True)
    angle = _spread(count, -0.35, 0.35, generator)
    apart = colour - grey
    # A turn around the grey axis; the cross product with (1, 1, 1) is the quarter turn.
    quarter = (apart.roll(1, 1) - apart.roll(-1, 1)) / math.sqrt(3)
    turned = (apart * angle.cos() + quarter * angle.sin()) * _spread(count, 0.4, 1.5, generator)
    contrast, brightness = _spread(count, 0.7, 1.3, generator), _spread(count, -0.12, 0.12, generator)
    colour = (turned + grey - 0.5 * alpha) * contrast + (0.5 + brightness) * alpha
    return torch.cat([colour.clamp(min=0).minimum(alpha), alpha], 1)


def varied_grounds(grounds: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """Half the four grounds as they are, half a gradient between two colours, [count, 3, 64, 64]."""
    known = grounds[torch.randint(len(grounds), (count,), generator=generator)]
    ends = torch.rand(2, count, 3, 1, 1, generator=generator)
    down = torch.linspace(0, 1, SIDE).view(1, 1, SIDE, 1)
    made = (ends[0] + (ends[1] - ends[0]) * down).expand(-1, -1, -1, SIDE)
    return torch.where(_spread(count, 0, 1, generator) < 0.5, known, made)


def worn(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Pictures blurred, noisy and with a patch cut out, each of them sometimes."""
    count = len(pictures)
    amount = _spread(count, -0.6, 1, generator).clamp(min=0)
    blurred = F.interpolate(F.avg_pool2d(pictures, 2), scale_factor=2, mode="bilinear")
    pictures = pictures.lerp(blurred, amount)
    level = _spread(count, -0.06, 0.06, generator).clamp(min=0)
    pictures = pictures + torch.randn(pictures.shape, generator=generator) * level
    along = torch.arange(SIDE)
    inside = torch.ones(count, 1, SIDE, SIDE, dtype=torch.bool)
    for shape in ((1, 1, SIDE, 1), (1, 1, 1, SIDE)):
        middle, reach = _spread(count, 0, SIDE, generator), _spread(count, -12, 12, generator)
        inside &= (along.view(shape) - middle).abs() < reach
    return torch.where(inside, torch.rand(count, 3, 1, 1, generator=generator), pictures)
