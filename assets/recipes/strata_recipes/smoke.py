"""Every recipe from data to model folder on tiny settings, in a minute or two: it shows that they run, not that they learn.

Beside each folder it leaves what another program must find in it: the greedy codes of one picture, the margin of
every decision, the decoded pixels, and the codes of a held-out picture.
"""

import json
from pathlib import Path

import torch
from PIL import Image

from . import export as exported, stages
from .models import MODELS
from .models.base import Model
from .rqvae import to_input


def run(work: Path) -> None:
    for name, recipe in MODELS.items():
        model = recipe(work / name, True)
        for stage in (stages.data, stages.codes, stages.decoder, stages.transformer, stages.export):
            stage(model)
        expect(model)
        print(f"{name}: {work / name / 'model'}", flush=True)


@torch.no_grad()
def expect(model: Model) -> None:
    """Writes `expected.json`, `expected.png` and `heldout.png`."""
    made, network = exported.load(model, model.work / "model")
    margins: list[float] = []

    def greedy(logits: torch.Tensor) -> torch.Tensor:
        best = logits.topk(2)[0][0]
        margins.append(float(best[0] - best[1]))
        return logits.argmax(-1)

    label = model.wanted()[0]
    codes = network.sample(torch.tensor([label]), greedy)
    picture = stages.decoded(made, codes)
    heldout = model.heldout()[:1]
    expected = {
        "label": label if model.mode == "class" else None,
        "codes": codes.flatten().tolist(),
        "margins": margins,
        "heldout_codes": made.encode(to_input(heldout)).flatten().tolist(),
    }
    (model.work / "expected.json").write_text(json.dumps(expected) + "\n")
    Image.fromarray(picture[0].numpy()).save(model.work / "expected.png")
    Image.fromarray(heldout[0].numpy()).save(model.work / "heldout.png")
