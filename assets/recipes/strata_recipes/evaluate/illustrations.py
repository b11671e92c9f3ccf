"""Measures of the illustrations model: is the class recognised, do seeds differ, is it copied, is anything drawn at all.

Most measures are taken on training drawings too, as many of each class as there are samples: theirs is the figure that
a perfect model would reach. All are taken at 64x64 pixels.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np

from ..data import icons
from .classifier import SIDE, Classifier, shrink, trained
from .sheets import contact_sheet

HELD_OUT_SET = "emojione"  # the style that the second classifier never sees
# Drawings stay inside these rows and columns; what is around them is ground.
ROWS, COLUMNS = slice(9, 57), slice(8, 56)
MARK = 20  # levels in any channel by which a pixel differs from the ground where something is drawn
BLANK = 0.03  # of the pixels; a picture with fewer drawn ones is nearly blank
WORST = 12
SHOWN = 10  # samples a class on the sheets
NEAREST_SHOWN = 24


def evaluate(codes: np.ndarray, pictures: np.ndarray, labels: np.ndarray, work: Path, out: Path) -> dict:
    """Figures for samples (``codes [N, 256, 2]``, their ``pictures`` and the ImageNet ids asked for), beside those of training drawings; sheets to ``out``.

    Trains the two classifiers where ``work/classifier`` has none yet.
    """
    labels = np.asarray(labels).reshape(-1)
    library = Library(work / "data")
    if not len(labels) or len(labels) != len(pictures) or not np.isin(labels, library.ids).all():
        raise ValueError(f"{len(pictures)} samples need as many labels, all of them ids in {work / 'data' / 'classes.json'}")
    judge = trained(work)
    stranger = trained(work, HELD_OUT_SET) if HELD_OUT_SET in library.sets else None
    small = shrink(pictures)
    verdicts = judge.judge(small)[0].argmax(1)
    near = Nearest(small, library)
    drawn = library.draw(labels, np.random.default_rng(0))
    result = {
        "samples": {**_measures(small, labels, library, judge, stranger), **near.spread(labels)},
        "training": {**_measures(drawn, labels, library, judge, stranger), **Nearest(drawn, library).spread(labels)},
        "held_out_style": _held_out_style(library, stranger),
        "nearest_training_picture": near.figures(labels),
        "codes": _codes(np.asarray(codes)),
        "worst_classes": _worst(verdicts, labels, library),
    }
    _sheets(pictures, labels, verdicts, near, library, result["worst_classes"], out)
    return result


class Library:
    """The drawings and grounds at 64x64, and what the index says of them."""

    def __init__(self, data: Path):
        self.index = json.loads((data / "index.json").read_text())
        classes = json.loads((data / "classes.json").read_text())
        self.ids, self.names = np.array(classes["ids"]), classes["names"]
        self.labels = np.array([entry["class"] for entry in self.index])
        self.sets = np.array([entry["set"] for entry in self.index])
        heldout = np.array([entry["heldout"] for entry in self.index])
        self.training, self.heldout = np.nonzero(~heldout)[0], np.nonzero(heldout)[0]
        self.full = np.load(data / "drawings.npy", mmap_mode="r")
        self.full_grounds = np.load(data / "grounds.npy")
        self.drawings = np.concatenate([shrink(self.full[row : row + 1]) for row in range(len(self.full))])
        self.grounds = shrink(self.full_grounds)
        # For each class the place of its group: classes that share a drawing are one.
        self.group = np.arange(len(self.ids))
        for group in classes["groups"]:
            self.group[np.searchsorted(self.ids, group)] = np.searchsorted(self.ids, group[0])

    def name(self, label: int) -> str:
        return self.names[int(np.searchsorted(self.ids, label))]

    def compose(self, rows: np.ndarray, grounds: np.ndarray) -> np.ndarray:
        """Drawings on grounds, float32 [N, 64, 64, 3]."""
        clear = 1 - self.drawings[rows][..., 3:] / 255
        return self.drawings[rows][..., :3] + clear * self.grounds[grounds]

    def draw(self, labels: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        """For each label one of its training drawings on one of the grounds, as the generator is shown them."""
        rows_of = {label: self.training[self.labels[self.training] == label] for label in np.unique(labels)}
        rows = np.array([generator.choice(rows_of[label]) for label in labels])
        return self.compose(rows, generator.integers(len(self.grounds), size=len(labels)))


def _measures(small: np.ndarray, labels: np.ndarray, library: Library, judge: Classifier, stranger: Classifier | None) -> dict:
    """What is measured of samples and of training drawings alike."""
    scores, features = judge.judge(small)
    result = {"pictures": len(small), "classes": len(np.unique(labels)), **_recognised(scores, labels, library)}
    if stranger is not None:
        result[f"top1_by_classifier_without_{HELD_OUT_SET}"] = _recognised(stranger.judge(small)[0], labels, library)["top1"]
    apart, error = without_ground(small, library.grounds)
    covered = (np.abs(apart).max(3) > MARK).mean((1, 2))
    pixels = apart.reshape(len(apart), -1) / np.sqrt(apart[0].size)
    return result | {
        "nearly_blank": _rounded((covered < BLANK).mean()),
        "covered": _rounded(covered.mean()),
        "ground_error": _rounded(error.mean()),  # RMS of 255 around the drawing
        # Between pictures of a class; pixels as RMS of 255 with the ground taken out, features of length one.
        "diversity_pixels": _rounded(_within_classes(pixels, labels)),
        "diversity_features": _rounded(_within_classes(features, labels)),
        "apart_of_classes_pixels": _rounded(_between_classes(pixels, labels)),
        "apart_of_classes_features": _rounded(_between_classes(features, labels)),
    }


def _rounded(value: float) -> float:
    return round(float(value), 4)


# ---------------------------------------------------------------- recognition


def _recognised(scores: np.ndarray, labels: np.ndarray, library: Library) -> dict:
    """Shares of pictures whose class has the highest score, or one of the five highest."""
    truth = np.searchsorted(library.ids, labels)
    best = np.argsort(-scores, 1)[:, :5]
    return {
        "top1": _rounded((best[:, 0] == truth).mean()),
        "top5": _rounded((best == truth[:, None]).any(1).mean()),
        "top1_same_drawings_as_one": _rounded((library.group[best[:, 0]] == library.group[truth]).mean()),
    }


def _held_out_style(library: Library, stranger: Classifier | None) -> dict | str:
    """How well a classifier does on a set that it was not trained on: what its verdict on a new style is worth."""
    if stranger is None:
        return f"not measured: no drawing is from the set {HELD_OUT_SET}"
    rows = np.nonzero(library.sets == HELD_OUT_SET)[0]
    count = len(library.grounds)
    pictures = library.compose(np.repeat(rows, count), np.tile(np.arange(count), len(rows)))
    figures = _recognised(stranger.judge(pictures)[0], np.repeat(library.labels[rows], count), library)
    return {"set": HELD_OUT_SET, "drawings": len(rows), "classes": len(np.unique(library.labels[rows])), **figures}


def _worst(verdicts: np.ndarray, labels: np.ndarray, library: Library) -> list[dict]:
    """The classes recognised least, classes of the same drawings counted as one, and what they are taken for."""
    truth, rows = np.searchsorted(library.ids, labels), []
    for place in np.unique(truth):
        found = verdicts[truth == place]
        right = library.group[found] == library.group[place]
        wrong = Counter(library.names[i] for i in found[~right]).most_common(1)
        entry = {"id": int(library.ids[place]), "name": library.names[place], "top1": _rounded(right.mean())}
        rows.append(entry | {"taken_for": wrong[0][0] if wrong else ""})
    return sorted(rows, key=lambda row: row["top1"])[:WORST]


# ---------------------------------------------------------------- what is drawn


def without_ground(small: np.ndarray, grounds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pictures less the ground that fits best around the drawing, and how well it fits there (RMS)."""
    around = np.ones((SIDE, SIDE), bool)
    around[ROWS, COLUMNS] = False
    edge = small[:, around]
    errors = np.stack([np.sqrt(np.square(edge - ground[around]).mean((1, 2))) for ground in grounds], 1)
    return small - grounds[errors.argmin(1)], errors.min(1)


def _within_classes(vectors: np.ndarray, labels: np.ndarray) -> float:
    """Mean distance of two pictures of a class, mean over the classes; 0 where no class has two."""
    groups = [vectors[labels == label] for label in np.unique(labels)]
    return float(np.mean([_mean_distance(group) for group in groups if len(group) > 1] or [0.0]))


def _between_classes(vectors: np.ndarray, labels: np.ndarray) -> float:
    """Mean distance of two pictures of different classes, from the first picture of each."""
    first = np.unique(labels, return_index=True)[1]
    return _mean_distance(vectors[first]) if len(first) > 1 else 0.0


def _mean_distance(vectors: np.ndarray) -> float:
    squares = _squared_distances(vectors.astype(np.float64), vectors.astype(np.float64))
    return float(np.sqrt(squares[np.triu_indices(len(vectors), 1)]).mean())


def _squared_distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """[N, D] and [M, D] -> [N, M]."""
    squares = np.square(a).sum(1)[:, None] + np.square(b).sum(1) - 2 * a @ b.T
    return np.maximum(squares, 0)


def _codes(codes: np.ndarray) -> dict:
    """Whether grids of codes repeat, and how many different codes each depth holds."""
    flat = codes.reshape(len(codes), -1)
    return {
        "distinct_grids": _rounded(len(np.unique(flat, axis=0)) / len(flat)),
        "different_codes": [int(len(np.unique(codes[..., depth]))) for depth in range(codes.shape[-1])],
    }


# ---------------------------------------------------------------- copying


class Nearest:
    """Distances (RMS of 255) of pictures to the training drawings, each on the ground where it comes nearest."""

    def __init__(self, small: np.ndarray, library: Library):
        self.library, self.rows = library, library.training
        every = np.stack([self._distances(small, ground) for ground in range(len(library.grounds))])
        self.grounds = every.argmin(0)  # [N, training drawings]
        self.distances = every.min(0)
        self.best = self.distances.argmin(1)

    def _distances(self, small: np.ndarray, ground: int) -> np.ndarray:
        known = self.library.compose(self.rows, np.full(len(self.rows), ground))
        middle = known.mean(0)  # near zero, single precision is enough
        squares = _squared_distances((small - middle).reshape(len(small), -1), (known - middle).reshape(len(known), -1))
        return np.sqrt(squares / known[0].size)

    def found(self, picture: int) -> tuple[int, int, float]:
        """The nearest training picture: drawing, ground, distance."""
        place = self.best[picture]
        return int(self.rows[place]), int(self.grounds[picture, place]), float(self.distances[picture, place])

    def spread(self, labels: np.ndarray) -> dict:
        """How many drawings of a class, and which sets, its pictures come nearest to."""
        own = self.library.labels[self.rows] == labels[:, None]
        places = np.where(own, self.distances, np.inf).argmin(1)
        reached = [len(np.unique(places[labels == label])) for label in np.unique(labels)]
        sets = Counter(self.library.sets[self.rows[places]].tolist())
        return {
            "drawings_reached_per_class": _rounded(np.mean(reached)),
            "nearest_sets": {name: _rounded(count / len(labels)) for name, count in sets.most_common()},
        }

    def figures(self, labels: np.ndarray) -> dict:
        """Distances of samples, and those of held-out drawings: how far a picture is that no one copied."""
        library = self.library
        fresh = library.heldout
        held = Nearest(library.compose(fresh, np.arange(len(fresh)) % len(library.grounds)), library) if len(fresh) else None
        nearest = self.distances.min(1)
        return {
            "distance_5_50_95_percent": [_rounded(value) for value in np.percentile(nearest, (5, 50, 95))],
            "same_class": _rounded((library.labels[self.rows[self.best]] == labels).mean()),
            "heldout_drawings_5_50_95_percent": [_rounded(value) for value in np.percentile(held.distances.min(1), (5, 50, 95))] if held else [],
        }


# ---------------------------------------------------------------- sheets


def _sheets(
    pictures: np.ndarray, labels: np.ndarray, verdicts: np.ndarray, near: Nearest, library: Library, worst: list[dict], out: Path
) -> None:
    """Unselected samples: one a class, more of a few classes, more of the worst classes, and samples beside what they come nearest to."""
    classes, first = np.unique(labels, return_index=True)
    contact_sheet(pictures[first], 16, out / "classes.png", [library.name(label) for label in classes], 0.375)
    few = classes[np.linspace(0, len(classes) - 1, min(WORST, len(classes))).astype(int)]
    for file, chosen in (("seeds.png", few), ("worst.png", [entry["id"] for entry in worst])):
        rows = np.concatenate([np.nonzero(labels == label)[0][:SHOWN] for label in chosen])
        captions = [
            library.name(labels[row]) + ("" if library.ids[verdicts[row]] == labels[row] else f" ({library.names[verdicts[row]]}?)")
            for row in rows
        ]
        columns = max(min(SHOWN, int((labels == label).sum())) for label in chosen)
        contact_sheet(pictures[rows], columns, out / file, captions)
    _nearest_sheet(pictures, labels, near, library, out / "nearest.png")


def _nearest_sheet(pictures: np.ndarray, labels: np.ndarray, near: Nearest, library: Library, path: Path) -> None:
    """Samples evenly spread over all, each left of the training picture nearest to it."""
    shown, captions = [], []
    for sample in np.linspace(0, len(labels) - 1, min(NEAREST_SHOWN, len(labels))).round().astype(int):
        row, ground, distance = near.found(sample)
        shown += [pictures[sample], icons.compose(library.full[row], library.full_grounds[ground])]
        captions += [library.name(labels[sample]), f"{distance:.0f}: {library.sets[row]}, {library.name(library.labels[row])}"]
    contact_sheet(np.stack(shown), 8, path, captions)
