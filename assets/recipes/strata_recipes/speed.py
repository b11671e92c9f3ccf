"""What a step of the published class model and a decoding cost in PyTorch on this machine, with random weights.

`cargo test --workspace --test recipes beside -- --ignored --nocapture` runs it in turn with `strata bench`.
"""

import json
import statistics
import time

import torch

from . import rqvae, transformer

XXL = transformer.Config(
    layers=48, heads=24, dim=1536, grid=16, codebook=16384, heads_at=(39, 47), classes=1000, class_dropout=0.1
)
TOKENIZER = rqvae.Config(
    resolution=256, grid=16, depth=2, codebook=16384, embed_dim=256, z_channels=256, ch=128, ch_mult=(1, 1, 2, 2, 4),
    num_res_blocks=2, attn_resolutions=(16,),
)


def built(module: type[torch.nn.Module], config: object, dtype: torch.dtype) -> torch.nn.Module:
    """With weights that are not zero and cost no minute to draw: all of them the same small number.

    Zeros might be skipped, and subnormal numbers are slow; what else they are costs nothing."""
    with torch.device("meta"):
        model = module(config)
    model = model.to(dtype).to_empty(device="cpu").eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.fill_(0.01)
    return model


@torch.no_grad()
def run(positions: int, pictures: int) -> None:
    """Prints one JSON value: median seconds of a guided step in bfloat16, and of a decoding in float32."""
    model = built(transformer.Transformer, XXL, torch.bfloat16)
    model.table = transformer.rotary_table(XXL)
    times = [time.perf_counter()]
    draw = transformer.chooser()

    def choose(logits: torch.Tensor) -> torch.Tensor:
        codes = draw(logits)
        times.append(time.perf_counter())
        return codes

    model.sample(torch.arange(pictures), choose, guidance=2.0, steps=positions + 2)
    # The last depth ends a step; the first two steps touch everything for the first time.
    ends = times[XXL.depth :: XXL.depth][2:]
    steps = [after - before for before, after in zip([times[2 * XXL.depth], *ends], ends)]
    del model

    tokenizer = built(rqvae.RqVae, TOKENIZER, torch.float32)
    codes = torch.zeros(1, 16, 16, 2, dtype=torch.long)
    decodings = []
    for _ in range(4):
        start = time.perf_counter()
        tokenizer.decode(codes)
        decodings.append(time.perf_counter() - start)
    print(json.dumps({"step_s": statistics.median(steps), "decoder_s": statistics.median(decodings[1:])}))
