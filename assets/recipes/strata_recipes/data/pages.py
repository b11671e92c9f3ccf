"""Typeset document pages for the `pages` model: Typst sets random articles, drawn at twice the size and halved.

Writes to `work/data`: `train.npy` and `heldout.npy` (uint8, pages x 256 x 256 x 3), `layout.json` (what each page holds),
`stats.json`, and READY at the end. The held-out pages are other random articles. A fixed seed gives the same pages.
"""

import io
import json
import os
import random
from pathlib import Path

import numpy as np
import typst
from PIL import Image

from . import page_layout

SIZE = 256
CHUNK = 50
PAGES = {"train": 6000, "heldout": 200}
TINY_PAGES = {"train": 24, "heldout": 8}


def compose_chunk(seed: int, split: str, start: int, count: int) -> tuple[str, list[dict]]:
    """Typst source of `count` pages from page `start` on; each page has a random generator of its own."""
    sources, layouts = [], []
    for number in range(start, start + count):
        source, layout = page_layout.compose(random.Random(f"pages {seed} {split} {number}"))
        sources.append(source)
        layouts.append(layout)
    return page_layout.PRELUDE + "\n#pagebreak()\n".join(sources), layouts


def render(source: str) -> np.ndarray:
    """The pages of a Typst document, uint8 [pages, 256, 256, 3]."""
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
    sheets = typst.compile(source.encode(), format="png", ppi=288.0, font_paths=fonts)
    sheets = sheets if isinstance(sheets, list) else [sheets]
    return np.stack([halve(np.asarray(Image.open(io.BytesIO(sheet)).convert("RGB"))) for sheet in sheets])


def halve(picture: np.ndarray) -> np.ndarray:
    """Mean of every two by two pixels."""
    blocks = picture.reshape(SIZE, 2, SIZE, 2, 3).astype(np.float32)
    return np.round(blocks.mean(axis=(1, 3))).astype(np.uint8)


def make_split(folder: Path, split: str, count: int, seed: int) -> list[dict]:
    """Writes `split`.npy and returns the layouts of its pages."""
    unfinished = folder / f"{split}.unfinished.npy"
    pages = np.lib.format.open_memmap(unfinished, mode="w+", dtype=np.uint8, shape=(count, SIZE, SIZE, 3))
    layouts: list[dict] = []
    for start in range(0, count, CHUNK):
        source, part = compose_chunk(seed, split, start, min(CHUNK, count - start))
        pages[start:start + len(part)] = render(source)
        layouts += part
        print(f"pages: {split} {start + len(part)} of {count}", flush=True)
    pages.flush()
    os.replace(unfinished, folder / f"{split}.npy")
    return layouts


def summarise(pages: np.ndarray, layouts: list[dict]) -> dict:
    """Figures about a split: how dark, how much of each template."""
    sample = pages[:: max(1, len(pages) // 200)]
    templates = [layout["template"] for layout in layouts]
    return {
        "pages": len(pages),
        "mean": [round(float(value), 3) for value in sample.reshape(-1, 3).mean(axis=0)],
        "deviation": [round(float(value), 3) for value in sample.reshape(-1, 3).std(axis=0)],
        "templates": {name: templates.count(name) for name in sorted(set(templates))},
        "two columns": round(sum(layout["columns"] == 2 for layout in layouts) / len(layouts), 4),
        "with figure": round(sum(bool(layout["figures"]) for layout in layouts) / len(layouts), 4),
        "with table": round(sum(layout["tables"] > 0 for layout in layouts) / len(layouts), 4),
    }


def write_json(path: Path, value: object) -> None:
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(value, indent=1) + "\n")
    os.replace(unfinished, path)


def make(work: Path, tiny: bool = False, seed: int = 0) -> None:
    """Makes the pages in `work/data`; does nothing where they are done."""
    folder = Path(work) / "data"
    if (folder / "READY").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    layouts, stats = {}, {}
    for split, count in (TINY_PAGES if tiny else PAGES).items():
        layouts[split] = make_split(folder, split, count, seed)
        stats[split] = summarise(np.load(folder / f"{split}.npy", mmap_mode="r"), layouts[split])
    write_json(folder / "layout.json", layouts)
    write_json(folder / "stats.json", stats)
    (folder / "READY").write_text("done\n")
