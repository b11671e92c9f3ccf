"""The DnD-Transformer (arXiv 2410.01912, section 3.2): `d` codes a position in one forward pass.

The modules bear the names of the published state dict. Sampling is here too, since it is the forward pass with a
cache; the loop that trains is in `training.py`.
"""

from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

EPS = 1e-5
ROPE_BASE = 10000.0


@dataclass(frozen=True)
class Config:
    """Sizes of a transformer. `heads_at` are 0-based layers, one for each depth, ascending."""

    layers: int
    heads: int
    dim: int
    grid: int
    codebook: int
    heads_at: tuple[int, ...]
    classes: int
    class_dropout: float = 0.0
    share_heads: bool = False

    @property
    def depth(self) -> int:
        return len(self.heads_at)

    @property
    def positions(self) -> int:
        return self.grid * self.grid

    @property
    def ffn(self) -> int:
        """8/3 of the width, up to a multiple of 256."""
        return -(-(8 * self.dim // 3) // 256) * 256

    def as_dict(self) -> dict:
        return asdict(self)


class RmsNorm(nn.Module):
    def __init__(self, dim: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))

    def forward(self, x: Tensor) -> Tensor:
        wide = x.float()
        scaled = wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + EPS)
        return scaled.to(x.dtype) * self.weight.to(x.dtype)


def rotary_table(config: Config) -> Tensor:
    """[1 + positions, head_dim / 2, 2] of (cos, sin): rows turn the first half of the pairs, columns the second.

    The class token's entry is zero, cosines included: its query and key vanish.
    """
    pairs = config.dim // config.heads // 2
    half = pairs // 2
    freq = ROPE_BASE ** (-2.0 * torch.arange(half, dtype=torch.float32) / pairs)
    cell = torch.arange(config.positions)
    angles = torch.cat([torch.outer(cell // config.grid, freq), torch.outer(cell % config.grid, freq)], 1)
    table = torch.stack([angles.cos(), angles.sin()], -1)
    return torch.cat([torch.zeros(1, pairs, 2), table])


def rotate(x: Tensor, table: Tensor) -> Tensor:
    """x [B, T, heads, head_dim] turned by table [T, head_dim / 2, 2], adjacent numbers forming a pair."""
    a, b = x.float().unflatten(-1, (-1, 2)).unbind(-1)
    cos, sin = table[:, None, :, 0], table[:, None, :, 1]
    return torch.stack([a * cos - b * sin, b * cos + a * sin], -1).flatten(-2).to(x.dtype)


def attend(q: Tensor, k: Tensor, v: Tensor, causal: bool) -> Tensor:
    """Attention of [B, heads, T, head_dim], written out: at a few hundred positions this trains faster on a CPU than
    the blocked kernel."""
    scores = (q @ k.transpose(-1, -2)) * q.shape[-1] ** -0.5
    if causal:
        later = torch.ones(q.shape[2], k.shape[2], dtype=torch.bool, device=q.device).triu(1)
        scores = scores.masked_fill(later, float("-inf"))
    return scores.softmax(-1, dtype=torch.float32).to(v.dtype) @ v


class Cache:
    """The keys and values of one layer, for as many positions as a grid has."""

    def __init__(self, rows: int, config: Config, like: Tensor):
        shape = (rows, config.heads, config.positions, config.dim // config.heads)
        self.k, self.v = like.new_zeros(shape), like.new_zeros(shape)
        self.filled = 0

    def grown(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Takes the next position's and gives all so far."""
        self.k[:, :, self.filled] = k[:, :, 0]
        self.v[:, :, self.filled] = v[:, :, 0]
        self.filled += 1
        return self.k[:, :, : self.filled], self.v[:, :, : self.filled]


class Attention(nn.Module):
    def __init__(self, config: Config):
        super().__init__()
        self.heads = config.heads
        self.wqkv = nn.Linear(config.dim, 3 * config.dim, bias=False)
        self.wo = nn.Linear(config.dim, config.dim, bias=False)

    def forward(self, x: Tensor, table: Tensor, cache: "Cache | None") -> Tensor:
        batch, steps, dim = x.shape
        q, k, v = self.wqkv(x).view(batch, steps, 3, self.heads, -1).unbind(2)
        q, k = rotate(q, table), rotate(k, table)
        q, k, v = (part.transpose(1, 2) for part in (q, k, v))
        if cache is not None:
            k, v = cache.grown(k, v)
        out = attend(q, k, v, causal=cache is None)
        return self.wo(out.transpose(1, 2).reshape(batch, steps, dim))


class FeedForward(nn.Module):
    def __init__(self, config: Config):
        super().__init__()
        self.w1 = nn.Linear(config.dim, config.ffn, bias=False)
        self.w3 = nn.Linear(config.dim, config.ffn, bias=False)
        self.w2 = nn.Linear(config.ffn, config.dim, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.w2(F.silu(self.w1(x)) * self.w3(x))


class Block(nn.Module):
    def __init__(self, config: Config):
        super().__init__()
        self.attention = Attention(config)
        self.feed_forward = FeedForward(config)
        self.attention_norm = RmsNorm(config.dim)
        self.ffn_norm = RmsNorm(config.dim)

    def forward(self, x: Tensor, table: Tensor, cache: Cache | None) -> Tensor:
        x = x + self.attention(self.attention_norm(x), table, cache)
        return x + self.feed_forward(self.ffn_norm(x))


class LabelEmbedding(nn.Module):
    def __init__(self, rows: int, dim: int):
        super().__init__()
        self.embedding_table = nn.Embedding(rows, dim)


class Transformer(nn.Module):
    """Codes of a grid in raster order; at head k the code of depth k joins the residual stream."""

    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        null_row = 1 if config.class_dropout > 0 else 0
        self.cls_embedding = LabelEmbedding(config.classes + null_row, config.dim)
        self.tok_embeddings = nn.Embedding(config.codebook, config.dim)
        self.layers = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = nn.ModuleList(RmsNorm(config.dim) for _ in range(config.depth))
        self.output = nn.ModuleList(nn.Linear(config.dim, config.codebook, bias=False) for _ in range(config.depth))
        if config.share_heads:
            for head in self.output[1:]:
                head.weight = self.output[0].weight
        self.register_buffer("table", rotary_table(config), persistent=False)
        self.reset()

    def reset(self) -> None:
        """Small normal weights; the projections back into the stream shrink with the number of layers."""
        for name, weight in self.named_parameters():
            if weight.dim() > 1:
                back = name.endswith(("wo.weight", "w2.weight"))
                nn.init.normal_(weight, std=0.02 / (2 * self.config.layers) ** 0.5 if back else 0.02)

    def stream(self, labels: Tensor, codes: Tensor) -> Tensor:
        """The input of every position: the class, then the sum of the codes of the cell before."""
        first = self.cls_embedding.embedding_table(labels)[:, None]
        return torch.cat([first, self.tok_embeddings(codes[:, :-1]).sum(2)], 1)

    def forward(self, labels: Tensor, codes: Tensor) -> list[Tensor]:
        """Labels [B] and codes [B, T, depth] -> for every depth the stream [B, T, dim] that its head reads.

        The heads are applied by the caller (`logits`), who may want to take the product in pieces.
        """
        x = self.stream(labels, codes)
        table = self.table[: x.shape[1]]
        read = []
        for layer, block in enumerate(self.layers):
            x = block(x, table, None)
            if layer in self.config.heads_at:
                depth = len(read)
                read.append(self.norm[depth](x))
                if depth + 1 < self.config.depth:
                    x = x + self.tok_embeddings(codes[:, :, depth]).to(x.dtype)
                else:
                    break
        return read

    def logits(self, depth: int, read: Tensor) -> Tensor:
        return self.output[depth](read)

    @torch.no_grad()
    def sample(self, labels: Tensor, choose, guidance: float = 1.0, steps: int | None = None) -> Tensor:
        """Draws codes [B, T, depth]. `choose(logits [B, V]) -> codes [B]`; guidance above 1 runs the null label too."""
        guided = guidance > 1.0
        rows = torch.cat([labels, torch.full_like(labels, self.config.classes)]) if guided else labels
        x = self.cls_embedding.embedding_table(rows)[:, None]
        caches = [Cache(len(rows), self.config, x) for _ in self.layers]
        grown = []
        for step in range(steps or self.config.positions):
            cell = []
            for layer, block in enumerate(self.layers):
                x = block(x, self.table[step : step + 1], caches[layer])
                if layer not in self.config.heads_at:
                    continue
                depth = len(cell)
                logits = self.logits(depth, self.norm[depth](x))[:, 0].float()
                if guided:
                    with_class, without = logits.chunk(2)
                    logits = without + (with_class - without) * guidance
                cell.append(choose(logits))
                if depth + 1 == self.config.depth:
                    break
                added = self.tok_embeddings(cell[-1])[:, None]
                x = x + (added.repeat(2, 1, 1) if guided else added)
            grown.append(torch.stack(cell, -1))
            x = self.tok_embeddings(grown[-1]).sum(1)[:, None]
            x = x.repeat(2, 1, 1) if guided else x
        return torch.stack(grown, 1)


def chooser(temperature: float = 1.0, top_k: int = 0, top_p: float = 1.0, generator: torch.Generator | None = None):
    """A function that draws one code a row from logits: temperature, then top-k, then nucleus."""

    def choose(logits: Tensor) -> Tensor:
        logits = logits / max(temperature, 1e-5)
        if top_k > 0:
            kth = logits.topk(min(top_k, logits.shape[-1]))[0][:, -1:]
            logits = logits.masked_fill(logits < kth, float("-inf"))
        if top_p < 1.0:
            ordered, places = logits.sort(-1, descending=True)
            share = ordered.softmax(-1)
            beyond = share.cumsum(-1) - share > top_p
            logits = logits.masked_fill(beyond.scatter(-1, places, beyond), float("-inf"))
        return torch.multinomial(logits.softmax(-1), 1, generator=generator)[:, 0]

    return choose
