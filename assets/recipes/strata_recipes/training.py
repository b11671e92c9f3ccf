"""What both trainings share: the optimiser, the learning rate's course, checkpoints and the clock."""

import math
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import torch
from torch import Tensor, nn


def orthogonal(stack: Tensor, steps: int = 5) -> Tensor:
    """Nearly the nearest orthogonal matrices of [N, rows, columns], by a quintic Newton-Schulz iteration (Jordan et
    al., Muon, 2024)."""
    x = stack.bfloat16()
    tall = x.shape[1] > x.shape[2]
    x = x.mT.contiguous() if tall else x
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(steps):
        square = x @ x.mT
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
    return (x.mT if tall else x).to(stack.dtype)


class Optimiser:
    """Muon for the matrices and convolutions inside the network, Adam for everything else.

    Muon's updates are scaled to the size of Adam's, so that one learning rate serves both.
    """

    def __init__(self, matrices: Iterable[Tensor], rest: Iterable[Tensor], rate: float, decay: float = 0.0):
        self.rate, self.decay = rate, decay
        self.matrices = list(matrices)
        self.momentum = [torch.zeros_like(weight) for weight in self.matrices]
        self.adam = torch.optim.AdamW(list(rest), lr=rate, betas=(0.9, 0.95), weight_decay=0.0, fused=True)

    @torch.no_grad()
    def step(self, share: float) -> None:
        """One update at `share` of the full rate; the gradients are cleared."""
        rate = self.rate * share
        for alike in self.by_shape().values():
            ahead = []
            for index in alike:
                weight, momentum = self.matrices[index], self.momentum[index]
                momentum.lerp_(weight.grad, 0.05)
                ahead.append(weight.grad.lerp(momentum, 0.95).flatten(1))
                weight.grad = None
            scale = 0.2 * max(ahead[0].shape) ** 0.5
            for index, update in zip(alike, orthogonal(torch.stack(ahead))):
                weight = self.matrices[index]
                weight.mul_(1 - rate * self.decay).add_(update.view_as(weight), alpha=-rate * scale)
        for group in self.adam.param_groups:
            group["lr"] = rate
        self.adam.step()
        self.adam.zero_grad(set_to_none=True)

    def by_shape(self) -> dict[tuple, list[int]]:
        """The matrices that have a gradient, those of one shape together."""
        found: dict[tuple, list[int]] = {}
        for index, weight in enumerate(self.matrices):
            if weight.grad is not None:
                found.setdefault(tuple(weight.flatten(1).shape), []).append(index)
        return found

    def state_dict(self) -> dict:
        return {"momentum": self.momentum, "adam": self.adam.state_dict()}

    def load_state_dict(self, state: dict) -> None:
        for kept, found in zip(self.momentum, state["momentum"], strict=True):
            kept.copy_(found)
        self.adam.load_state_dict(state["adam"])


def split(model: nn.Module, apart: Callable[[str], bool]) -> tuple[list[Tensor], list[Tensor]]:
    """Trainable weights as (matrices for Muon, the rest); `apart` names matrices that stay with Adam."""
    matrices, rest = [], []
    for name, weight in model.named_parameters():
        if weight.requires_grad:
            (rest if weight.dim() < 2 or apart(name) else matrices).append(weight)
    return matrices, rest


class Average:
    """A running average of the weights, which is what is shipped."""

    def __init__(self, model: nn.Module, keep: float):
        self.keep = keep
        self.weights = {name: weight.detach().clone() for name, weight in model.named_parameters()}

    @torch.no_grad()
    def update(self, model: nn.Module, step: int) -> None:
        keep = min(self.keep, (1 + step) / (10 + step))
        for name, weight in model.named_parameters():
            self.weights[name].lerp_(weight, 1 - keep)

    @torch.no_grad()
    def write(self, model: nn.Module) -> None:
        for name, weight in model.named_parameters():
            weight.copy_(self.weights[name])


def course(done: float, warm: float = 0.02) -> float:
    """The share of the full learning rate after `done` (0..1) of the training: up, level, then down to zero."""
    if done < warm:
        return done / warm
    return 1.0 if done < 0.4 else max(0.0, (1.0 - done) / 0.6)


class Run:
    """A training of a fixed number of steps that may be stopped at any moment and goes on from its checkpoint."""

    def __init__(self, path: Path, steps: int, parts: dict, seed: int):
        self.path, self.steps, self.parts = path, steps, parts
        self.step, self.seconds, self.log = 0, 0.0, []
        self.generator = torch.Generator().manual_seed(seed)
        self.saved = time.monotonic()
        self.started = self.saved
        if path.exists():
            self.resume()

    def resume(self) -> None:
        state = torch.load(self.path, map_location="cpu", weights_only=True)
        self.step, self.seconds, self.log = state["step"], state["seconds"], state["log"]
        self.generator.set_state(state["generator"])
        for name, part in self.parts.items():
            if isinstance(part, Average):
                for key, weight in part.weights.items():
                    weight.copy_(state[name][key])
            else:
                part.load_state_dict(state[name])
        print(f"going on at step {self.step} of {self.steps}", flush=True)

    @property
    def done(self) -> float:
        return self.step / self.steps

    def tick(self, every: float = 120.0) -> None:
        """Counts a step, and saves when `every` seconds have gone by or the training is over."""
        self.step += 1
        if time.monotonic() - self.saved > every or self.step == self.steps:
            self.save()

    def save(self) -> None:
        now = time.monotonic()
        self.seconds += now - self.started
        self.started = self.saved = now
        state = {"step": self.step, "seconds": self.seconds, "log": self.log, "generator": self.generator.get_state()}
        for name, part in self.parts.items():
            state[name] = part.weights if isinstance(part, Average) else part.state_dict()
        write_atomically(self.path, lambda target: torch.save(state, target))

    def say(self, **figures: float) -> None:
        self.log.append({"step": self.step, **figures})
        text = "  ".join(f"{name} {value:.4g}" for name, value in figures.items())
        print(f"{time.strftime('%H:%M:%S')}  step {self.step}/{self.steps}  {text}", flush=True)


def write_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """A reader, or a run that goes on, never sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    write(part)
    os.replace(part, path)


def pick(count: int, size: int, generator: torch.Generator) -> Tensor:
    return torch.randint(count, (size,), generator=generator)


def device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def half(on: torch.device):
    """Products in bfloat16 where the device has instructions for it, sums and norms as autocast chooses.

    A processor without them makes a step of it take ten times as long.
    """
    able = on.type != "cpu" or torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return torch.autocast(on.type, torch.bfloat16, enabled=able)


def bits(nats: float) -> float:
    return nats / math.log(2)
