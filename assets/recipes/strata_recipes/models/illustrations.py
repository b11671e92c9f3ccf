"""Illustrations: drawings of 291 ImageNet classes in several styles, 256x256, codes 16x16x2."""

import json
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from .. import rqvae, tokenizer, transformer
from ..data import icons
from ..generator import Schedule
from ..training import write_atomically
from .base import Model

# Of the grounds that the tokenizer knows, as many are drawn.
GROUNDS_DRAWN = 2


class Illustrations(Model):
    name = "illustrations"
    mode = "class"
    card = {
        "name": "Illustrations",
        "summary": "Clean drawings of 291 ImageNet classes in several styles",
        "sampling": {"temperature": 0.2, "top_k": 0, "top_p": 1.0, "guidance": 1.25},
        "licence": "CC-BY-4.0",
        "attribution": """
Pictures learnt from Noto Emoji (Google, Apache-2.0), Fluent Emoji (Microsoft, MIT), Twemoji (Twitter and
contributors, CC BY 4.0), EmojiOne 2 (Emoji One, CC BY 4.0), FxEmoji (Mozilla, CC BY 4.0) and Streamline Emojis
(Streamline, CC BY 4.0).
""",
    }

    def __init__(self, work, tiny):
        super().__init__(work, tiny)
        codebook = 256 if tiny else 4096
        self.tokenizer = rqvae.Config(
            resolution=256, grid=16, depth=2, codebook=codebook, embed_dim=32, z_channels=32,
            ch_mult=(1, 1, 2, 2, 3),
        )
        self.transformer = transformer.Config(
            layers=4 if tiny else 8, heads=2 if tiny else 4, dim=64 if tiny else 256, grid=16, codebook=codebook,
            heads_at=(2, 3) if tiny else (5, 7), classes=1000, class_dropout=0.1,
            share_heads=True,
        )
        half = codebook // 2
        self.tokenizer_schedule = tokenizer.Schedule(
            shares=(half, half), pictures_for_codes=100 if tiny else 1500, points=4_000 if tiny else 120_000,
            rounds=4 if tiny else 12, steps=6 if tiny else 3000, batch=2 if tiny else 4,
        )
        self.transformer_schedule = Schedule(steps=12 if tiny else 10000, batch=4 if tiny else 16, noise=0.06, compiled=not tiny)

    def make_data(self) -> None:
        icons.make(self.work, self.tiny)

    @cached_property
    def index(self) -> list[dict]:
        return json.loads((self.work / "data" / "index.json").read_text())

    @cached_property
    def drawings(self) -> np.ndarray:
        return np.load(self.work / "data" / "drawings.npy", mmap_mode="r")

    @cached_property
    def grounds(self) -> np.ndarray:
        return np.load(self.work / "data" / "grounds.npy")

    def rows(self, heldout: bool) -> list[int]:
        return [row for row, entry in enumerate(self.index) if entry["heldout"] == heldout]

    def compose(self, rows: list[int], grounds: list[int], flips: list[bool]) -> Tensor:
        flips = np.array([flip and self.index[row]["flip_ok"] for row, flip in zip(rows, flips)])
        return torch.from_numpy(icons.compose(self.drawings[rows], self.grounds[grounds], flips))

    def pictures(self, count: int, generator: torch.Generator) -> Tensor:
        train = self.rows(False)
        rows = [train[i] for i in torch.randint(len(train), (count,), generator=generator)]
        grounds = torch.randint(len(self.grounds), (count,), generator=generator).tolist()
        return self.compose(rows, grounds, (torch.rand(count, generator=generator) < 0.5).tolist())

    def heldout(self) -> Tensor:
        rows = self.rows(True)
        order = np.random.default_rng(0).permutation(len(rows))
        return self.compose([rows[i] for i in order], [i % len(self.grounds) for i in range(len(rows))], [False] * len(rows))

    def extract(self, found: tokenizer.Tokenizer) -> None:
        """Codes of every drawing on every ground: [drawings, grounds, T, 2]."""
        count = len(self.grounds)
        codes = torch.zeros(len(self.index), count, self.transformer.positions, 2, dtype=torch.int16)
        for row in range(len(self.index)):
            pictures = self.compose([row] * count, list(range(count)), [False] * count)
            codes[row] = found.codes(rqvae.to_input(pictures)).reshape(codes[row].shape).to(torch.int16)
        write_atomically(self.work / "codes.pt", lambda target: torch.save(codes, target))

    @cached_property
    def codes(self) -> Tensor:
        return torch.load(self.work / "codes.pt", weights_only=True)

    @cached_property
    def by_class(self) -> list[tuple[int, list[int]]]:
        """Every class with its training drawings."""
        found: dict[int, list[int]] = {}
        for row in self.rows(False):
            found.setdefault(self.index[row]["class"], []).append(row)
        return sorted(found.items())

    def batch(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Every class equally often, then every drawing of it, on one of two grounds. The transformer draws nothing
        mirrored and on no other ground: that would be much more to learn for little that an artist sees."""
        labels, codes = [], []
        for pick in torch.randint(len(self.by_class), (count,), generator=generator):
            label, rows = self.by_class[pick]
            drawing, ground = torch.randint(1 << 30, (2,), generator=generator).tolist()
            labels.append(label)
            codes.append(self.codes[rows[drawing % len(rows)], ground % GROUNDS_DRAWN])
        return torch.tensor(labels), torch.stack(codes).long()

    def heldout_codes(self) -> tuple[Tensor, Tensor]:
        rows = self.rows(True)[:16]
        return torch.tensor([self.index[row]["class"] for row in rows]), self.codes[rows, 0].long()

    def classes(self) -> list[int]:
        return [label for label, _ in self.by_class]

    def wanted(self) -> list[int]:
        """Ten pictures of every class, round by round."""
        return self.classes() * (1 if self.tiny else 10)

    def codebook_use(self) -> dict:
        used = torch.unique(self.codes[self.rows(False)])
        return {"share of the codebook used": round(len(used) / self.tokenizer.codebook, 4)}
