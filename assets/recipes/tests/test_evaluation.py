"""The measures tell good pictures from bad ones, on a few drawings made here."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from strata_recipes.data import icons
from strata_recipes.evaluate import classifier, illustrations
from strata_recipes.evaluate.quality import psnr, ssim
from strata_recipes.evaluate.sheets import GAP, contact_sheet

IDS = (7, 145, 404, 949)
COLOURS = {"emojione": (200, 40, 40), "noto": (30, 80, 200), "twemoji": (20, 120, 40)}


def shape(kind: int, colour: tuple[int, int, int]) -> np.ndarray:
    """A disc, a square, a triangle or bars, premultiplied RGBA."""
    y, x = np.mgrid[:256, :256]
    inside = (abs(x - 128) < 90) & (abs(y - 132) < 90)
    inside &= [np.hypot(x - 128, y - 132) < 90, inside, abs(x - 128) < (y - 42) / 2, x // 20 % 2 == 0][kind]
    return (inside[..., None] * np.array([*colour, 255])).astype(np.uint8)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("illustrations")
    drawings = [
        icons.Drawing(label, name, f"shape-{kind}", shape(kind, colour))
        for kind, label in enumerate(IDS)
        for name, colour in COLOURS.items()
    ]
    (folder / "data").mkdir()
    icons.write(folder / "data", drawings, {drawings[1].digest})
    return folder


def test_psnr_and_ssim() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3)).astype(np.uint8)
    assert np.isinf(psnr(noise, noise)).all()
    assert ssim(noise, noise) == pytest.approx(1)
    shifted = np.full((1, 32, 32, 3), 100, np.uint8), np.full((1, 32, 32, 3), 110, np.uint8)
    assert psnr(*shifted) == pytest.approx(20 * np.log10(25.5))
    # Without texture only the means are compared.
    assert ssim(*shifted) == pytest.approx((2 * 100 * 110 + 6.5025) / (100**2 + 110**2 + 6.5025), rel=1e-4)
    with pytest.raises(ValueError, match="one shape"):
        psnr(noise, noise[:1])


def test_contact_sheet(tmp_path: Path) -> None:
    contact_sheet(np.zeros((5, 64, 64, 3), np.uint8), 2, tmp_path / "a" / "sheet.png")
    assert Image.open(tmp_path / "a" / "sheet.png").size == (2 * (32 + GAP) + GAP, 3 * (32 + GAP) + GAP)
    with pytest.raises(ValueError, match="as many labels"):
        contact_sheet(np.zeros((5, 64, 64, 3), np.uint8), 2, tmp_path / "sheet.png", ["one"])


def test_training_drawings_against_grounds(work: Path, tmp_path: Path) -> None:
    drawings, grounds = np.load(work / "data" / "drawings.npy"), np.load(work / "data" / "grounds.npy")
    index = json.loads((work / "data" / "index.json").read_text())
    rows = [row for row, entry in enumerate(index) if not entry["heldout"]]
    labels = np.array([index[row]["class"] for row in rows])
    codes = np.arange(len(rows) * 512).reshape(-1, 256, 2).astype(np.int32)
    pictures = icons.compose(drawings[rows], grounds[np.arange(len(rows)) % 4])
    drawn = illustrations.evaluate(codes, pictures, labels, work, tmp_path)
    empty = illustrations.evaluate(codes * 0, grounds[np.arange(len(rows)) % 4], labels, work, tmp_path)
    assert drawn["samples"]["nearly_blank"] == 0 and empty["samples"]["nearly_blank"] == 1
    assert drawn["nearest_training_picture"]["distance_5_50_95_percent"][2] < 1
    assert drawn["nearest_training_picture"]["same_class"] == 1
    assert drawn["samples"]["diversity_pixels"] > 10 > empty["samples"]["diversity_pixels"]
    assert drawn["codes"]["distinct_grids"] == 1 > empty["codes"]["distinct_grids"]
    assert drawn["held_out_style"]["drawings"] == len(IDS)
    assert {file.name for file in tmp_path.iterdir()} == {"classes.png", "seeds.png", "worst.png", "nearest.png"}
    json.dumps(drawn)


def test_classifier_is_trained_once(work: Path) -> None:
    first = classifier.trained(work)
    written = {file: file.stat().st_mtime_ns for file in (work / "classifier").iterdir()}
    again = classifier.trained(work)
    assert {file: file.stat().st_mtime_ns for file in (work / "classifier").iterdir()} == written
    small = classifier.shrink(np.load(work / "data" / "grounds.npy"))
    assert np.array_equal(first.judge(small)[0], again.judge(small)[0])


def test_labels_without_a_drawing_are_refused(work: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="classes.json"):
        illustrations.evaluate(np.zeros((1, 256, 2)), np.zeros((1, 256, 256, 3), np.uint8), np.array([1]), work, tmp_path)
