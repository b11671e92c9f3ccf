"""Tokenizer training: the codes in closed form, then the decoder by gradient around them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from . import codes as closed
from . import rqvae
from .codes import Component
from .rqvae import Config, RqVae, to_input
from .training import Average, Optimiser, Run, course, device, half, split, write_atomically

# A picture source: how many, and the generator that chooses, to uint8 [N, S, S, 3].
Pictures = Callable[[int, torch.Generator], Tensor]


@dataclass(frozen=True)
class Schedule:
    """How a tokenizer is made. `shares` are the rows of the table made for each depth."""

    shares: tuple[int, ...]
    pictures_for_codes: int
    points: int
    rounds: int
    steps: int
    batch: int
    rate: float = 2e-3
    # The first part of the training sees windows of this many cells a side, the rest whole pictures.
    window: int = 10
    windows_until: float = 0.6
    # How often a decoder sees fewer depths than all.
    fewer_depths: float = 0.25


@dataclass
class Tokenizer:
    """The model, and the chain its encoder holds: the same latents without the identities around it, far cheaper."""

    model: RqVae
    chain: list[Component]

    def to(self, on: torch.device) -> None:
        self.model.to(on, memory_format=torch.channels_last)
        self.chain = [Component(*(part.to(on) for part in vars(link).values())) for link in self.chain]

    @torch.no_grad()
    def codes(self, x: Tensor) -> Tensor:
        """Pictures [B, 3, S, S] in -1..1 -> codes [B, h, w, depth]."""
        return self.model.quantizer.encode(closed.features(self.chain, x))


def load_codes(config: Config, path: Path) -> Tokenizer:
    """What `make_codes` saved."""
    model = RqVae(config)
    state = torch.load(path, weights_only=True)
    model.load_state_dict(state["model"])
    return Tokenizer(model, [Component(**part) for part in state["chain"]])


def make_codes(config: Config, schedule: Schedule, pictures: Pictures, path: Path,
               table: Callable[[list[Component]], Tensor] | None = None, seed: int = 0) -> Tokenizer:
    """The encoder and the codebook; saved at `path`, from where a second call takes them.

    `table` makes the codebook's rows from the chain where they are known beforehand; else k-means finds them.
    """
    if path.exists():
        return load_codes(config, path)
    model = RqVae(config)
    generator = torch.Generator().manual_seed(seed)
    cell = config.resolution // config.grid
    chain, latents = None, []
    for _ in range(0, schedule.pictures_for_codes, 100):
        x = to_input(pictures(100, generator))
        if chain is None:
            chain = closed.fit_chain(patches_of(x, cell), config.widths, config.embed_dim)
        latents.append(closed.features(chain, x).reshape(-1, config.embed_dim))
    closed.install(model, chain, patches_of(x, cell))
    if table is not None:
        rows = table(chain)
    else:
        points = torch.cat(latents)
        points = points[torch.randperm(len(points), generator=generator)[: schedule.points]]
        rows = closed.residual_table(points, list(schedule.shares), schedule.rounds, generator)
    closed.write_table(model, rows)
    state = {"model": model.state_dict(), "chain": [vars(part) for part in chain]}
    write_atomically(path, lambda target: torch.save(state, target))
    return Tokenizer(model, chain)


def patches_of(x: Tensor, cell: int) -> Tensor:
    """[N, 3, S, S] -> [N * cells, 3, cell, cell]."""
    n, c, side, _ = x.shape
    grid = side // cell
    return x.view(n, c, grid, cell, grid, cell).permute(0, 2, 4, 1, 3, 5).reshape(-1, c, cell, cell)


class Supervision(nn.Module):
    """Throw-away read-outs of the pixels under every feature of the coarser levels (deep supervision)."""

    def __init__(self, config: Config):
        super().__init__()
        self.levels = range(1, len(config.widths) - 1)
        self.heads = nn.ModuleList(nn.Conv2d(config.widths[level], 3 * 4**level, 1) for level in self.levels)

    def forward(self, tap: dict[int, Tensor], truth: Tensor) -> Tensor:
        losses = [
            F.mse_loss(F.pixel_shuffle(head(tap[level]).float(), 2**level), truth)
            for level, head in zip(self.levels, self.heads)
        ]
        return torch.stack(losses).mean()


def compile_activation() -> None:
    """A fused group norm with SiLU: three times the decoder's speed on a CPU."""
    plain = torch.compile(lambda weight, bias, x: F.silu(F.group_norm(x, rqvae.GROUPS, weight, bias, rqvae.EPS)), dynamic=True)
    rqvae.activated = lambda layer, x: plain(layer.weight, layer.bias, x)


def train_decoder(tokenizer: Tokenizer, schedule: Schedule, pictures: Pictures, heldout: Tensor, path: Path, seed: int = 0) -> None:
    """Trains `post_quant_conv` and the decoder; the model ends with the averaged weights."""
    on, model = device(), tokenizer.model
    tokenizer.to(on)
    for weight in [*model.encoder.parameters(), *model.quant_conv.parameters()]:
        weight.requires_grad_(False)
    extra = Supervision(model.config).to(on)
    matrices, rest = split(model, lambda name: "conv_out" in name)
    optimiser = Optimiser(matrices, rest + list(extra.parameters()), schedule.rate)
    average = Average(model, 0.995)
    run = Run(path, schedule.steps, {"model": model, "extra": extra, "optimiser": optimiser, "average": average}, seed)
    while run.step < run.steps:
        truth = to_input(pictures(schedule.batch, run.generator)).to(on)
        found = tokenizer.codes(truth)
        whole = run.done >= schedule.windows_until
        grid = model.config.grid if whole else schedule.window
        codes, truth = window(found, truth, grid, run.generator)
        loss, main = decoder_loss(model, extra, codes, truth, depths_for(schedule, model.config, run.generator), 1 - run.done)
        loss.backward()
        optimiser.step(course(run.done))
        average.update(model, run.step)
        run.tick()
        if run.step % 100 == 0 or run.step == run.steps:
            run.say(loss=main, **check(tokenizer, average, heldout))
    average.write(model)


def decoder_loss(model: RqVae, extra: Supervision, codes: Tensor, truth: Tensor, depths: int, early: float) -> tuple[Tensor, float]:
    """Mean squared error, a little mean absolute error for clean edges, and the supervision while it is early."""
    tap: dict[int, Tensor] = {}
    with half(truth.device):
        made = model.decode(codes, depths, tap).float()
        deep = extra(tap, truth)
    main = F.mse_loss(made, truth)
    return main + 0.02 * F.l1_loss(made, truth) + 0.5 * early * deep, main.item()


def depths_for(schedule: Schedule, config: Config, generator: torch.Generator) -> int:
    """All depths, or now and then fewer, so that a picture half way down looks right too."""
    if config.depth == 1 or torch.rand(1, generator=generator).item() >= schedule.fewer_depths:
        return config.depth
    return int(torch.randint(1, config.depth, (1,), generator=generator))


def window(codes: Tensor, truth: Tensor, grid: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """The same square of `grid` cells a side out of codes [B, g, g, d] and pictures [B, 3, S, S]."""
    whole = codes.shape[1]
    if grid >= whole:
        return codes, truth
    cell = truth.shape[-1] // whole
    row, column = (int(torch.randint(whole - grid + 1, (1,), generator=generator)) for _ in range(2))
    cut = truth[:, :, row * cell : (row + grid) * cell, column * cell : (column + grid) * cell]
    return codes[:, row : row + grid, column : column + grid], cut.contiguous(memory_format=torch.channels_last)


@torch.no_grad()
def check(tokenizer: Tokenizer, average: Average, heldout: Tensor) -> dict[str, float]:
    """PSNR of held-out pictures at every depth, by the averaged weights."""
    model = tokenizer.model
    now = {name: weight.detach().clone() for name, weight in model.named_parameters()}
    average.write(model)
    truth = to_input(heldout[:8]).to(next(model.parameters()).device)
    found = tokenizer.codes(truth)
    figures = {}
    for depth in sorted({1, model.config.depth // 2, model.config.depth} - {0}):
        with half(truth.device):
            figures[f"psnr_{depth}"] = closed.psnr(model.decode(found, depth).float(), truth).mean().item()
    for name, weight in model.named_parameters():
        weight.data.copy_(now[name])
    return figures
