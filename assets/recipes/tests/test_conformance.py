"""The architectures against the published outputs. The folder of cases is named by STRATA_CONFORMANCE."""

import json
import os
from pathlib import Path

import pytest
import torch
import yaml
from safetensors.torch import load_file

from strata_recipes import rqvae, transformer

CASES = Path(os.environ.get("STRATA_CONFORMANCE", "")) if os.environ.get("STRATA_CONFORMANCE") else None
pytestmark = pytest.mark.skipif(CASES is None, reason="STRATA_CONFORMANCE names no folder of cases")


def cases(kind: str) -> list[Path]:
    found = sorted(CASES.iterdir()) if CASES else []
    return [f for f in found if (f / "case.json").exists() and json.loads((f / "case.json").read_text())["kind"] == kind]


@pytest.mark.parametrize("folder", cases("tokenizer"), ids=lambda folder: folder.name)
def test_tokenizer(folder: Path) -> None:
    arch = yaml.safe_load((folder / "config.yaml").read_text())["arch"]
    hparams, dd = arch["hparams"], arch["ddconfig"]
    config = rqvae.Config(
        resolution=dd["resolution"], grid=hparams["code_shape"][0], depth=hparams["code_shape"][2],
        codebook=hparams["n_embed"], embed_dim=hparams["embed_dim"], z_channels=dd["z_channels"], ch=dd["ch"],
        ch_mult=tuple(dd["ch_mult"]), num_res_blocks=dd["num_res_blocks"],
        attn_resolutions=tuple(dd["attn_resolutions"]), shared_codebook=hparams["shared_codebook"],
    )
    model = rqvae.RqVae(config).eval()
    model.load_state_dict(load_file(folder / "model.safetensors"), strict=True)
    expected = load_file(folder / "expected.safetensors")
    with torch.no_grad():
        torch.testing.assert_close(rqvae.to_input(expected["image_u8"]), expected["x"], atol=1e-6, rtol=0)
        torch.testing.assert_close(model.latents(expected["x"]), expected["latents"], atol=2e-4, rtol=0)
        assert torch.equal(model.encode(expected["x"]).int(), expected["codes"])
        decoded = model.decode(expected["codes"].long())
        torch.testing.assert_close(decoded, expected["decoded"], atol=2e-4, rtol=0)
        for depth in range(config.depth):
            partial = model.decode(expected["codes"].long(), depth + 1)
            torch.testing.assert_close(partial, expected[f"partial.add.{depth}"], atol=2e-4, rtol=0)
    off = rqvae.to_pixels(decoded).int() - expected["decoded_u8"].int()
    assert off.abs().max() <= 1


@pytest.mark.parametrize("folder", cases("transformer"), ids=lambda folder: folder.name)
def test_transformer(folder: Path) -> None:
    case = json.loads((folder / "case.json").read_text())
    sizes = case.get("config", case)
    model = transformer.Transformer(config_of(sizes)).eval()
    model.load_state_dict(load_file(folder / "checkpoint.safetensors"), strict=True)
    expected = load_file(folder / "expected.safetensors")
    labels, codes = expected["labels"].long(), expected["teacher.codes"].long()
    torch.testing.assert_close(model.table, expected["freqs_cis"], atol=1e-6, rtol=0)
    with torch.no_grad():
        read = model(labels, codes)
        logits = torch.stack([model.logits(depth, part) for depth, part in enumerate(read)], 1)
    torch.testing.assert_close(logits, expected["teacher.logits"], atol=2e-4, rtol=0)
    for name in [n for n in expected if n.startswith("greedy.") and n.endswith(".codes")]:
        guidance = float(name.split(".cfg")[1].removesuffix(".codes"))
        drawn = model.sample(labels, lambda logits: logits.argmax(-1), guidance)
        assert torch.equal(drawn.int(), expected[name]), name


def config_of(sizes: dict) -> transformer.Config:
    return transformer.Config(
        layers=sizes["n_layer"], heads=sizes["n_head"], dim=sizes["dim"], grid=round(sizes["block_size"] ** 0.5),
        codebook=sizes["vocab_size"], heads_at=tuple(sorted(sizes["pred_head_positions"])),
        classes=sizes["num_classes"], class_dropout=sizes["class_dropout_prob"],
        share_heads=sizes.get("share_prediction_heads", False),
    )
