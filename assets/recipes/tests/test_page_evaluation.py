"""The layout measures: known values on pages drawn here, and good pages told from bad ones on a few real ones."""

import json
from pathlib import Path

import numpy as np
import pytest

from strata_recipes.evaluate import pages
from strata_recipes.evaluate.page_statistics import statistics

PAPER, INK, BLUE = (253, 251, 246), (35, 42, 61), (74, 120, 184)


def page(columns: list[tuple[int, int]], pitch: int = 6, top: int = 40, bottom: int = 232) -> np.ndarray:
    """Lines of print two pixels high, broken into words by gaps of 3 pixels, in columns given by their edges."""
    picture = np.full((256, 256, 3), PAPER, np.uint8)
    gaps = (np.random.default_rng(0).random((256, 86)) < 0.15).repeat(3, axis=1)
    for left, right in columns:
        for y in range(top, bottom, pitch):
            words = np.where(gaps[y, left:right, None], PAPER, INK)
            words[[0, -1]] = INK
            picture[y : y + 2, left:right] = words
    return picture


ONE, TWO = [(24, 232)], [(24, 120), (136, 232)]


def measured(picture: np.ndarray) -> dict:
    return {name: values[0] for name, values in statistics(picture[None]).items()}


def test_margins_columns_and_lines() -> None:
    one, two, three = (measured(page(edges)) for edges in (ONE, TWO, [(16, 84), (96, 164), (176, 244)]))
    assert [one[f"margin_{side}"] for side in ("left", "right", "top", "bottom")] == [24, 24, 40, 28]
    assert [one["columns"], two["columns"], three["columns"]] == [1, 2, 3]
    assert one["line_pitch"] == pytest.approx(6, abs=0.2)
    assert measured(page(ONE, pitch=5))["line_pitch"] == pytest.approx(5, abs=0.2)
    assert one["line_strength"] > 0.5 and one["sharpness"] > 0.5
    assert not any(one[name] for name in ("blank", "title_block", "figure", "table"))


def test_dust_is_no_ink() -> None:
    picture = page(TWO)
    picture[5, 5] = INK
    assert measured(picture)["margin_top"] == 40 and measured(picture)["margin_left"] == 24


def test_title_figure_and_table() -> None:
    title = page(TWO, top=56)
    title[18:30, 60:196] = np.where(np.arange(136)[:, None] % 6 < 3, INK, PAPER)
    assert measured(title)["title_block"] and not measured(page(TWO, top=18))["title_block"]
    aside = np.roll(title, 40, axis=1)
    assert not measured(aside)["title_block"]
    figure = page(ONE, top=120)
    figure[40:100, 60:70] = BLUE
    assert measured(figure)["figure"] and measured(figure)["figure_or_table"] and not measured(figure)["table"]
    table = page(ONE, top=120)
    table[[40, 50, 100], 24:232] = INK
    assert measured(table)["table"] and measured(table)["figure_or_table"] and not measured(table)["figure"]


def test_a_blank_page_has_no_layout() -> None:
    blank = measured(np.full((256, 256, 3), PAPER, np.uint8))
    assert blank["blank"] and np.isnan(blank["columns"]) and np.isnan(blank["margin_left"])


def test_wasserstein() -> None:
    a = np.array([1.0, 2.0, 3.0])
    assert pages.wasserstein(a, a) == 0
    assert pages.wasserstein(a, a + 2) == pytest.approx(2)
    assert pages.wasserstein(np.array([0.0, np.nan]), np.array([0.0, 1.0])) == pytest.approx(0.5)
    assert np.isnan(pages.wasserstein(np.array([np.nan]), a))


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("typst", reason="the pages are set with the package typst")
    from strata_recipes.data import pages as data

    folder = tmp_path_factory.mktemp("pages")
    data.make(folder, tiny=True)
    return folder


def evaluate(pictures: np.ndarray, work: Path, out: Path, **more) -> dict:
    result = pages.evaluate(np.zeros((len(pictures), 256, 8), np.int32), pictures, np.zeros(len(pictures), int), work, out, **more)
    json.dumps(result, allow_nan=False)
    return result


def shuffled(pictures: np.ndarray) -> np.ndarray:
    """The patches of 16 by 16 pixels in another order on every page."""
    count = len(pictures)
    patches = pictures.reshape(count, 16, 16, 16, 16, 3).swapaxes(2, 3).reshape(count, 256, 16, 16, 3)
    patches = np.stack([part[np.random.default_rng(number).permutation(256)] for number, part in enumerate(patches)])
    return patches.reshape(count, 16, 16, 16, 16, 3).swapaxes(2, 3).reshape(pictures.shape)


def coarse(pictures: np.ndarray, size: int) -> np.ndarray:
    """Squares of ``size`` pixels filled with their mean colour."""
    squares = pictures.reshape(len(pictures), 256 // size, size, 256 // size, size, 3).mean((2, 4))
    return squares.repeat(size, 1).repeat(size, 2).astype(np.uint8)


def test_detectors_agree_with_the_layout(work: Path) -> None:
    truth = json.loads((work / "data" / "layout.json").read_text())["train"]
    found = statistics(np.load(work / "data" / "train.npy"))
    assert found["columns"].tolist() == [layout["columns"] for layout in truth]
    assert found["title_block"].tolist() == [layout["has_title"] for layout in truth]
    assert found["figure"].tolist() == [bool(layout["figures"]) for layout in truth]
    assert found["table"].tolist() == [layout["tables"] > 0 for layout in truth]
    assert np.abs(found["line_pitch"] - 16 / 3).max() < 0.5


def test_real_pages_are_near_and_shuffled_ones_far(work: Path, tmp_path: Path) -> None:
    held = np.load(work / "data" / "heldout.npy")
    good, bad = evaluate(held, work, tmp_path / "good"), evaluate(shuffled(held), work, tmp_path / "bad")
    assert good["distance_in_spreads"] == good["distance_in_spreads_heldout"] < 1
    assert bad["distance_in_spreads"] > 5 * good["distance_in_spreads"]
    for name in ("margin_left", "margin_bottom", "line_strength"):
        assert bad["layout"][name]["distance"] > good["layout"][name]["distance"]
    assert good["nearest_training_page"]["samples"]["distance"] < bad["nearest_training_page"]["samples"]["distance"]
    assert {file.name for file in (tmp_path / "good").iterdir()} == {"samples.png", "samples_large.png", "heldout.png", "nearest.png"}


def test_copies_and_blank_pages(work: Path, tmp_path: Path) -> None:
    train = np.load(work / "data" / "train.npy")[:4]
    copies = evaluate(train, work, tmp_path)["nearest_training_page"]
    assert copies["samples"]["copied"] == 1 and copies["samples"]["distance_least"] == 0
    assert copies["heldout"]["copied"] < 1 and copies["heldout"]["distance_least"] > 1
    blank = evaluate(np.full_like(train, 251), work, tmp_path)
    assert blank["shares"]["blank"]["samples"] == 1 and blank["distance_in_spreads"] is None


def test_depths_come_into_focus(work: Path, tmp_path: Path) -> None:
    held = np.load(work / "data" / "heldout.npy")[:4]
    partials = {depth: coarse(held, size) for depth, size in ((1, 8), (2, 4), (4, 2), (8, 1))}
    found = evaluate(held, work, tmp_path, partials=partials)["depths"]
    assert list(found) == ["1", "2", "4", "8"]
    sharpness = [depth["sharpness"] for depth in found.values()]
    difference = [depth["difference_from_deepest"] for depth in found.values()]
    assert sharpness == sorted(sharpness) and difference == sorted(difference, reverse=True) and difference[-1] == 0
    assert (tmp_path / "depths.png").exists()


def test_codes_of_the_training_pages(work: Path, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    codes = np.random.default_rng(0).integers(0, 256, (6, 256, 8)).astype(np.int16)
    torch.save({"train": torch.from_numpy(codes[:4]), "heldout": torch.from_numpy(codes[4:])}, tmp_path / "codes.pt")
    found = pages.nearest_codes(codes[:2].astype(np.int32), tmp_path / "codes.pt", 2)
    assert found["samples"]["equal"] == 1 and found["heldout"]["equal_most"] < 0.05
