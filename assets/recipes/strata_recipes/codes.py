"""Codes in closed form: an encoder made of principal components, and a codebook made by k-means.

The published encoder can hold an exactly linear map of every patch: its residual blocks start as identities, a
stride-2 convolution sees the four pixels under it, and a chain of principal components over 2x2 neighbours keeps what
matters of a 16x16 patch. The last group norm and SiLU are made linear by a large constant in every group. So codes
exist before any gradient step, they are the nearest rows of a k-means table, and the encoder finds them exactly.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .rqvae import RqVae, nearest

# The constants in units of the largest feature. The norm's scale, and with it the latents, then vary by about a
# thousandth from picture to picture.
LEVER = 32.0
# An offset at which SiLU is the identity to one part in a million.
OFFSET = 16.0


@dataclass
class Component:
    """One step of the chain: 2x2 neighbours of `inputs` channels on orthonormal rows, exact in half precision."""

    rows: Tensor  # [kept, 4 * inputs], over (dy, dx, channel)
    bias: Tensor  # [kept], minus the projected mean
    mean: Tensor  # [4 * inputs], for the way back


def gather(x: Tensor) -> Tensor:
    """[N, C, H, W] -> [N, H/2, W/2, 4C], the four pixels in the order (dy, dx)."""
    n, c, h, w = x.shape
    return x.view(n, c, h // 2, 2, w // 2, 2).permute(0, 2, 4, 3, 5, 1).reshape(n, h // 2, w // 2, 4 * c)


def principal(x: Tensor, kept: int) -> Component:
    """The principal components of the rows of x [..., D]."""
    flat = x.reshape(-1, x.shape[-1]).double()
    mean = flat.mean(0)
    covariance = (flat - mean).T @ (flat - mean) / len(flat)
    vectors = torch.linalg.eigh(covariance)[1].flip(1)
    rows = vectors[:, :kept].T.half().float().contiguous()
    return Component(rows, -(rows @ mean.float()).half().float(), mean.float())


def fit_chain(patches: Tensor, widths: list[int], embed_dim: int) -> list[Component]:
    """One component a downsampling, for patches [N, 3, P, P] in -1..1 and the channels of the levels."""
    chain, x = [], patches
    for level in range(len(widths) - 1):
        wide = gather(x)
        last = level == len(widths) - 2
        kept = min(wide.shape[-1], embed_dim if last else widths[level])
        chain.append(principal(wide, kept))
        x = apply(chain[-1], wide).permute(0, 3, 1, 2)
    return chain


def apply(component: Component, wide: Tensor) -> Tensor:
    return wide @ component.rows.T + component.bias


def features(chain: list[Component], pictures: Tensor) -> Tensor:
    """Pictures [N, 3, S, S] in -1..1 -> latents [N, h, w, embed_dim]."""
    x = pictures
    for component in chain:
        x = apply(component, gather(x)).permute(0, 3, 1, 2)
    return x.permute(0, 2, 3, 1)


def read_out(chain: list[Component], latents: Tensor) -> Tensor:
    """The linear inverse of `features`: latents [N, h, w, D] -> pictures [N, 3, S, S]."""
    x = latents
    for component in reversed(chain):
        n, h, w, _ = x.shape
        wide = x @ component.rows + component.mean
        channels = wide.shape[-1] // 4
        x = wide.view(n, h, w, 2, 2, channels).permute(0, 1, 3, 2, 4, 5).reshape(n, 2 * h, 2 * w, channels)
    return x.permute(0, 3, 1, 2)


def install(model: RqVae, chain: list[Component], patches: Tensor) -> None:
    """Writes the chain into the encoder, so that `model.latents` is `features`. Products of matrices are exact in half
    precision; the biases want f32, which is how `export.py` writes them."""
    encoder, config = model.encoder, model.config
    silence(encoder)
    center(encoder.conv_in, torch.eye(3))
    for level, component in enumerate(chain):
        block = encoder.down[level].block[0]
        if hasattr(block, "nin_shortcut"):
            center(block.nin_shortcut, torch.eye(block.nin_shortcut.in_channels))
        write_downsample(encoder.down[level].downsample.conv, component)
    scale = spread(chain, patches)
    arrange(encoder, config.embed_dim, scale * LEVER)
    for conv in (model.quant_conv, model.post_quant_conv):
        center(conv, torch.eye(config.embed_dim))


def silence(encoder: nn.Module) -> None:
    """Every residual block and attention becomes the identity: what it adds is zero."""
    for name, weight in encoder.named_parameters():
        if name.split(".")[-2] in ("conv2", "proj_out", "nin_shortcut", "conv"):
            weight.data.zero_()


def center(conv: nn.Conv2d, matrix: Tensor) -> None:
    """The convolution becomes a product with `matrix` [out, in] at every pixel."""
    conv.weight.data.zero_()
    conv.bias.data.zero_()
    middle = conv.kernel_size[0] // 2
    conv.weight.data[: matrix.shape[0], : matrix.shape[1], middle, middle] = matrix


def write_downsample(conv: nn.Conv2d, component: Component) -> None:
    kept, wide = component.rows.shape
    taps = component.rows.view(kept, 2, 2, wide // 4).permute(0, 3, 1, 2)
    conv.weight.data.zero_()
    conv.bias.data.zero_()
    conv.weight.data[:kept, : wide // 4, :2, :2] = taps
    conv.bias.data[:kept] = component.bias


def spread(chain: list[Component], patches: Tensor) -> float:
    """The largest root mean square of a latent's numbers."""
    return features(chain, patches).square().mean((0, 1, 2)).max().sqrt().item()


def arrange(encoder: nn.Module, embed_dim: int, lever: float) -> None:
    """Features into the groups of the last norm, each beside the constants +lever and -lever, and out again.

    The norm subtracts the group's mean and divides by the group's deviation. The deviation is nearly that of the
    constants alone (they come in pairs, so that no picture's own mean enters it), and their mean on the other side
    of the norm tells what was subtracted.
    """
    norm, out = encoder.norm_out, encoder.conv_out
    group = norm.num_channels // norm.num_groups
    features = -(-embed_dim // norm.num_groups)
    constants = (group - features) // 2 * 2
    assert constants >= 2, f"{embed_dim} latents need more than {norm.num_channels} channels at the coarsest level"
    place = [d // features * group + d % features for d in range(embed_dim)]
    shortcut = encoder.down[-1].block[0].nin_shortcut
    shortcut.weight.data.zero_()
    shortcut.weight.data[place, range(embed_dim), 0, 0] = 1.0
    shortcut.bias.data.zero_()
    signs = torch.tensor([1.0, -1.0]).repeat(constants // 2)
    shortcut.bias.data.view(norm.num_groups, group)[:, group - constants :] = signs * lever
    norm.weight.data.fill_(1.0)
    norm.bias.data.fill_(OFFSET)
    deviation = lever * (constants / group) ** 0.5
    out.weight.data.zero_()
    out.bias.data.zero_()
    for d, channel in enumerate(place):
        last = channel - channel % group + group
        out.weight.data[d, channel, 1, 1] = deviation
        out.weight.data[d, last - constants : last, 1, 1] = -deviation / constants


def k_means(points: Tensor, rows: int, rounds: int, generator: torch.Generator) -> Tensor:
    """Lloyd's algorithm on points [N, D]; a row without points moves to a far one."""
    chosen = torch.randperm(len(points), generator=generator)[:rows]
    table = points[chosen].clone()
    for _ in range(rounds):
        code = nearest(points, table)
        table, count = means(points, code, table)
        empty = (count == 0).nonzero()[:, 0]
        if len(empty):
            distance = (points - table[code]).square().sum(1)
            far = torch.multinomial(distance + 1e-12, len(empty), generator=generator)
            table[empty] = points[far]
    return table


def means(points: Tensor, code: Tensor, table: Tensor) -> tuple[Tensor, Tensor]:
    """Each row's mean of the points that chose it (the old row where none did), and their count."""
    count = torch.bincount(code, minlength=len(table)).float()
    total = torch.zeros_like(table).index_add_(0, code, points)
    return torch.where(count[:, None] > 0, total / count.clamp(min=1)[:, None], table), count


def residual_table(points: Tensor, shares: list[int], rounds: int, generator: torch.Generator) -> Tensor:
    """One table for all depths from points [N, D]: `shares[d]` rows made for the residuals of depth d.

    The last share gets one row of zeros, for a residual that is already small. Afterwards the whole
    table is refined together, since every depth searches all of it.
    """
    left, parts = points, []
    for rows in shares:
        parts.append(k_means(left, rows, rounds, generator))
        left = left - parts[-1][nearest(left, parts[-1])]
    parts[-1][-1] = 0.0
    table = torch.cat(parts)
    for _ in range(rounds // 2):
        left, everything, codes = points, [], []
        for _ in shares:
            code = nearest(left, table)
            everything.append(left)
            codes.append(code)
            left = left - table[code]
        table, _ = means(torch.cat(everything), torch.cat(codes), table)
        table[-1] = 0.0
    return table


def write_table(model: RqVae, table: Tensor) -> None:
    """The table into every depth's codebook (they share it), rounded to half precision."""
    rows = table.half().float()
    for book in model.quantizer.codebooks:
        book.weight.data[:-1] = rows
        book.weight.data[-1] = 0.0
        book.embed_ema.copy_(rows)
        book.cluster_size_ema.fill_(1.0)


def psnr(found: Tensor, truth: Tensor) -> Tensor:
    """Peak signal to noise of pictures in -1..1, one number each, in decibel."""
    error = F.mse_loss(found.clamp(-1, 1), truth, reduction="none").flatten(1).mean(1)
    return 10 * torch.log10(4.0 / error.clamp(min=1e-12))
