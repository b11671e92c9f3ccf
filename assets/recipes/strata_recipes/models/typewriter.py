"""Typewriter: pages of English on a 16-pixel grid, 384x384, codes 24x24x1. A code is its character's ASCII number."""

from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from .. import rqvae, tokenizer, transformer
from ..data import text
from ..generator import Schedule
from ..training import write_atomically
from .base import Model

CODES = 128


class Typewriter(Model):
    name = "typewriter"
    mode = "text"
    card = {
        "name": "Typewriter",
        "summary": "Pages of English on a typewriter's grid",
        "sampling": {"temperature": 0.7, "top_k": 0, "top_p": 1.0, "guidance": 1.0},
        "licence": "CC0-1.0",
        "attribution": """
Text learnt from The World Factbook (public domain), the Jargon File (public domain), The Devil's Dictionary by
Ambrose Bierce (public domain) and WordNet 3.0 (Copyright 2006 Princeton University, WordNet licence). Glyphs
learnt from DejaVu Sans Mono.
""",
    }

    def __init__(self, work, tiny):
        super().__init__(work, tiny)
        self.tokenizer = rqvae.Config(
            resolution=384, grid=24, depth=1, codebook=CODES, embed_dim=32, z_channels=32, ch_mult=(1, 1, 1, 1, 3),
        )
        self.transformer = transformer.Config(
            layers=2 if tiny else 6, heads=2 if tiny else 4, dim=64 if tiny else 256, grid=24, codebook=CODES,
            heads_at=(1,) if tiny else (5,), classes=1,
        )
        self.tokenizer_schedule = tokenizer.Schedule(
            shares=(CODES,), pictures_for_codes=100, points=0, rounds=0, steps=6 if tiny else 1200, batch=2,
        )
        self.transformer_schedule = Schedule(steps=12 if tiny else 1300, batch=4 if tiny else 16, rate=3e-3, compiled=not tiny)

    def make_data(self) -> None:
        text.make(self.work, self.tiny)

    @cached_property
    def pages(self) -> Tensor:
        return torch.from_numpy(np.load(self.work / "data" / "train.npy"))

    @cached_property
    def heldout_pages(self) -> Tensor:
        return torch.from_numpy(np.load(self.work / "data" / "heldout.npy"))

    @cached_property
    def glyphs(self) -> np.ndarray:
        return np.load(self.work / "data" / "glyphs.npy")

    def render(self, pages: Tensor) -> Tensor:
        return torch.from_numpy(text.render(pages.numpy(), self.glyphs))

    def pictures(self, count: int, generator: torch.Generator) -> Tensor:
        """Half of the pictures are pages, the other half any characters beside any others."""
        pages = self.pages[torch.randint(len(self.pages), (count,), generator=generator)].clone()
        loose = torch.randint(32, 127, pages.shape, generator=generator, dtype=torch.uint8)
        mixed = torch.rand(count, generator=generator) < 0.5
        pages[mixed] = loose[mixed]
        return self.render(pages)

    def heldout(self) -> Tensor:
        return self.render(self.heldout_pages[::9][:64])

    def table(self, chain) -> Tensor:
        """The latent of every glyph at its ASCII number; the codes that no page uses lie far from all of them."""
        x = rqvae.to_input(torch.from_numpy(self.glyphs))
        rows = tokenizer.closed.features(chain, x)[:, 0, 0]
        far = rows.abs().max() * 4
        rows[:32] = far + torch.arange(32)[:, None]
        rows[127] = far + 32
        return rows

    def extract(self, found: tokenizer.Tokenizer) -> None:
        """The pages are codes already; the encoder has to find them again."""
        sample = self.pages[:32]
        codes = found.codes(rqvae.to_input(self.render(sample)))[..., 0]
        wrong = int((codes != sample).sum())
        assert wrong == 0, f"the encoder misreads {wrong} of {sample.numel()} cells"
        write_atomically(self.work / "codes.pt", lambda target: torch.save(self.pages, target))

    def batch(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        chosen = self.pages[torch.randint(len(self.pages), (count,), generator=generator)]
        return torch.zeros(count, dtype=torch.long), chosen.flatten(1).unsqueeze(-1).long()

    def heldout_codes(self) -> tuple[Tensor, Tensor]:
        pages = self.heldout_pages[::9][:64].flatten(1).unsqueeze(-1).long()
        return torch.zeros(len(pages), dtype=torch.long), pages

    def codebook_use(self) -> dict:
        used = len(torch.unique(self.pages))
        return {"codes used of the 95 printable ones": used}
