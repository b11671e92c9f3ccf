"""The tokenizer: an RQ-VAE (arXiv 2203.01941) as the DnD-Transformer uses it (arXiv 2410.01912, section 3.1).

The modules bear the names of the published state dict, so that `state_dict()` is the checkpoint.
Training lives in `tokenizer.py`, the choice of the codes in `codes.py`.
"""

from dataclasses import asdict, dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor, nn

GROUPS = 32
EPS = 1e-6


@dataclass(frozen=True)
class Config:
    """What `config.yaml` says of a tokenizer. Sizes are in pixels, widths in channels."""

    resolution: int
    grid: int
    depth: int
    codebook: int
    embed_dim: int
    z_channels: int
    ch: int = 32
    ch_mult: tuple[int, ...] = (1, 1, 1, 2, 4)
    num_res_blocks: int = 1
    attn_resolutions: tuple[int, ...] = field(default=())
    shared_codebook: bool = True

    @property
    def widths(self) -> list[int]:
        """Channels of every level, from the finest to the coarsest."""
        return [self.ch * mult for mult in self.ch_mult]

    def as_dict(self) -> dict:
        return asdict(self)


def norm(width: int) -> nn.GroupNorm:
    return nn.GroupNorm(GROUPS, width, eps=EPS)


def activated(layer: nn.GroupNorm, x: Tensor) -> Tensor:
    """SiLU of the norm. Training may put a compiled twin in its place: it is half of a decoder's time."""
    return F.silu(F.group_norm(x, GROUPS, layer.weight, layer.bias, EPS))


class ResBlock(nn.Module):
    """norm, SiLU, conv, norm, SiLU, conv, plus the input."""

    def __init__(self, width_in: int, width: int):
        super().__init__()
        self.norm1 = norm(width_in)
        self.conv1 = nn.Conv2d(width_in, width, 3, padding=1)
        self.norm2 = norm(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)
        if width_in != width:
            self.nin_shortcut = nn.Conv2d(width_in, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = self.conv1(activated(self.norm1, x))
        h = self.conv2(activated(self.norm2, h))
        return (self.nin_shortcut(x) if hasattr(self, "nin_shortcut") else x) + h


class Attention(nn.Module):
    """One head over all cells, by 1x1 convolutions."""

    def __init__(self, width: int):
        super().__init__()
        self.norm = norm(width)
        self.q = nn.Conv2d(width, width, 1)
        self.k = nn.Conv2d(width, width, 1)
        self.v = nn.Conv2d(width, width, 1)
        self.proj_out = nn.Conv2d(width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        n = self.norm(x)
        # [B, C, h, w] -> [B, 1, h*w, C]
        q, k, v = (part(n).flatten(2).transpose(1, 2).unsqueeze(1) for part in (self.q, self.k, self.v))
        out = F.scaled_dot_product_attention(q, k, v)
        return x + self.proj_out(out.squeeze(1).transpose(1, 2).reshape(x.shape))


class Middle(nn.Module):
    """The coarsest grid's residual blocks with attention between them."""

    def __init__(self, width: int):
        super().__init__()
        self.block_1 = ResBlock(width, width)
        self.attn_1 = Attention(width)
        self.block_2 = ResBlock(width, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.block_2(self.attn_1(self.block_1(x)))


class Downsample(nn.Module):
    """3x3 with stride 2, padded by one zero column on the right and one zero row at the bottom."""

    def __init__(self, width: int):
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(F.pad(x, (0, 1, 0, 1)))


class Upsample(nn.Module):
    """Nearest neighbour to twice the side, then 3x3."""

    def __init__(self, width: int):
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))


class Level(nn.Module):
    """The blocks of one resolution, with attention after each where the configuration asks for it."""

    def __init__(self, width_in: int, width: int, blocks: int, attention: bool):
        super().__init__()
        self.block = nn.ModuleList(ResBlock(width_in if b == 0 else width, width) for b in range(blocks))
        self.attn = nn.ModuleList(Attention(width) for _ in range(blocks if attention else 0))

    def forward(self, x: Tensor) -> Tensor:
        for index, block in enumerate(self.block):
            x = block(x)
            if self.attn:
                x = self.attn[index](x)
        return x


class Encoder(nn.Module):
    """Pictures [B, 3, S, S] in -1..1 to [B, z_channels, h, w]."""

    def __init__(self, config: Config):
        super().__init__()
        widths = config.widths
        last = len(widths) - 1
        self.conv_in = nn.Conv2d(3, widths[0], 3, padding=1)
        self.down = nn.ModuleList()
        for level, width in enumerate(widths):
            before = widths[max(level - 1, 0)]
            attention = config.resolution >> level in config.attn_resolutions
            stage = Level(before, width, config.num_res_blocks, attention)
            if level != last:
                stage.downsample = Downsample(width)
            self.down.append(stage)
        self.mid = Middle(widths[-1])
        self.norm_out = norm(widths[-1])
        self.conv_out = nn.Conv2d(widths[-1], config.z_channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        h = self.conv_in(x)
        for stage in self.down:
            h = stage(h)
            if hasattr(stage, "downsample"):
                h = stage.downsample(h)
        return self.conv_out(activated(self.norm_out, self.mid(h)))


class Decoder(nn.Module):
    """Latents [B, z_channels, h, w] to pictures [B, 3, S, S] in about -1..1."""

    def __init__(self, config: Config):
        super().__init__()
        widths = config.widths
        self.conv_in = nn.Conv2d(config.z_channels, widths[-1], 3, padding=1)
        self.mid = Middle(widths[-1])
        stages = []
        before = widths[-1]
        for level in reversed(range(len(widths))):
            attention = config.resolution >> level in config.attn_resolutions
            stage = Level(before, widths[level], config.num_res_blocks + 1, attention)
            if level != 0:
                stage.upsample = Upsample(widths[level])
            before = widths[level]
            stages.append(stage)
        # Numbered by resolution, the finest first, as in the published state dict.
        self.up = nn.ModuleList(reversed(stages))
        self.norm_out = norm(widths[0])
        self.conv_out = nn.Conv2d(widths[0], 3, 3, padding=1)

    def forward(self, z: Tensor, tap: dict[int, Tensor] | None = None) -> Tensor:
        """`tap`, when given, receives the features of every level (deep supervision reads them)."""
        h = self.mid(self.conv_in(z))
        for level in reversed(range(len(self.up))):
            stage = self.up[level]
            h = stage(h)
            if tap is not None:
                tap[level] = h
            if hasattr(stage, "upsample"):
                h = stage.upsample(h)
        return self.conv_out(activated(self.norm_out, h))


class Codebook(nn.Module):
    """`n + 1` rows of `embed_dim` numbers; the last is padding, zero, and never chosen."""

    def __init__(self, codes: int, embed_dim: int):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(codes + 1, embed_dim), requires_grad=False)
        self.register_buffer("cluster_size_ema", torch.zeros(codes))
        self.register_buffer("embed_ema", torch.zeros(codes, embed_dim))


class Quantizer(nn.Module):
    """Residual quantisation: depth by depth the nearest row to what is left (arXiv 2203.01941, eq. 3)."""

    def __init__(self, config: Config):
        super().__init__()
        self.depth = config.depth
        first = Codebook(config.codebook, config.embed_dim)
        tables = [first] * config.depth if config.shared_codebook else [first] + [
            Codebook(config.codebook, config.embed_dim) for _ in range(config.depth - 1)
        ]
        self.codebooks = nn.ModuleList(tables)

    def rows(self, depth: int) -> Tensor:
        """The candidates of a depth: [codebook, embed_dim]."""
        return self.codebooks[depth].weight[:-1]

    def encode(self, latents: Tensor) -> Tensor:
        """[..., embed_dim] -> codes [..., depth]."""
        left = latents.float().reshape(-1, latents.shape[-1])
        codes = []
        for depth in range(self.depth):
            rows = self.rows(depth)
            code = nearest(left, rows)
            left = left - rows[code]
            codes.append(code)
        return torch.stack(codes, -1).reshape(*latents.shape[:-1], self.depth)

    def embed(self, codes: Tensor, depths: int | None = None) -> Tensor:
        """Codes [..., depth] -> the sum of their rows over the first `depths` depths, [..., embed_dim]."""
        depths = self.depth if depths is None else depths
        return sum(F.embedding(codes[..., d], self.codebooks[d].weight) for d in range(depths))


def nearest(points: Tensor, rows: Tensor, chunk: int = 1024) -> Tensor:
    """For points [N, D] the index of the nearest of rows [K, D], the lowest on a tie."""
    lengths = rows.square().sum(1)
    found = [(lengths - 2 * part @ rows.T).argmin(1) for part in points.split(chunk)]
    return torch.cat(found)


class RqVae(nn.Module):
    """Encoder, residual quantiser and decoder."""

    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        self.encoder = Encoder(config)
        self.quant_conv = nn.Conv2d(config.z_channels, config.embed_dim, 1)
        self.quantizer = Quantizer(config)
        self.post_quant_conv = nn.Conv2d(config.embed_dim, config.z_channels, 1)
        self.decoder = Decoder(config)

    def latents(self, pictures: Tensor) -> Tensor:
        """Pictures [B, 3, S, S] in -1..1 -> latents [B, h, w, embed_dim]."""
        return self.quant_conv(self.encoder(pictures)).permute(0, 2, 3, 1)

    def encode(self, pictures: Tensor) -> Tensor:
        """Pictures [B, 3, S, S] in -1..1 -> codes [B, h, w, depth]."""
        return self.quantizer.encode(self.latents(pictures))

    def decode(self, codes: Tensor, depths: int | None = None, tap: dict[int, Tensor] | None = None) -> Tensor:
        """Codes [B, h, w, depth] -> pictures [B, 3, S, S], of the first `depths` depths alone when given."""
        latents = self.quantizer.embed(codes, depths).permute(0, 3, 1, 2)
        return self.decoder(self.post_quant_conv(latents), tap)


def to_input(pictures: Tensor) -> Tensor:
    """Pixels uint8 [B, S, S, 3] -> model input f32 [B, 3, S, S] in -1..1."""
    return pictures.permute(0, 3, 1, 2).float() / 127.5 - 1.0


def to_pixels(pictures: Tensor) -> Tensor:
    """Decoded f32 [B, 3, S, S] -> pixels uint8 [B, S, S, 3], truncating like the published sampler."""
    return ((pictures.float() * 0.5 + 0.5).clamp(0, 1) * 255).to(torch.uint8).permute(0, 2, 3, 1)
