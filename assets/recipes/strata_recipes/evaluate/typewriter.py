"""Measures of the typewriter model: is it English, can it be read from the picture, is it copied.

Every measure is taken on held-out pages too: theirs is the figure that a perfect model would reach.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from ..data.text import CELLS, MARGIN, page_text, render
from .copying import Reference
from .sheets import contact_sheet

COPY_WINDOW, REPEAT_WINDOW = 40, 20
_UPSCALE = 3
_TOKEN = re.compile(r"[A-Za-z0-9]+(?:'[A-Za-z]+)*\.?")


def evaluate(codes: np.ndarray, pictures: np.ndarray, labels: np.ndarray, work: Path, out: Path) -> dict:
    """Figures for pages of ``codes [N, 576, 1]`` and their ``pictures``, beside those of as many held-out pages; sheets and texts to ``out``."""
    data = work / "data"
    out.mkdir(parents=True, exist_ok=True)
    held = np.load(data / "heldout.npy")
    held = held[np.sort(np.random.default_rng(0).permutation(len(held))[: len(codes)])]
    held_pictures = render(held, np.load(data / "glyphs.npy"))
    words = set((data / "words.txt").read_text("utf-8").split())
    reference = Reference((data / "train.txt").read_text("utf-8"))
    result = {}
    for name, pages, images in (("samples", codes, pictures), ("heldout", held, held_pictures)):
        pages = np.asarray(pages).reshape(-1, CELLS, CELLS)
        texts = [page_text(page) for page in pages]
        result[name] = {
            "pages": len(pages),
            **_language(texts, words),
            **_look(pages),
            **_reading(texts, images, words),
            **_copying(texts, reference),
        }
        (out / f"{name}.txt").write_text("\n\n".join(f"---- {i}\n{text}" for i, text in enumerate(texts)) + "\n", "utf-8")
        contact_sheet(images[:16], 4, out / f"{name}.png", scale=1)
    return result


def cell_accuracy(a: np.ndarray, b: np.ndarray) -> float:
    """Share of cells with the same code in both."""
    a, b = np.asarray(a).reshape(-1), np.asarray(b).reshape(-1)
    if a.size != b.size or not a.size:
        raise ValueError(f"cell_accuracy compares arrays of the same size, not {a.size} and {b.size} codes")
    return float((a == b).mean())


# ---------------------------------------------------------------- words and characters


def counted_words(text: str) -> list[str]:
    """The words of ``text`` that can be right or wrong, in small letters.

    Not counted: numbers and what has digits in it, initials and single-letter abbreviations. Pages break lines at blanks only,
    so that the last word of a page is whole.
    """
    found = []
    for token in _TOKEN.findall(text):
        bare = token.rstrip(".")
        if any(letter.isdigit() for letter in bare) or len(bare) == 1 and (bare.isupper() and bare not in "AI" or token != bare):
            continue
        found.append(bare.lower())
    return found


def is_word(word: str, words: set[str]) -> bool:
    """Whether ``word`` is in the list, as it is or without its ``'s``; of single letters only a, i and o are words."""
    if len(word) == 1:
        return word in "aio"
    return word in words or word.endswith("'s") and word[:-2] in words


def _language(texts: list[str], words: set[str]) -> dict:
    """What the codes say: real words, variety, kinds of characters, repetition within a page."""
    pages = [counted_words(text) for text in texts]
    every = [word for page in pages for word in page]
    real = [is_word(word, words) for word in every]
    long_real = [right for word, right in zip(every, real) if len(word) >= 5]
    shares = [np.mean([is_word(word, words) for word in page]) if page else 0.0 for page in pages]
    characters = "".join(texts).replace("\n", " ")
    usual = sum(letter.isalpha() or letter in " .,;:!?'\"()-" for letter in characters)
    return {
        "words": len(every),
        "words_in_list": _share(real),
        "words_of_5_letters_up_in_list": _share(long_real),
        "words_in_list_worst_page": round(float(min(shares, default=0.0)), 4),
        "distinct_words": _share_of(len(set(every)), len(every)),
        "letters_blanks_punctuation": _share_of(usual, len(characters)),
        "repeats_within_page": round(float(np.mean([_repeats(text) for text in texts])), 4) if texts else 0.0,
    }


def _repeats(text: str) -> float:
    """Share of the windows of ``REPEAT_WINDOW`` characters that occurred before on the page."""
    text = " ".join(text.split())
    windows = [text[i : i + REPEAT_WINDOW] for i in range(len(text) - REPEAT_WINDOW + 1)]
    return 1 - len(set(windows)) / len(windows) if windows else 0.0


def _look(pages: np.ndarray) -> dict:
    """The form of the page: blank margin, filled rows, a share of ink as in the data."""
    inked = (pages > 32) & (pages < 127)
    edge = np.ones((CELLS, CELLS), bool)
    edge[MARGIN:-MARGIN, MARGIN:-MARGIN] = False
    return {
        "margin_cells_blank": round(float(1 - inked[:, edge].mean()), 4),
        "rows_with_text": round(float(inked[:, MARGIN:-MARGIN].any(2).mean()), 4),
        "cells_with_text": round(float(inked.mean()), 4),
    }


def _share(flags: list[bool]) -> float:
    return _share_of(sum(flags), len(flags))


def _share_of(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


# ---------------------------------------------------------------- reading the picture


def _reading(texts: list[str], pictures: np.ndarray, words: set[str]) -> dict:
    """What an OCR program reads in the pictures, against the word list and against the codes."""
    if shutil.which("tesseract") is None:
        return {"ocr": "not measured: tesseract is not on the PATH (Debian packages tesseract-ocr and tesseract-ocr-eng)"}
    read = [read_picture(picture) for picture in pictures]
    found = [word for text in read for word in counted_words(text)]
    agreement = [agreement_of(" ".join(a.split()), " ".join(b.split())) for a, b in zip(texts, read)]
    return {
        "ocr_words": len(found),
        "ocr_words_in_list": _share([is_word(word, words) for word in found]),
        "ocr_characters_agree": round(float(np.mean(agreement)), 4),
        "ocr_characters_agree_worst_page": round(float(np.min(agreement)), 4),
    }


def read_picture(picture: np.ndarray) -> str:
    """The text that Tesseract reads in one picture, as one block of text."""
    image = Image.fromarray(picture).convert("L")
    image = image.resize((image.width * _UPSCALE, image.height * _UPSCALE), Image.Resampling.LANCZOS)
    file = BytesIO()
    image.save(file, "PNG")
    command = ["tesseract", "stdin", "stdout", "--psm", "6", "-l", "eng"]
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    result = subprocess.run(command, input=file.getvalue(), capture_output=True, env=environment, check=False)
    if result.returncode != 0:
        raise RuntimeError(f"tesseract failed: {result.stderr.decode('utf-8', 'replace').strip()[-400:]}")
    text = result.stdout.decode("utf-8", "replace")
    return text.translate({0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x2014: "-", 0x2013: "-"})


def agreement_of(a: str, b: str) -> float:
    """1 less the edit distance of ``a`` and ``b`` as a share of the longer one."""
    if not a or not b:
        return float(a == b)
    target = np.frombuffer(b.encode("utf-32-le"), np.uint32)
    steps = np.arange(len(target) + 1)
    row = steps.copy()
    for count, letter in enumerate(a, 1):
        changed = np.minimum(row[1:] + 1, row[:-1] + (target != ord(letter)))
        row = np.minimum.accumulate(np.concatenate([[count], changed]) - steps) + steps
    return 1 - int(row[-1]) / max(len(a), len(b))


# ---------------------------------------------------------------- copying


def _copying(texts: list[str], reference: Reference) -> dict:
    """How much stands in the training text, character for character."""
    runs = [reference.matches(text) for text in texts]
    longest = np.array([run.max(initial=0) for run in runs])
    windows = sum(max(0, len(run) - COPY_WINDOW + 1) for run in runs)
    copied = sum(int((run >= COPY_WINDOW).sum()) for run in runs)
    worst = int(longest.argmax()) if len(longest) else 0
    start = int(runs[worst].argmax()) if len(longest) else 0
    return {
        "longest_copied_run": int(longest.max(initial=0)),
        "longest_copied_run_mean": round(float(longest.mean()), 1) if len(longest) else 0.0,
        "longest_copied_run_text": " ".join(texts[worst].split())[start : start + int(longest[worst])] if len(longest) else "",
        "windows_of_40_copied": _share_of(copied, windows),
        "pages_half_copied": _share([int((run >= COPY_WINDOW).sum()) > len(run) / 2 for run in runs]),
    }
