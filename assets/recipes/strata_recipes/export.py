"""A trained model as a folder that Strata opens: `model.toml`, `config.yaml`, tokenizer and transformer.

The tokenizer's convolutions are f16 and its biases f32 (`codes.py` says why); the transformer's matrices are 8-bit
blocks (Q8_0) in a GGUF file under the published names.
"""

from pathlib import Path

import gguf
import torch
import yaml
from safetensors.torch import load_file, save_file
from torch import Tensor

from .models.base import Model
from .rqvae import RqVae
from .transformer import Transformer
from .training import write_atomically

BLOCK = 32


def tokenizer_tensors(model: RqVae) -> dict[str, Tensor]:
    """The state dict without the training's averages, a shared codebook listed once."""
    tensors = {}
    for name, tensor in model.state_dict().items():
        shared = name.startswith("quantizer.codebooks.") and not name.startswith("quantizer.codebooks.0.")
        if name.endswith("_ema") or (shared and model.config.shared_codebook):
            continue
        tensors[name] = (tensor.half() if tensor.dim() > 1 else tensor.float()).contiguous()
    return tensors


def transformer_tensors(model: Transformer) -> dict[str, Tensor]:
    """The state dict, tied heads listed once."""
    tensors = {name: tensor.float().contiguous() for name, tensor in model.state_dict().items()}
    if model.config.share_heads:
        tensors = {name: t for name, t in tensors.items() if not name.startswith("output.") or name == "output.0.weight"}
    return tensors


def kind(tensor: Tensor) -> gguf.GGMLQuantizationType:
    """8-bit blocks for matrices, f32 for the norms."""
    blocks = tensor.dim() == 2 and tensor.shape[1] % BLOCK == 0
    return gguf.GGMLQuantizationType.Q8_0 if blocks else gguf.GGMLQuantizationType.F32


def write_gguf(model: Transformer, path: Path, name: str) -> None:
    writer = gguf.GGUFWriter(path, "strata.dnd")
    writer.add_name(name)
    for key, tensor in transformer_tensors(model).items():
        as_stored = kind(tensor)
        writer.add_tensor(key, gguf.quantize(tensor.numpy(), as_stored), raw_dtype=as_stored)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def config_yaml(model: Model) -> str:
    """The tokenizer's sizes in the published layout."""
    config = model.tokenizer
    grid = config.grid
    arch = {
        "type": "rq-vae",
        "hparams": {
            "bottleneck_type": "rq", "embed_dim": config.embed_dim, "n_embed": config.codebook,
            "latent_shape": [grid, grid, config.embed_dim], "code_shape": [grid, grid, config.depth],
            "shared_codebook": config.shared_codebook,
        },
        "ddconfig": {
            "double_z": False, "z_channels": config.z_channels, "resolution": config.resolution, "in_channels": 3,
            "out_ch": 3, "ch": config.ch, "ch_mult": list(config.ch_mult), "num_res_blocks": config.num_res_blocks,
            "attn_resolutions": list(config.attn_resolutions), "dropout": 0.0,
        },
    }
    return yaml.safe_dump({"arch": arch}, sort_keys=False)


def manifest(model: Model, parameters: int) -> str:
    """`model.toml`."""
    tokenizer, transformer, card = model.tokenizer, model.transformer, model.card
    sampling = card["sampling"]
    ids = model.classes() if model.mode == "class" else [0]
    return f'''name = "{card["name"]}"
id = "{model.name}"
version = 1
family = "dnd"
kind = "{model.mode}"
summary = "{card["summary"]}"
licence = "{card["licence"]}"
source = "assets/recipes, model {model.name}"
attribution = """
{card["attribution"].strip()}
"""

[image]
width = {tokenizer.resolution}
height = {tokenizer.resolution}
cell = {tokenizer.resolution // tokenizer.grid}

[codes]
grid = [{tokenizer.grid}, {tokenizer.grid}]
depth = {tokenizer.depth}
codebook = {tokenizer.codebook}
embed_dim = {tokenizer.embed_dim}

[transformer]
layers = {transformer.layers}
heads = {transformer.heads}
width = {transformer.dim}
head_positions = {list(transformer.heads_at)}
classes = {transformer.classes}
class_dropout_prob = {transformer.class_dropout}
share_prediction_heads = {str(transformer.share_heads).lower()}
parameters = {parameters}

[sampling]
temperature = {sampling["temperature"]}
top_k = {sampling["top_k"]}
top_p = {sampling["top_p"]}
guidance = {sampling["guidance"]}

[classes]
ids = {ids}

[files]
tokenizer = "tokenizer.safetensors"
config = "config.yaml"
transformer = "transformer.gguf"
'''


def export(model: Model, tokenizer: RqVae, transformer: Transformer, folder: Path) -> None:
    """Writes the folder; `tokenizer` and `transformer` are the trained ones, on the CPU."""
    folder.mkdir(parents=True, exist_ok=True)
    parameters = sum(weight.numel() for weight in transformer.parameters())
    (folder / "config.yaml").write_text(config_yaml(model))
    (folder / "model.toml").write_text(manifest(model, parameters))
    write_atomically(folder / "tokenizer.safetensors", lambda target: save_file(tokenizer_tensors(tokenizer), target))
    write_atomically(folder / "transformer.gguf", lambda target: write_gguf(transformer, target, model.card["name"]))


def load(model: Model, folder: Path) -> tuple[RqVae, Transformer]:
    """Tokenizer and transformer of an exported folder: the weights that a reader of its files sees."""
    tokenizer = RqVae(model.tokenizer)
    fill(tokenizer, tokenizer_tensors(tokenizer), load_file(folder / "tokenizer.safetensors"))
    transformer = Transformer(model.transformer)
    stored = {
        tensor.name: torch.from_numpy(gguf.dequantize(tensor.data, tensor.tensor_type).copy())
        for tensor in gguf.GGUFReader(folder / "transformer.gguf").tensors
    }
    fill(transformer, transformer_tensors(transformer), stored)
    return tokenizer.eval(), transformer.eval()


def fill(module: torch.nn.Module, listed: dict[str, Tensor], stored: dict[str, Tensor]) -> None:
    """Puts the stored tensors into the module; `listed` says which a file has to hold, the others share theirs."""
    if listed.keys() != stored.keys():
        raise ValueError(f"other tensors than expected: {sorted(listed.keys() ^ stored.keys())}")
    state = {name: tensor.float().reshape(listed[name].shape) for name, tensor in stored.items()}
    module.load_state_dict(state, strict=False)
