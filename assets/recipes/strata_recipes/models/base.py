"""What every model's recipe has to say. The stages in `stages.py` are written against this alone."""

from abc import ABC, abstractmethod
from pathlib import Path

import torch
from torch import Tensor

from ..rqvae import Config as TokenizerConfig
from ..tokenizer import Schedule as TokenizerSchedule, Tokenizer
from ..transformer import Config as TransformerConfig
from ..generator import Schedule as TransformerSchedule


class Model(ABC):
    """A model to be made below the folder `work`; `tiny` is the same in a minute, for the smoke run."""

    name: str
    mode: str  # "class", "text" or "document"
    tokenizer: TokenizerConfig
    tokenizer_schedule: TokenizerSchedule
    transformer: TransformerConfig
    transformer_schedule: TransformerSchedule
    card: dict

    def __init__(self, work: Path, tiny: bool):
        self.work, self.tiny = work, tiny

    @abstractmethod
    def make_data(self) -> None:
        """Writes `work/data`, unless it is there."""

    @abstractmethod
    def pictures(self, count: int, generator: torch.Generator) -> Tensor:
        """Training pictures, uint8 [count, S, S, 3]."""

    @abstractmethod
    def heldout(self) -> Tensor:
        """Held-out pictures, uint8 [N, S, S, 3]."""

    @abstractmethod
    def extract(self, tokenizer: Tokenizer) -> None:
        """Writes `work/codes.pt`: whatever `batch` draws from."""

    @abstractmethod
    def batch(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Labels [count] and codes [count, T, depth] for the transformer."""

    @abstractmethod
    def heldout_codes(self) -> tuple[Tensor, Tensor]:
        """The same for what training never sees."""

    def wanted(self) -> list[int]:
        """The labels of the samples that the evaluation measures."""
        return [0] * (4 if self.tiny else 64)

    def codebook_use(self) -> dict:
        """The share of the codebook that training pictures use, under the name it has in the report."""
        used = torch.unique(torch.load(self.work / "codes.pt", weights_only=True)["train"])
        return {"share of the codebook used": round(len(used) / self.tokenizer.codebook, 4)}
