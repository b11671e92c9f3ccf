"""Transformer training: next-position prediction of all depths, with the labels now and then dropped."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from .training import Average, Optimiser, Run, bits, course, device, half, split
from .transformer import Transformer

# Labels [B] and codes [B, T, depth], chosen by the generator.
Batch = Callable[[int, torch.Generator], tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Schedule:
    """How a transformer is trained."""

    steps: int
    batch: int
    rate: float = 2e-3
    decay: float = 0.02
    # Each position of the input is taken from another picture this often, so that a wrong draw is survived.
    noise: float = 0.0
    averaged: float = 0.995
    compiled: bool = True


def train(model: Transformer, schedule: Schedule, batch: Batch, heldout: tuple[Tensor, Tensor], path: Path,
          watch: Callable[[Transformer, int], None] | None = None, seed: int = 0) -> None:
    """Trains the model, which ends with the averaged weights. `watch` is called now and then, to look at samples."""
    on = device()
    model.to(on)
    twin = copy.deepcopy(model)
    if schedule.compiled:
        compile_parts(model)
    matrices, rest = split(model, lambda name: name.startswith(("tok_embeddings", "cls_embedding", "output")))
    optimiser = Optimiser(matrices, rest, schedule.rate, schedule.decay)
    average = Average(model, schedule.averaged)
    run = Run(path, schedule.steps, {"model": model, "optimiser": optimiser, "average": average}, seed)
    recent: list[Tensor] = []
    while run.step < run.steps:
        labels, codes = (part.to(on) for part in batch(schedule.batch, run.generator))
        labels = dropped(labels, model, run.generator)
        losses = depth_losses(model, labels, codes, noised(codes, schedule.noise, run.generator))
        losses.sum().backward()
        optimiser.step(course(run.done))
        average.update(model, run.step)
        recent.append(losses.detach())
        run.tick()
        if run.step % 50 == 0 or run.step == run.steps:
            means = torch.stack(recent).mean(0)
            recent.clear()
            run.say(**{f"bits_{depth}": bits(value.item()) for depth, value in enumerate(means)})
        if run.step % 500 == 0 or run.step == run.steps:
            look(twin, average, heldout, run, watch)
    average.write(model)


def compile_parts(model: Transformer) -> None:
    """Fuses what lies between the products: twice the speed on a CPU, for half a minute of compiling."""
    global head_loss
    for block in model.layers:
        block.compile(dynamic=False)
    head_loss = torch.compile(plain_head_loss, dynamic=False)


@torch.no_grad()
def look(twin: Transformer, average: Average, heldout: tuple[Tensor, Tensor], run: Run, watch) -> None:
    """The averaged weights, in a model of their own, on held-out codes, and whatever `watch` does with them."""
    average.write(twin)
    labels, codes = (part.to(next(twin.parameters()).device) for part in heldout)
    losses = torch.stack([depth_losses(twin, labels[i : i + 16], codes[i : i + 16], codes[i : i + 16])
                          for i in range(0, len(labels), 16)]).mean(0)
    run.say(**{f"heldout_bits_{depth}": bits(value.item()) for depth, value in enumerate(losses)})
    if watch is not None:
        watch(twin, run.step)


def plain_head_loss(weight: Tensor, read: Tensor, target: Tensor) -> Tensor:
    """The mean cross-entropy of one head in nats."""
    return F.cross_entropy(F.linear(read, weight).flatten(0, 1).float(), target.flatten())


head_loss = plain_head_loss


def depth_losses(model: Transformer, labels: Tensor, codes: Tensor, seen: Tensor) -> Tensor:
    """The mean cross-entropy of every depth in nats, [depth]; the model reads `seen` and predicts `codes`."""
    with half(codes.device):
        read = model(labels, seen)
        losses = [head_loss(model.output[depth].weight, part, codes[:, :, depth]) for depth, part in enumerate(read)]
    return torch.stack(losses)


def dropped(labels: Tensor, model: Transformer, generator: torch.Generator) -> Tensor:
    """Labels, some of them replaced by the null label (classifier-free guidance)."""
    if model.config.class_dropout == 0:
        return labels
    away = torch.rand(len(labels), generator=generator) < model.config.class_dropout
    return torch.where(away.to(labels.device), torch.full_like(labels, model.config.classes), labels)


def noised(codes: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Codes [B, T, depth], some positions of each picture as in the one before it: what a wrong draw looks like."""
    if share == 0:
        return codes
    swap = torch.rand(codes.shape[:2], generator=generator) < share
    return torch.where(swap[..., None].to(codes.device), codes.roll(1, 0), codes)
