"""Illustrations: emoji drawings of ImageNet classes, each at one size in the middle of a calm studio ground.

Makes drawings, grounds and their index; ``compose`` lays a drawing on a ground while training runs.
The tokenizer, the codes and the judging of samples belong elsewhere.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Iterator

import numpy as np
import resvg_py
from PIL import Image

from .packages import npm

SIDE = 256
LONGER_SIDE = 184  # of the drawing's bounding box, in pixels
LOWERED = 4  # pixels below the middle, where the eye expects a thing to stand
OPAQUE = 24  # alpha from which a pixel counts for the bounding box
MOST_PER_SET = 3  # drawings of one class from one set; the sets hold 24 clock faces each
SAME = 2.0  # two drawings of a class nearer than this (RMS, of 255) are one
HELD_OUT = 0.04

SETS = {
    "noto-v1": "1.2.5",
    "twemoji": "1.2.5",
    "fluent-emoji-flat": "1.2.6",
    "emojione": "1.2.3",
    "fxemoji": "1.2.2",
    "noto": "1.2.9",
    "streamline-emojis": "1.2.4",
}
TINY_SETS = ("noto-v1", "twemoji")
TINY_CLASSES = (7, 145, 404, 949, 963, 980)

# Classes whose mirror image is wrong: dials, writing, keys, a side that custom fixes.
NO_FLIP = frozenset(
    # clocks and watches, dials, a compass rose
    [409, 892, 531, 826, 635]
    # vehicles and signs with writing
    + [407, 468, 555, 734, 779, 919]
    # keyboards, telephones, screens, slot machines, rulers
    + [508, 527, 528, 487, 620, 681, 754, 769, 800]
    # instruments held one way round
    + [401, 402, 420, 513, 546, 558, 566, 594, 776, 875, 889]
    # books open to the right, forks lie left, kimonos close left over right, jackets button one way, printed packages
    + [921, 923, 614, 617, 869, 982, 478, 549, 631, 773, 767]
)


@dataclass
class Drawing:
    """One drawing of one class, placed on the canvas."""

    label: int
    set: str
    icon: str
    pixels: np.ndarray = field(repr=False)  # [256, 256, 4], premultiplied

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.pixels.tobytes()).hexdigest()


def make(work: Path, tiny: bool = False, seed: int = 0) -> None:
    """Write ``work/data`` (see ``write``), unless it is there already."""
    data = Path(work) / "data"
    if (data / "classes.json").is_file():
        return
    drawings = list(_drawings(Path(work), tiny))
    drawings = _without_repeats(drawings)
    partial = data.with_name("data.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    write(partial, drawings, _held_out(drawings, seed))
    shutil.rmtree(data, ignore_errors=True)
    partial.rename(data)


def write(folder: Path, drawings: list[Drawing], held_out: set[str]) -> None:
    """The data files.

    ``drawings.npy`` uint8 [M, 256, 256, 4], premultiplied RGBA; ``grounds.npy`` uint8 [4, 256, 256, 3];
    ``index.json`` one entry a drawing; ``classes.json`` ids, names and groups of classes that share drawings.
    """
    np.save(folder / "drawings.npy", np.stack([d.pixels for d in drawings]))
    np.save(folder / "grounds.npy", grounds())
    index = [
        {"class": d.label, "set": d.set, "icon": d.icon, "flip_ok": d.label not in NO_FLIP, "heldout": d.digest in held_out}
        for d in drawings
    ]
    (folder / "index.json").write_text(json.dumps(index, indent=0) + "\n")
    icons = _icon_map()
    ids = sorted({d.label for d in drawings})
    classes = {
        "ids": ids,
        "names": [icons[i]["label"].split(",")[0] for i in ids],
        "groups": _groups(ids, icons),
    }
    (folder / "classes.json").write_text(json.dumps(classes, indent=0) + "\n")


def _icon_map() -> dict[int, dict[str, Any]]:
    """ImageNet id -> label and icon names per set."""
    raw = json.loads((Path(__file__).parent / "imagenet_icons.json").read_text())
    return {int(key): value for key, value in raw.items()}


def _drawings(work: Path, tiny: bool) -> Iterator[Drawing]:
    """Every mapped drawing, class by class, sets in their order."""
    icons = _icon_map()
    wanted = {i: icons[i] for i in TINY_CLASSES} if tiny else icons
    sets = {s: _load_set(work, s) for s in (TINY_SETS if tiny else SETS)}
    for label, entry in sorted(wanted.items()):
        for name, collection in sets.items():
            for icon in _spread(entry["strict"].get(name, []), MOST_PER_SET):
                pixels = place(*svg_parts(collection, icon))
                if pixels is not None:
                    yield Drawing(label, name, icon, pixels)


def _load_set(work: Path, name: str) -> dict[str, Any]:
    folder = npm(work, f"@iconify-json/{name}", SETS[name])
    return json.loads((folder / "icons.json").read_text())


def _spread(names: list[str], most: int) -> list[str]:
    """At most ``most`` of the names, evenly spread."""
    if len(names) <= most:
        return names
    return [names[i * len(names) // most] for i in range(most)]


def svg_parts(collection: dict[str, Any], name: str) -> tuple[str, tuple[float, float, float, float]]:
    """An icon's SVG body and its view box (left, top, width, height)."""
    icon: dict[str, Any] = {}
    while name in collection.get("aliases", {}):
        alias = collection["aliases"][name]
        if alias.keys() & {"rotate", "hFlip", "vFlip"}:
            raise ValueError(f"{collection['prefix']}:{name}: a turned alias is not supported; map its parent instead")
        icon = {**alias, **icon}
        name = alias["parent"]
    if name not in collection["icons"]:
        raise ValueError(f"{collection['prefix']}: no icon '{name}'; check data/imagenet_icons.json and the pinned version")
    icon = {**collection["icons"][name], **icon}
    box = tuple(float(icon.get(key, collection.get(key, default))) for key, default in (("left", 0), ("top", 0), ("width", 16), ("height", 16)))
    return icon["body"], box


def place(body: str, box: tuple[float, float, float, float]) -> np.ndarray | None:
    """The drawing on the canvas, premultiplied RGBA uint8 [256, 256, 4]; None where nothing is drawn.

    Drawn twice: once to find its bounding box, once in its place, so that edges stay crisp.
    """
    left, top, width, height = box
    probe = 512
    alpha = _render(body, box, box, probe)[:, :, 3]
    rows, columns = np.nonzero((alpha >= OPAQUE).any(1))[0], np.nonzero((alpha >= OPAQUE).any(0))[0]
    if len(rows) == 0:
        return None
    unit = max(width, height) / probe
    high, wide = (rows[-1] + 1 - rows[0]) * unit, (columns[-1] + 1 - columns[0]) * unit
    middle_x = left + (columns[0] + columns[-1] + 1) / 2 * unit
    middle_y = top + (rows[0] + rows[-1] + 1) / 2 * unit
    pixel = max(high, wide) / LONGER_SIDE
    window = (middle_x - SIDE / 2 * pixel, middle_y - (SIDE / 2 + LOWERED) * pixel, SIDE * pixel, SIDE * pixel)
    straight = _render(body, box, window, SIDE).astype(np.uint32)
    alpha = straight[:, :, 3:]
    return np.concatenate([(straight[:, :, :3] * alpha + 127) // 255, alpha], 2).astype(np.uint8)


def _render(body: str, box: tuple[float, ...], window: tuple[float, ...], side: int) -> np.ndarray:
    """Straight RGBA of ``window``; the inner element cuts at the icon's own box, as its authors saw it."""
    x, y, w, h = box
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="{side * window[2] / max(window[2:])}" '
        f'height="{side * window[3] / max(window[2:])}" viewBox="{window[0]} {window[1]} {window[2]} {window[3]}">'
        f'<svg x="{x}" y="{y}" width="{w}" height="{h}" viewBox="{x} {y} {w} {h}" overflow="hidden">{body}</svg></svg>'
    )
    png = resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True)
    return np.asarray(Image.open(io.BytesIO(bytes(png))).convert("RGBA"))


def _without_repeats(drawings: list[Drawing]) -> list[Drawing]:
    """Drop a class's later drawings that show the same pixels as an earlier one."""
    kept: dict[int, list[Drawing]] = defaultdict(list)
    for drawing in drawings:
        wide = drawing.pixels.astype(np.float32)
        if all(np.sqrt(np.mean((wide - other.pixels) ** 2)) >= SAME for other in kept[drawing.label]):
            kept[drawing.label].append(drawing)
    return [d for label in sorted(kept) for d in kept[label]]


def _held_out(drawings: list[Drawing], seed: int) -> set[str]:
    """Digests of the held-out drawings: spread over the sets, one a class at most, three or more left in each class."""
    left = Counter(d.label for d in drawings)
    labels_of: dict[str, set[int]] = defaultdict(set)
    for d in drawings:
        labels_of[d.digest].add(d.label)
    order = np.random.default_rng(seed).permutation(len(drawings))
    share = Counter(d.set for d in drawings)
    budget = {name: max(1, round(HELD_OUT * count)) for name, count in share.items()}
    chosen: set[str] = set()
    touched: set[int] = set()
    for drawing in (drawings[i] for i in order):
        labels = labels_of[drawing.digest]
        if budget[drawing.set] == 0 or labels & touched or min(left[label] for label in labels) < min(4, max(left.values())):
            continue
        chosen.add(drawing.digest)
        touched |= labels
        budget[drawing.set] -= 1
    return chosen


def _groups(ids: list[int], icons: dict[int, dict[str, Any]]) -> list[list[int]]:
    """Classes that the map gives a drawing in common (an espresso is a coffee mug here), as lists of two ids or more."""
    group_of = {label: {label} for label in ids}
    first: dict[tuple[str, str], int] = {}
    for label in ids:
        for drawing in ((name, icon) for name in SETS for icon in icons[label]["strict"].get(name, [])):
            other = first.setdefault(drawing, label)
            if group_of[other] is not group_of[label]:
                merged = group_of[other] | group_of[label]
                group_of.update(dict.fromkeys(merged, merged))
    return [list(group) for group in sorted({tuple(sorted(group)) for group in group_of.values() if len(group) > 1})]


# Top and bottom of each ground: cream, sky, mint, lilac.
PALETTES = (
    ((254, 247, 232), (247, 222, 176)),
    ((228, 243, 254), (176, 212, 246)),
    ((232, 250, 236), (178, 228, 200)),
    ((244, 236, 254), (212, 194, 244)),
)
TINT = 13.0  # levels by which red falls and blue rises from the left edge to the right one, halved at each end
POOL = 20.0  # levels by which the picture darkens from the middle to the corners


def grounds() -> np.ndarray:
    """The four grounds, uint8 [4, 256, 256, 3].

    A vertical gradient, a soft pool of light and a slight tint from left to right: the mean colour of each
    16x16 patch tells its row and column, so that an empty start of a picture is never ambiguous.
    """
    along = (np.arange(SIDE) + 0.5) / SIDE
    y, x = along[:, None], along[None, :]
    across = 2 * x - 1  # -1 .. 1
    away = np.sqrt(across**2 + 0.02) + 0.35 * np.sqrt((1.6 * (y - 0.55)) ** 2 + 0.02)
    pool = (away - away.min()) / (away.max() - away.min())
    made = []
    for top, bottom in PALETTES:
        colour = (1 - y)[..., None] * np.array(top, float) + y[..., None] * np.array(bottom, float)
        colour = colour - POOL * pool[..., None]
        colour = colour + TINT * across[..., None] * np.array([-1.0, 0.0, 1.0])
        made.append(np.clip(np.rint(colour), 0, 255).astype(np.uint8))
    return np.stack(made)


def compose(drawing: Any, ground: Any, flip: Any = False) -> Any:
    """Lay premultiplied drawings on grounds: uint8 [..., 256, 256, 4] and [..., 256, 256, 3] give [..., 256, 256, 3].

    Takes numpy arrays or torch tensors, one picture or a batch; ``flip`` (a bool, or one a picture) mirrors the
    drawing and leaves the ground, so that the ground always tells left from right.
    """
    if isinstance(drawing, np.ndarray):
        mirrored, wide, narrow = drawing[..., ::-1, :], np.uint16, np.uint8
        choose, cast = np.where, lambda array, kind: array.astype(kind)
        flip = np.asarray(flip)
    else:
        import torch

        mirrored, wide, narrow = drawing.flip(-2), torch.int32, torch.uint8
        choose, cast = torch.where, lambda array, kind: array.to(kind)
        flip = torch.as_tensor(flip, device=drawing.device)
    drawing = choose(flip[..., None, None, None], mirrored, drawing)
    clear = 255 - cast(drawing[..., 3:], wide)
    under = (cast(ground, wide) * clear + 127) // 255
    return cast(cast(drawing[..., :3], wide) + under, narrow)
