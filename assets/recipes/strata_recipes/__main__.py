"""`python -m strata_recipes MODEL STAGE`: see `--help`."""

import argparse
from pathlib import Path

import torch

from . import smoke, speed, stages
from .models import MODELS

STAGES = ("data", "codes", "decoder", "transformer", "export", "sample", "evaluate")


def main() -> None:
    parser = argparse.ArgumentParser(prog="strata_recipes", description="Makes Strata's starter models.")
    parser.add_argument("model", choices=(*MODELS, "smoke", "speed"), help="smoke: all of them on tiny settings; speed: PyTorch's own, with XXL")
    parser.add_argument("stage", nargs="?", default="all", choices=(*STAGES, "all"), help="all: one after the other")
    parser.add_argument("--work", type=Path, default=Path("target/recipes"), help="where data and checkpoints are kept")
    parser.add_argument("--tiny", action="store_true", help="the whole recipe in a minute, to see that it runs")
    parser.add_argument("--threads", type=int, default=1, help="processor threads")
    parser.add_argument("--positions", type=int, default=24, help="speed: positions that are drawn")
    parser.add_argument("--pictures", type=int, default=1, help="speed: pictures that grow together")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    if options.model == "smoke":
        smoke.run(options.work)
        return
    if options.model == "speed":
        speed.run(options.positions, options.pictures)
        return
    model = MODELS[options.model](options.work / options.model, options.tiny)
    wanted = STAGES if options.stage == "all" else [options.stage]
    for stage in wanted:
        getattr(stages, stage)(model)


if __name__ == "__main__":
    main()
