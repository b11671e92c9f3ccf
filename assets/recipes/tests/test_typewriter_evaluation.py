"""The typewriter's measures on made-up pages: English told from shuffled letters, and new text from copied text."""

import json
from pathlib import Path

import numpy as np
import pytest

from strata_recipes.data.text import CELLS, MARGIN, SIDE, render
from strata_recipes.evaluate import typewriter
from strata_recipes.evaluate.copying import Reference

WORDS = (
    "a river turns below the old stone mill and carries small boats of paper past gardens where children wait for evening to come"
).split()


def sentences(seed: int, count: int) -> str:
    random = np.random.default_rng(seed)
    return " ".join(" ".join(random.choice(WORDS, 7)).capitalize() + "." for _ in range(count))


def page(text: str) -> np.ndarray:
    """The first rows of ``text``, broken at blanks, as codes [24, 24] with a blank margin."""
    rows, words = [""], text.split()
    for word in words:
        if len(rows[-1]) + 1 + len(word) > SIDE:
            rows.append("")
        rows[-1] = f"{rows[-1]} {word}".strip()
    codes = np.full((CELLS, CELLS), 32, np.uint8)
    for number, row in enumerate(rows[:SIDE]):
        codes[MARGIN + number, MARGIN : MARGIN + len(row)] = np.frombuffer(row.encode(), np.uint8)
    return codes


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("typewriter")
    data = folder / "data"
    data.mkdir()
    glyphs = np.random.default_rng(0).integers(0, 256, (128, 16, 16, 3)).astype(np.uint8)
    np.save(data / "glyphs.npy", glyphs)
    np.save(data / "heldout.npy", np.stack([page(sentences(seed, 12)) for seed in range(100, 104)]))
    (data / "train.txt").write_text("\n".join(sentences(seed, 12) for seed in range(20)))
    (data / "words.txt").write_text("\n".join(WORDS))
    return folder


@pytest.fixture(autouse=True)
def without_ocr(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the measures read from codes is tested here; the glyphs are noise, which no program could read."""
    monkeypatch.setattr(typewriter.shutil, "which", lambda name: None)


def evaluate(pages: np.ndarray, work: Path, out: Path) -> dict:
    codes = pages.reshape(len(pages), -1, 1).astype(np.int32)
    result = typewriter.evaluate(codes, render(pages, np.load(work / "data" / "glyphs.npy")), np.zeros(len(pages), int), work, out)
    json.dumps(result)
    return result["samples"]


def test_english_and_shuffled_letters(work: Path, tmp_path: Path) -> None:
    good = np.stack([page(sentences(seed, 12)) for seed in range(200, 204)])
    bad = np.stack([np.random.default_rng(0).permutation(part.reshape(-1)).reshape(part.shape) for part in good])
    english, letters = evaluate(good, work, tmp_path), evaluate(bad, work, tmp_path)
    assert english["words_in_list"] == 1 and english["margin_cells_blank"] == 1 and english["rows_with_text"] > 0.8
    assert letters["words_of_5_letters_up_in_list"] < 0.2 and letters["margin_cells_blank"] < 0.9
    assert english["letters_blanks_punctuation"] == letters["letters_blanks_punctuation"] == 1
    assert english["ocr"].startswith("not measured")
    assert english["longest_copied_run"] < 120
    assert {file.name for file in tmp_path.iterdir()} == {"samples.png", "samples.txt", "heldout.png", "heldout.txt"}


def test_copied_and_repeated_pages(work: Path, tmp_path: Path) -> None:
    copied = evaluate(np.stack([page(sentences(seed, 12)) for seed in range(4)]), work, tmp_path)
    assert copied["pages_half_copied"] == 1 and copied["windows_of_40_copied"] == 1 and copied["longest_copied_run"] > 200
    repeated = evaluate(np.stack([page("Small boats of paper wait below. " * 12)] * 4), work, tmp_path)
    assert repeated["repeats_within_page"] > 0.5 > copied["repeats_within_page"]


def test_words() -> None:
    assert typewriter.counted_words("J. R. Smith's 3rd boat, I say, is a B2.") == ["smith's", "boat", "i", "say", "is", "a"]
    assert typewriter.is_word("river's", {"river"}) and typewriter.is_word("a", set())
    assert not typewriter.is_word("b", {"b"}) and not typewriter.is_word("rivers", {"river"})


def test_agreement_is_one_less_the_edit_distance() -> None:
    assert typewriter.agreement_of("kitten", "sitting") == pytest.approx(1 - 3 / 7)
    assert typewriter.agreement_of("", "") == 1 and typewriter.agreement_of("a", "") == 0
    assert typewriter.cell_accuracy(np.arange(4), np.array([0, 1, 2, 9])) == 0.75
    with pytest.raises(ValueError, match="same size"):
        typewriter.cell_accuracy(np.arange(3), np.arange(4))


def test_longest_runs_in_the_reference() -> None:
    reference = Reference("the mill by the river\nturns")
    assert reference.matches("the river turns")[0] == len("the river turns")
    assert reference.matches("xx mill by day").tolist()[:4] == [0, 0, 9, 8]
    assert Reference("").matches("abc").tolist() == [0, 0, 0]
