"""Measures of the pages model: is the layout that of the training pages, are pages copied, do they come into focus depth by depth.

The layout is read off the pictures (``page_statistics``), without a classifier. Every measure is taken on held-out pages too: theirs
is the figure that a perfect model would reach.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .page_statistics import FLAGS, NUMBERS, statistics
from .sheets import contact_sheet

TRAINING_PAGES = 600  # how many of the training pages the layout is compared with
SHOWN, SHOWN_LARGE, SHOWN_NEAREST, SHOWN_DEPTHS = 64, 8, 8, 4
LEAST_SPREAD = 0.05  # of the mean: the unit of a distance where the training pages hardly differ
_PAPER = 250.0
_CHUNK = 200


def evaluate(
    codes: np.ndarray, pictures: np.ndarray, labels: np.ndarray, work: Path, out: Path,
    partials: dict[int, np.ndarray] | None = None,
) -> dict:
    """Figures for pages of ``codes [N, 256, 8]`` and their ``pictures``, beside those of held-out pages; sheets to ``out``.

    ``partials`` holds the same pages (or the first few) decoded from their first codes only, by number of depths.
    """
    train = np.load(work / "data" / "train.npy", mmap_mode="r")
    held = np.load(work / "data" / "heldout.npy")[: len(pictures)]
    out.mkdir(parents=True, exist_ok=True)
    known = statistics(train[:: max(1, len(train) // TRAINING_PAGES)])
    drawn, real = statistics(pictures), statistics(held)
    layout, shares = compare(drawn, real, known), compare_shares(drawn, real, known)
    distance, row = nearest(pictures, train)
    held_distance, _ = nearest(held, train)
    contact_sheet(pictures[:SHOWN], 8, out / "samples.png", scale=0.5)
    contact_sheet(pictures[:SHOWN_LARGE], 4, out / "samples_large.png", scale=1.0)
    contact_sheet(held[:SHOWN], 8, out / "heldout.png", scale=0.5)
    _nearest_sheet(pictures, train, distance, row, out / "nearest.png")
    result = {
        "pages": len(pictures),
        "distance_in_spreads": overall(layout, shares, "distance"),
        "distance_in_spreads_heldout": overall(layout, shares, "distance_heldout"),
        "layout": layout,
        "shares": shares,
        "nearest_training_page": {"samples": _copied(distance, held_distance), "heldout": _copied(held_distance, held_distance)},
        "nearest_training_codes": nearest_codes(codes, work / "codes.pt", len(held)),
    }
    if partials:
        result["depths"] = depths(partials)
        shown = [partials[depth][page] for page in range(min(SHOWN_DEPTHS, len(pictures))) for depth in sorted(partials)]
        names = [f"depth {depth}" for _ in range(len(shown) // len(partials)) for depth in sorted(partials)]
        contact_sheet(np.stack(shown), len(partials), out / "depths.png", labels=names, scale=1.0)
    return result


# ---------------------------------------------------------------- layout


def compare(drawn: dict, real: dict, known: dict) -> dict:
    """For every number: mean and spread over the samples and over the training pages, and how far the two are apart."""
    return {
        name: {
            "samples": _mean(drawn[name]),
            "samples_spread": _spread(drawn[name]),
            "training": _mean(known[name]),
            "training_spread": _spread(known[name]),
            "distance": _rounded(wasserstein(drawn[name], known[name])),
            "distance_heldout": _rounded(wasserstein(real[name], known[name])),
        }
        for name in NUMBERS
    }


def compare_shares(drawn: dict, real: dict, known: dict) -> dict:
    """For every flag: the share of the samples, of the training pages and of the held-out pages that have it, and the differences."""
    result = {}
    for name in FLAGS:
        samples, training, heldout = (found[name].mean() for found in (drawn, known, real))
        result[name] = {
            "samples": _rounded(samples),
            "training": _rounded(training),
            "distance": _rounded(abs(samples - training)),
            "distance_heldout": _rounded(abs(heldout - training)),
        }
    return result


def overall(layout: dict, shares: dict, key: str) -> float | None:
    """The mean distance over all numbers and flags, each in units of the spread of the training pages; none where one is missing."""
    if any(found[key] is None for found in layout.values()):
        return None
    parts = [found[key] / max(found["training_spread"], LEAST_SPREAD * abs(found["training"]), 1e-6) for found in layout.values()]
    parts += [found[key] / max((found["training"] * (1 - found["training"])) ** 0.5, LEAST_SPREAD) for found in shares.values()]
    return _rounded(np.mean(parts))


def wasserstein(a: np.ndarray, b: np.ndarray) -> float:
    """The Wasserstein-1 distance of two samples of a number: the area between their distribution functions. NaN is left out."""
    a, b = np.sort(a[~np.isnan(a)]).astype(np.float64), np.sort(b[~np.isnan(b)]).astype(np.float64)
    if not len(a) or not len(b):
        return float("nan")
    places = np.sort(np.concatenate([a, b]))
    below = [np.searchsorted(x, places[:-1], "right") / len(x) for x in (a, b)]
    return float(np.sum(np.abs(below[0] - below[1]) * np.diff(places)))


# ---------------------------------------------------------------- copying


def nearest(pictures: np.ndarray, train: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each picture the distance to the nearest training page (root mean square, grey levels, at half the size) and its row."""
    small = _halved_grey(pictures)
    best, row = np.full(len(small), np.inf), np.zeros(len(small), int)
    for first in range(0, len(train), _CHUNK):
        part = _halved_grey(train[first : first + _CHUNK])
        square = (small**2).sum(1)[:, None] + (part**2).sum(1) - 2 * small @ part.T
        found = square.argmin(1)
        square = square[np.arange(len(small)), found]
        nearer = square < best
        best, row = np.where(nearer, square, best), np.where(nearer, first + found, row)
    return np.sqrt(np.maximum(best, 0) / small.shape[1]), row


def _halved_grey(pictures: np.ndarray) -> np.ndarray:
    """Grey pictures of half the size as rows of numbers; paper is 0."""
    pictures = np.asarray(pictures)
    parts = [pictures[:, y::2, x::2, channel] for y in range(2) for x in range(2) for channel in range(3)]
    total = parts[0].astype(np.float32)
    for part in parts[1:]:
        total += part
    return (total / len(parts) - _PAPER).reshape(len(pictures), -1)


def _copied(distance: np.ndarray, usual: np.ndarray) -> dict:
    """``distance`` to the nearest training page; a page at less than half the ``usual`` distance of an unseen page is a copy."""
    return {
        "distance": _mean(distance),
        "distance_least": _rounded(distance.min()),
        "copied": _mean(distance < np.median(usual) / 2),
    }


def nearest_codes(codes: np.ndarray, path: Path, count: int) -> dict | str:
    """Share of the codes that a page has in common with the training page that shares most."""
    if not path.exists():
        return "not measured: there are no codes of the training pages yet (the stage 'codes' writes them)"
    import torch

    known = {name: part.numpy() for name, part in torch.load(path, weights_only=True).items()}
    result = {}
    for name, pages in (("samples", codes), ("heldout", known["heldout"][:count])):
        shares = [float((known["train"] == page.astype(known["train"].dtype)).mean((1, 2)).max()) for page in np.asarray(pages)]
        result[name] = {"equal": _mean(np.array(shares)), "equal_most": _rounded(max(shares))}
    return result


def _nearest_sheet(pictures: np.ndarray, train: np.ndarray, distance: np.ndarray, row: np.ndarray, path: Path) -> None:
    """The samples that are nearest to a training page, each beside that page."""
    chosen = np.argsort(distance)[:SHOWN_NEAREST]
    pairs = np.stack([picture for index in chosen for picture in (pictures[index], train[row[index]])])
    labels = [text for index in chosen for text in (f"sample {index}", f"nearest training page, at {distance[index]:.1f}")]
    contact_sheet(pairs, 4, path, labels=labels, scale=1.0)


# ---------------------------------------------------------------- depths


def depths(partials: dict[int, np.ndarray]) -> dict:
    """How pages come into focus: sharpness, how strictly lines are kept and the difference from the deepest, by number of depths."""
    last = partials[max(partials)].astype(np.float32)
    result = {}
    for depth in sorted(partials):
        found = statistics(partials[depth])
        difference = np.sqrt(np.square(partials[depth] - last).mean((1, 2, 3)))
        result[str(depth)] = {
            **{name: _mean(found[name]) for name in ("sharpness", "line_strength", "ink_density")},
            "difference_from_deepest": _mean(difference),
        }
    return result


# ---------------------------------------------------------------- numbers


def _mean(values: np.ndarray) -> float | None:
    return _rounded(values[~np.isnan(values)].mean()) if np.any(~np.isnan(values)) else None


def _spread(values: np.ndarray) -> float | None:
    return _rounded(values[~np.isnan(values)].std()) if np.any(~np.isnan(values)) else None


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)
