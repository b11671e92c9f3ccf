"""Layout statistics read off pictures of pages, without a classifier: ink, margins, columns, lines, title, figures, tables.

Every detector looks at projection profiles or at colour, and none at where the data maker happens to place things, so that the same
figures come from sharp pages and from decoded ones. Comparing two sets of pages belongs in ``pages``.
"""

from __future__ import annotations

import numpy as np

NUMBERS = (
    "ink_density", "margin_left", "margin_right", "margin_top", "margin_bottom", "columns", "line_pitch", "line_strength", "sharpness",
)
FLAGS = ("title_block", "figure", "table", "figure_or_table", "blank")

PAPER, INK = 250.0, 43.0  # luminance of bare paper and of the darkest ink
BLANK = 0.01  # ink density below which a page counts as blank
_GREY = np.array([0.299, 0.587, 0.114], np.float32)
_COLOURED = 45  # pixels of colour that make a figure
_CHUNK = 50


def statistics(pictures: np.ndarray) -> dict[str, np.ndarray]:
    """``NUMBERS`` (float, NaN where a page has none) and ``FLAGS`` (bool) of every page of ``pictures [N, S, S, 3]``."""
    parts = [_of_chunk(np.asarray(pictures[first : first + _CHUNK])) for first in range(0, len(pictures), _CHUNK)]
    return {name: np.concatenate([part[name] for part in parts]) for name in NUMBERS + FLAGS}


def darkness(pictures: np.ndarray) -> np.ndarray:
    """How far each pixel is inked: 0 on paper, 1 in the darkest ink; float32 [N, S, S]."""
    grey = pictures.astype(np.float32) @ _GREY
    return np.clip((PAPER - grey) / (PAPER - INK), 0, 1)


def coloured(pictures: np.ndarray, chroma: float = 24) -> np.ndarray:
    """Where the mean of three by three pixels is coloured: only in figures; bool [N, S, S]. The mean does away with speckles."""
    red, green, blue = (_mean_around(pictures[..., channel]) for channel in range(3))
    return np.maximum(np.maximum(red, green), blue) - np.minimum(np.minimum(red, green), blue) > chroma


def _mean_around(values: np.ndarray) -> np.ndarray:
    """Mean of every pixel of ``values [N, S, S]`` and its eight neighbours."""
    size = values.shape[1]
    padded = np.pad(values, ((0, 0), (1, 1), (1, 1)), "edge").astype(np.float32)
    rows = padded[:, :size] + padded[:, 1 : size + 1] + padded[:, 2:]
    return (rows[..., :size] + rows[..., 1 : size + 1] + rows[..., 2:]) / 9


def _of_chunk(pictures: np.ndarray) -> dict[str, np.ndarray]:
    dark, colour = darkness(pictures), coloured(pictures)
    print_alone = np.where(colour, 0, dark)
    found: dict[str, np.ndarray] = {"ink_density": dark.mean((1, 2))}
    found["blank"] = found["ink_density"] < BLANK
    found.update(zip(("margin_left", "margin_right", "margin_top", "margin_bottom"), margins(dark)))
    found["columns"] = np.array([columns(page) for page in print_alone], np.float32)
    found["line_pitch"], found["line_strength"] = line_pitch(dark)
    found["sharpness"] = sharpness(dark)
    found["title_block"] = np.array([has_title(page) for page in print_alone])
    found["figure"] = colour.sum((1, 2)) >= _COLOURED
    found["table"] = np.array([has_table(page) for page in print_alone])
    found["figure_or_table"] = found["figure"] | found["table"]
    for name in NUMBERS[1:]:
        found[name] = np.where(found["blank"], np.nan, found[name])
    return found


# ---------------------------------------------------------------- margins and columns


def margins(dark: np.ndarray, least: float = 0.12, around: float = 0.06) -> tuple[np.ndarray, ...]:
    """Pixels from the left, right, top and bottom edge to the first ink; a lone dark pixel is dust, not ink."""
    size = dark.shape[1]
    padded = np.pad(dark, ((0, 0), (1, 1), (1, 1)))
    neighbours = (sum(padded[:, y : y + size, x : x + size] for y in range(3) for x in range(3)) - dark) / 8
    inked = (dark > least) & (neighbours > around)
    across, down = inked.any(1), inked.any(2)
    return tuple(np.where(line.any(1), line.argmax(1), size).astype(np.float32) for line in (across, across[:, ::-1], down, down[:, ::-1]))


def columns(page: np.ndarray, step: int = 8, steps: int = 6, gap: int = 9, reach: int = 64, covered: float = 0.8) -> int:
    """Columns of text on one page of darkness: one more than the gutters that run through ``steps`` times ``step`` rows somewhere.

    A gutter is a bare stretch of ``gap`` pixels or more with print over most of the ``reach`` pixels on both sides of it.
    """
    bands = np.maximum(page - 0.06, 0).reshape(-1, step, page.shape[1]).mean(1)
    most = 0
    for top in range(len(bands) - steps + 1):
        printed = bands[top : top + steps].mean(0) > 0.008
        gutters, last = 0, 0
        for start, stop in runs(~printed):
            if stop - start < gap or start - last < reach or stop > len(printed) - reach:
                continue
            if min(printed[start - reach : start].mean(), printed[stop : stop + reach].mean()) >= covered:
                gutters, last = gutters + 1, stop
        most = max(most, gutters)
    return most + 1


def runs(flags: np.ndarray) -> list[tuple[int, int]]:
    """Start and end (exclusive) of every stretch of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(start), int(stop)) for start, stop in zip(edges[::2], edges[1::2])]


# ---------------------------------------------------------------- lines of text


def line_pitch(dark: np.ndarray, shortest: float = 3.5, longest: float = 8.5, fine: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Distance of the lines of text in pixels (NaN where there are none) and how strictly it is kept (0 to 1).

    They are place and height of the highest peak of the autocorrelation of the horizontal profile, once it is made even: less its
    slow changes and in units of what it varies by nearby, so that a heading or a rule weighs no more than a line of small print.
    """
    profile = dark.mean(2, dtype=np.float64)
    profile -= _smooth(profile, 11)
    profile /= np.sqrt(_smooth(profile**2, 33)) + 0.01
    power = np.abs(np.fft.rfft(profile, 2 * profile.shape[1], axis=1)) ** 2
    correlation = np.fft.irfft(power, 2 * profile.shape[1] * fine, axis=1)  # zeros above: a curve with `fine` points a pixel
    first, last = round(shortest * fine), round(longest * fine)
    place = correlation[:, first : last + 1].argmax(1)
    strength = correlation[np.arange(len(place)), first + place] / np.maximum(correlation[:, 0], 1e-9)
    inside = (place > 0) & (place < last - first)
    return np.where(inside, (first + place) / fine, np.nan), np.where(inside, np.clip(strength, 0, 1), 0.0)


def _smooth(rows: np.ndarray, width: int) -> np.ndarray:
    """Every row averaged over ``width`` places with the weights of a Hann window."""
    weights = np.hanning(width + 2)[1:-1]
    padded = np.pad(rows, ((0, 0), (width // 2, width // 2)), "edge")
    return np.stack([np.convolve(row, weights / weights.sum(), "valid") for row in padded])


def sharpness(dark: np.ndarray) -> np.ndarray:
    """Mean step of darkness between neighbouring pixels for every unit of ink: falls as a page goes out of focus."""
    steps = np.abs(np.diff(dark, axis=1)).mean((1, 2)) + np.abs(np.diff(dark, axis=2)).mean((1, 2))
    return steps / np.maximum(dark.mean((1, 2)), 1e-6)


# ---------------------------------------------------------------- title and tables


def has_title(page: np.ndarray, tall: tuple[int, int] = (9, 40), off_centre: float = 8.0) -> bool:
    """Whether the first line of print is tall, dark and stands in the middle of the page."""
    size = page.shape[1]
    inked = page > 0.15
    lines = [line for line in runs(inked.sum(1) >= 3) if line[1] - line[0] >= 3]
    if not lines or lines[0][0] > size // 4:
        return False
    top, bottom = lines[0]
    across = np.flatnonzero(inked[top:bottom].sum(0) >= 2)
    bold = (page[top:bottom] > 0.4).sum() >= 80
    if not tall[0] <= bottom - top <= tall[1] or len(across) < size // 6 or not bold:
        return False
    return bool(abs((across[0] + across[-1] + 1) / 2 - size / 2) <= off_centre)


def has_table(page: np.ndarray, length: int = 72, least: float = 0.35, apart: int = 120) -> bool:
    """Whether two long dark rules begin and end one under the other."""
    rules = long_rules(page, length, least)
    return any(
        4 <= below[0] - above[0] <= apart and abs(below[1] - above[1]) <= 4 and abs(below[2] - above[2]) <= 4
        for number, above in enumerate(rules)
        for below in rules[number + 1 :]
    )


def long_rules(page: np.ndarray, length: int, least: float) -> list[tuple[int, int, int]]:
    """Row, start and end of the unbroken dark stretches of at least ``length`` pixels; a rule two rows thick counts once."""
    thick = np.maximum(page[:-1], page[1:])
    thick[:, 1:-1] = (thick[:, :-2] + thick[:, 1:-1] + thick[:, 2:]) / 3
    found: list[tuple[int, int, int]] = []
    for row in np.flatnonzero((thick > least).sum(1) >= length):
        for start, stop in runs(thick[row] > least):
            known = any(row - y <= 3 and abs(start - x) <= 8 and abs(stop - end) <= 8 for y, x, end in found)
            if stop - start >= length and not known:
                found.append((int(row), start, stop))
    return found
