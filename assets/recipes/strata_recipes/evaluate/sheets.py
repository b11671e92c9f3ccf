"""Contact sheets: pictures in rows, to be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

GAP = 6
CAPTION = 14  # height of the line below a picture
PAPER, INK = (250, 249, 247), (40, 38, 36)


def contact_sheet(
    pictures: np.ndarray, columns: int, path: Path, labels: Sequence[str] | None = None, scale: float = 0.5
) -> None:
    """Writes ``pictures`` (uint8 [N, H, W, 3]) to ``path`` in rows of ``columns``, ``scale`` times as large, each above its label if there are any."""
    if labels is not None and len(labels) != len(pictures):
        raise ValueError(f"a contact sheet of {len(pictures)} pictures needs as many labels, not {len(labels)}")
    count, height, width = pictures.shape[:3]
    size = max(1, round(width * scale)), max(1, round(height * scale))
    across, down = size[0] + GAP, size[1] + GAP + (CAPTION if labels is not None else 0)
    rows = -(-count // columns)
    sheet = Image.new("RGB", (columns * across + GAP, rows * down + GAP), PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(11)
    for index, picture in enumerate(pictures):
        left, top = GAP + index % columns * across, GAP + index // columns * down
        sheet.paste(_scaled(picture, size), (left, top))
        if labels is not None:
            draw.text((left, top + size[1]), _shortened(labels[index], size[0], font), INK, font)
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path)


def _scaled(picture: np.ndarray, size: tuple[int, int]) -> Image.Image:
    """A smaller picture averages, so that thin lines stay; a larger one repeats its pixels, so that none is made up."""
    image = Image.fromarray(np.ascontiguousarray(picture))
    smaller = size[0] < image.width
    return image.resize(size, Image.Resampling.BOX if smaller else Image.Resampling.NEAREST)


def _shortened(text: str, width: int, font: ImageFont.FreeTypeFont) -> str:
    while text and font.getlength(text) > width:
        text = text[:-1]
    return text
