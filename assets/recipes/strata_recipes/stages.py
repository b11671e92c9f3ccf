"""The stages of every recipe, in order. Each takes up where it was stopped and does nothing once it is done."""

import hashlib
import json
from importlib import import_module
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from . import export as exported
from . import generator, tokenizer
from .evaluate.quality import psnr, ssim
from .models.base import Model
from .rqvae import RqVae, to_input, to_pixels
from .tokenizer import Tokenizer
from .training import Average, bits, device, write_atomically
from .transformer import Transformer, chooser


def data(model: Model) -> None:
    model.make_data()


def codes(model: Model) -> Tokenizer:
    table = getattr(model, "table", None)
    found = tokenizer.make_codes(model.tokenizer, model.tokenizer_schedule, model.pictures, model.work / "encoder.pt", table)
    if not (model.work / "codes.pt").exists():
        model.extract(found)
    return found


def decoder(model: Model) -> Tokenizer:
    found = codes(model)
    if not model.tiny:
        tokenizer.compile_activation()
    tokenizer.train_decoder(found, model.tokenizer_schedule, model.pictures, model.heldout(), model.work / "decoder.pt")
    return found


def transformer(model: Model) -> Transformer:
    codes(model)
    made = Transformer(model.transformer)
    watch = None if model.tiny else lambda network, step: look(model, network, step)
    generator.train(made, model.transformer_schedule, model.batch, model.heldout_codes(), model.work / "transformer.pt", watch)
    return made


@torch.no_grad()
def look(model: Model, network: Transformer, step: int, count: int = 8) -> None:
    """A row of samples at the recommended settings, to be looked at while the training goes on."""
    settings = model.card["sampling"]
    seeded = torch.Generator().manual_seed(0)
    choose = chooser(settings["temperature"], settings["top_k"], settings["top_p"], seeded)
    labels = model.heldout_codes()[0][:1].repeat(count)
    if hasattr(model, "classes"):
        known = model.classes()
        labels = torch.tensor([known[i * len(known) // count] for i in range(count)])
    drawn = network.sample(labels.to(device()), choose, settings["guidance"]).cpu()
    show(model, drawn, model.work / "looks" / f"{step:06}.png")


def export(model: Model) -> None:
    """Writes `work/model`, the folder that Strata opens, from the checkpoints as they are, with the averaged weights."""
    made = tokenizer.load_codes(model.tokenizer, model.work / "encoder.pt").model
    averaged(made, model.work / "decoder.pt")
    network = Transformer(model.transformer)
    averaged(network, model.work / "transformer.pt")
    exported.export(model, made, network, model.work / "model")


def averaged(network: torch.nn.Module, checkpoint: Path) -> None:
    """The averaged weights of a training's checkpoint, finished or not."""
    average = Average(network, 0.0)
    average.weights = torch.load(checkpoint, map_location="cpu", weights_only=True)["average"]
    average.write(network)


@torch.no_grad()
def sample(model: Model) -> None:
    """Draws the pictures that `evaluate` measures, by the folder `work/model` at the recommended settings, to `work/samples.npz`.

    Parts are kept as they come, each with dice of its own; `work/samples` tells those of other weights or settings apart.
    """
    made, network = exported.load(model, model.work / "model")
    settings = model.card["sampling"]
    labels = torch.tensor(model.wanted())
    parts = model.work / "samples" / fingerprint(made, network, settings)
    parts.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, part in enumerate(labels.split(64)):
        paths.append(parts / f"{number:04}.npz")
        if not paths[-1].exists():
            dice = torch.Generator().manual_seed(number)
            choose = chooser(settings["temperature"], settings["top_k"], settings["top_p"], dice)
            codes = network.sample(part, choose, settings["guidance"])
            save(paths[-1], codes=codes.to(torch.int32).numpy(), pictures=decoded(made, codes).numpy())
            print(f"{number * 64 + len(part)} of {len(labels)}", flush=True)
    drawn = [np.load(path) for path in paths]
    save(
        model.work / "samples.npz",
        labels=labels.numpy(),
        codes=np.concatenate([part["codes"] for part in drawn]),
        pictures=np.concatenate([part["pictures"] for part in drawn]),
    )


def fingerprint(made: RqVae, network: Transformer, settings: dict) -> str:
    """Eight digits that change with the weights and the settings."""
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for weights in (made.state_dict(), network.state_dict()):
        for name, weight in sorted(weights.items()):
            digest.update(name.encode() + weight.float().numpy().tobytes())
    return digest.hexdigest()[:8]


def save(path: Path, **arrays: np.ndarray) -> None:
    def write(target: Path) -> None:
        with target.open("wb") as file:
            np.savez(file, **arrays)

    write_atomically(path, write)


@torch.no_grad()
def decoded(made: RqVae, codes: torch.Tensor, depths: int | None = None) -> torch.Tensor:
    """Pictures uint8 [N, S, S, 3] of codes [N, T, depth], of the first `depths` alone when given."""
    grid = made.config.grid
    parts = [to_pixels(made.decode(part.view(-1, grid, grid, made.config.depth), depths)) for part in codes.split(8)]
    return torch.cat(parts)


def evaluate(model: Model) -> None:
    """Measures what ships: `work/report/report.json` and the sheets beside it."""
    report = model.work / "report"
    report.mkdir(parents=True, exist_ok=True)
    made, network = exported.load(model, model.work / "model")
    figures = {"tokenizer": tokenizer_figures(model, made), "transformer": transformer_figures(model, network)}
    drawn = np.load(model.work / "samples.npz")
    codes = torch.from_numpy(drawn["codes"]).long()
    measure = import_module(f"{__package__}.evaluate.{model.name}").evaluate
    extra = {}
    if model.mode == "document":
        extra["partials"] = {depth: decoded(made, codes[:4], depth).numpy() for depth in (1, 2, 4, 8)}
    figures["samples"] = measure(drawn["codes"], drawn["pictures"], drawn["labels"], model.work, report, **extra)
    (report / "report.json").write_text(json.dumps(figures, indent=1) + "\n")
    print(json.dumps({part: figures[part] for part in ("tokenizer", "transformer")}, indent=1))


@torch.no_grad()
def tokenizer_figures(model: Model, made: RqVae, count: int = 64) -> dict:
    """PSNR in decibel and SSIM of held-out pictures at every depth, and the share of the codebook that is used."""
    truth = model.heldout()[:count]
    codes = torch.cat([made.encode(to_input(part)) for part in truth.split(8)]).flatten(1, 2)
    figures = {"held-out pictures": len(truth), "depths": {}}
    for depth in range(1, model.tokenizer.depth + 1):
        pictures = decoded(made, codes, depth).numpy()
        quality = psnr(pictures, truth.numpy()), ssim(pictures, truth.numpy())
        figures["depths"][depth] = {"psnr": round(float(quality[0].mean()), 2), "ssim": round(float(quality[1].mean()), 4)}
    again = torch.cat([made.encode(to_input(part)) for part in decoded(made, codes).split(8)]).flatten(1, 2)
    figures["codes found again in the decoded picture"] = round(float((again == codes).float().mean()), 4)
    return figures | model.codebook_use()


@torch.no_grad()
def transformer_figures(model: Model, network: Transformer) -> dict:
    """Bits a code on held-out and on training codes, per depth."""
    figures = {}
    training = model.batch(16, torch.Generator().manual_seed(1))
    for name, (labels, codes) in {"held-out": model.heldout_codes(), "training": training}.items():
        losses = [generator.depth_losses(network, labels[i : i + 8], codes[i : i + 8], codes[i : i + 8]) for i in range(0, len(labels), 8)]
        figures[f"bits a code, {name}"] = [round(bits(value), 3) for value in torch.stack(losses).mean(0).tolist()]
    return figures


def show(model: Model, drawn: torch.Tensor, path: Path) -> None:
    """Pictures of the codes [N, T, depth] in a row: by the decoder once it is trained a little, else by the linear read-out."""
    found = tokenizer.load_codes(model.tokenizer, model.work / "encoder.pt")
    grid = model.tokenizer.grid
    latents = found.model.quantizer.embed(drawn.view(-1, grid, grid, model.tokenizer.depth))
    pictures = to_pixels(tokenizer.closed.read_out(found.chain, latents)).numpy()
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.concatenate(list(pictures), 1)).save(path)
