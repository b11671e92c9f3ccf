"""The typewriter's glyphs: DejaVu Sans Mono widened to a square cell, in warm ink on paper, and pages drawn with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from . import packages

CELL = 16
CODES = 128
INK = (54, 44, 40)
PAPER = (250, 246, 237)
_OVERSAMPLE = 4
_POINTS = 15.0
_WIDEN = 1.5
_BASELINE = 12.0
_FATTEN = 1
_UNEVEN_INK, _UNEVEN_BASELINE = 0.10, 0.3


def draw(work: Path, seed: int = 7) -> np.ndarray:
    """``uint8 [128, 16, 16, 3]``: the picture of every code; codes 0 to 32 and 127 are blank paper."""
    folder = packages.debian(work, "fonts-dejavu-core")
    font = ImageFont.truetype(str(folder / "usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf"), _POINTS * _OVERSAMPLE)
    random = np.random.default_rng(seed)
    ink, paper = np.array(INK, np.float32), np.array(PAPER, np.float32)
    glyphs = np.tile(paper, (CODES, CELL, CELL, 1))
    for code in range(33, 127):
        strength = 1.0 - _UNEVEN_INK * random.random()
        shift = _UNEVEN_BASELINE * (2 * random.random() - 1)
        cover = _coverage(chr(code), font, shift)[..., None] * strength
        glyphs[code] = paper + (ink - paper) * cover
    return np.round(glyphs).astype(np.uint8)


def _coverage(letter: str, font: ImageFont.FreeTypeFont, shift: float) -> np.ndarray:
    """How far each pixel of a cell is inked, 0 to 1: drawn large, widened about the middle, then reduced."""
    large = CELL * _OVERSAMPLE
    narrow = Image.new("L", (round(large / _WIDEN), large), 0)
    baseline = (_BASELINE + shift) * _OVERSAMPLE
    ImageDraw.Draw(narrow).text((narrow.width / 2, baseline), letter, fill=255, font=font, anchor="ms", stroke_width=_FATTEN)
    wide = narrow.resize((large, large), Image.Resampling.BICUBIC)
    small = wide.resize((CELL, CELL), Image.Resampling.BOX)
    return np.clip(np.asarray(small, np.float32) / 255, 0, 1)


def render(codes: np.ndarray, glyphs: np.ndarray) -> np.ndarray:
    """Pages of codes ``[N, rows, columns]`` as pictures ``uint8 [N, 16 rows, 16 columns, 3]``."""
    codes = np.asarray(codes)
    count, rows, columns = codes.shape
    cells = glyphs[np.clip(codes, 0, CODES - 1)]
    return cells.transpose(0, 1, 3, 2, 4, 5).reshape(count, rows * CELL, columns * CELL, 3)
