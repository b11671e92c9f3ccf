"""Pages: typeset pages, 256x256, codes 16x16x8."""

from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from .. import rqvae, tokenizer, transformer
from ..data import pages
from ..generator import Schedule
from ..training import write_atomically
from .base import Model

DEPTH = 8


class Pages(Model):
    name = "pages"
    mode = "document"
    card = {
        "name": "Pages",
        "summary": "Typeset pages that come into focus over eight depths",
        "sampling": {"temperature": 0.7, "top_k": 0, "top_p": 1.0, "guidance": 1.0},
        "licence": "CC0-1.0",
        "attribution": """
Pages made by this recipe's own generator and set by Typst in New Computer Modern (GUST Font License).
""",
    }

    def __init__(self, work, tiny):
        super().__init__(work, tiny)
        codebook = 256 if tiny else 2048
        shares = (codebook // DEPTH,) * DEPTH
        self.tokenizer = rqvae.Config(
            resolution=256, grid=16, depth=DEPTH, codebook=codebook, embed_dim=64, z_channels=64,
            ch_mult=(1, 1, 2, 2, 4),
        )
        layers = 8 if tiny else 10
        self.transformer = transformer.Config(
            layers=layers, heads=2 if tiny else 3, dim=64 if tiny else 192, grid=16, codebook=codebook,
            heads_at=tuple(range(layers - DEPTH, layers)), classes=1, share_heads=True,
        )
        self.tokenizer_schedule = tokenizer.Schedule(
            shares=shares, pictures_for_codes=100 if tiny else 1500, points=4_000 if tiny else 80_000,
            rounds=4 if tiny else 10, steps=6 if tiny else 2000, batch=2 if tiny else 4, fewer_depths=0.35,
        )
        self.transformer_schedule = Schedule(steps=12 if tiny else 1800, batch=4 if tiny else 16, compiled=not tiny)

    def make_data(self) -> None:
        pages.make(self.work, self.tiny)

    @cached_property
    def train(self) -> np.ndarray:
        return np.load(self.work / "data" / "train.npy", mmap_mode="r")

    def pictures(self, count: int, generator: torch.Generator) -> Tensor:
        chosen = torch.randint(len(self.train), (count,), generator=generator).tolist()
        return torch.from_numpy(np.stack([self.train[row] for row in chosen]))

    def heldout(self) -> Tensor:
        return torch.from_numpy(np.load(self.work / "data" / "heldout.npy"))

    def extract(self, found: tokenizer.Tokenizer) -> None:
        sets = {"train": self.train, "heldout": self.heldout().numpy()}
        codes = {
            name: torch.cat([
                found.codes(rqvae.to_input(torch.from_numpy(pictures[first : first + 50].copy()))).flatten(1, 2).to(torch.int16)
                for first in range(0, len(pictures), 50)
            ])
            for name, pictures in sets.items()
        }
        write_atomically(self.work / "codes.pt", lambda target: torch.save(codes, target))

    @cached_property
    def codes(self) -> dict[str, Tensor]:
        return torch.load(self.work / "codes.pt", weights_only=True)

    def batch(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        train = self.codes["train"]
        return torch.zeros(count, dtype=torch.long), train[torch.randint(len(train), (count,), generator=generator)].long()

    def heldout_codes(self) -> tuple[Tensor, Tensor]:
        codes = self.codes["heldout"][:16].long()
        return torch.zeros(len(codes), dtype=torch.long), codes
