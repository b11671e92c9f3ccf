"""Data of the typewriter model: pages of English on a grid of 24 by 24 cells, one ASCII code a cell, and the glyphs that draw them.

Reading and cleaning the sources belongs in ``prose``, drawing the glyphs in ``glyphs``.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from pathlib import Path
from typing import Iterator

import numpy as np

from . import glyphs, prose
from .glyphs import render
from .prose import Article

__all__ = ["make", "render", "page_text", "words_of"]

CELLS = 24
MARGIN = 1
SIDE = CELLS - 2 * MARGIN
INDENT = "  "
SHARES = {"factbook": 0.27, "jargon": 0.30, "devil": 0.08, "wordnet": 0.35}
HELD_OUT = 0.04
PAGES, HELD_OUT_PAGES = 60_000, 600
TINY_PAGES, TINY_HELD_OUT_PAGES = 300, 24
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)*")


def make(work: Path, tiny: bool = False, seed: int = 0) -> None:
    """Write ``data/`` under ``work``: pages, glyphs, word list, training text and statistics; nothing when it is there."""
    data = work / "data"
    if (data / "READY").exists():
        return
    data.mkdir(parents=True, exist_ok=True)
    shares = {"devil": 1.0} if tiny else SHARES
    pages, held_out_pages = (TINY_PAGES, TINY_HELD_OUT_PAGES) if tiny else (PAGES, HELD_OUT_PAGES)
    train, held_out, text, words, stats = [], [], [], set(), {}
    for number, (name, share) in enumerate(shares.items()):
        choice, random, held_random = (np.random.default_rng([seed, number, use]) for use in range(3))
        articles = _distinct(prose.READERS[name](work))
        kept, held = _hold_out(articles, choice)
        words.update(word for article in articles for word in words_of(_joined(article)))
        train.append(_pages(kept, round(share * pages), random))
        held_out.append(_pages(held, round(share * held_out_pages), held_random))
        text.extend(map(_joined, kept))
        stats[name] = _source_stats(kept, held, train[-1], held_out[-1])
    if not tiny:
        words.update(prose.lemmas(work))
    shuffled = np.concatenate(train)[np.random.default_rng(seed).permutation(sum(map(len, train)))]
    _save(data / "glyphs.npy", glyphs.draw(work))
    _save(data / "heldout.npy", np.concatenate(held_out))
    _save(data / "train.npy", shuffled)
    _write(data / "words.txt", "\n".join(sorted(words)) + "\n")
    _write(data / "train.txt", "\n".join(text) + "\n")
    _write(data / "stats.json", json.dumps(_stats(stats, shuffled, words, seed), indent=1) + "\n")
    _write(data / "READY", "")


def words_of(text: str) -> list[str]:
    """The words of ``text`` in small letters: runs of letters, apostrophes within a word included."""
    return _WORD.findall(text.lower())


def page_text(page: np.ndarray) -> str:
    """The rows of one page of codes as lines of text; what is not printable becomes a space."""
    rows = np.asarray(page).reshape(CELLS, CELLS)
    return "\n".join("".join(chr(code) if 32 <= code < 127 else " " for code in row).rstrip() for row in rows)


# ---------------------------------------------------------------- choosing text


def _distinct(articles: list[Article]) -> list[Article]:
    """``articles`` without paragraphs that came before, without the empty ones."""
    seen: set[str] = set()
    result = []
    for article in articles:
        fresh = []
        for paragraph in article.paragraphs:
            key = " ".join(words_of(paragraph))
            if key not in seen:
                seen.add(key)
                fresh.append(paragraph)
        if fresh:
            result.append(Article(article.heading, fresh))
    return result


def _hold_out(articles: list[Article], random: np.random.Generator) -> tuple[list[Article], list[Article]]:
    """Training articles and held-out ones: whole articles of ``HELD_OUT`` of the characters, less what shares a sentence with training."""
    goal = HELD_OUT * sum(map(_size, articles))
    held: set[int] = set()
    for index in random.permutation(len(articles)):
        if goal <= 0:
            break
        held.add(int(index))
        goal -= _size(articles[index])
    kept = [article for index, article in enumerate(articles) if index not in held]
    known = {sentence for article in kept for paragraph in article.paragraphs for sentence in _phrases(paragraph)}
    new = [Article(a.heading, [p for p in a.paragraphs if not known & _phrases(p)]) for a in (articles[i] for i in sorted(held))]
    return kept, [article for article in new if article.paragraphs]


def _phrases(paragraph: str) -> set[str]:
    """The longer parts between full stops, colons and semicolons, to tell whether two paragraphs share one."""
    return {part for part in re.split(r"[.:;!?\"()]\s*", paragraph) if len(part) >= 40}


def _size(article: Article) -> int:
    return sum(map(len, article.paragraphs))


def _joined(article: Article) -> str:
    return "\n".join(([article.heading.upper()] if article.heading else []) + article.paragraphs)


# ---------------------------------------------------------------- making pages


def _pages(articles: list[Article], count: int, random: np.random.Generator) -> np.ndarray:
    """``count`` different pages from ``articles``.

    Every pass cuts the paragraphs anew, puts the articles in a new order and starts one page at every paragraph.
    """
    found: dict[bytes, None] = {}
    for _ in range(200):
        starts = list(_starts(articles, random))
        for index in random.permutation(len(starts)):
            found[_page(starts[index])] = None
            if len(found) == count:
                break
        if len(found) == count:
            break
    pages = np.frombuffer(b"".join(found), np.uint8)
    return pages.reshape(-1, CELLS, CELLS)


def _starts(articles: list[Article], random: np.random.Generator) -> Iterator[list[tuple[str, str]]]:
    """For every paragraph of one pass: (heading or none, paragraph) from there on, enough to fill a page."""
    stream: list[tuple[str, str]] = []
    for index in random.permutation(len(articles)):
        article = articles[index]
        cut = [piece for paragraph in article.paragraphs for piece in _cut(paragraph, random)]
        stream += [(article.heading if i == 0 else "", piece) for i, piece in enumerate(cut)]
    reach = SIDE // 2
    stream += stream[:reach]
    for start in range(len(stream) - reach):
        yield stream[start : start + reach]


def _cut(paragraph: str, random: np.random.Generator) -> list[str]:
    """A long paragraph as shorter ones, cut at sentence ends at random, so that its lines break in several ways."""
    pieces: list[str] = []
    limit = random.integers(90, 330)
    for sentence in prose.sentences(paragraph):
        if pieces and len(pieces[-1]) < limit and sentence:
            pieces[-1] += " " + sentence
        else:
            pieces.append(sentence)
            limit = random.integers(90, 330)
    if len(pieces) > 1 and len(pieces[-1]) < 45:
        last = pieces.pop()
        pieces[-1] += " " + last
    return pieces


def _page(parts: list[tuple[str, str]]) -> bytes:
    """The codes of one page: ``parts`` from the top row until the last row is full."""
    rows: list[str] = []
    for heading, paragraph in parts:
        if len(rows) >= SIDE:
            break
        if 0 < len(heading) <= SIDE and len(rows) <= SIDE - 5:
            rows += [""] * bool(rows) + [heading.upper().center(SIDE), ""]
        rows += _wrap(INDENT + paragraph)
    margin = " " * MARGIN
    lines = [margin + row.ljust(SIDE) + margin for row in rows[:SIDE]]
    lines += [" " * CELLS] * (CELLS - MARGIN - len(lines))
    return (" " * CELLS * MARGIN + "".join(lines)).encode("ascii")


def _wrap(paragraph: str) -> list[str]:
    """``paragraph`` in rows of at most ``SIDE`` cells, broken at spaces only."""
    indent = paragraph[: len(paragraph) - len(paragraph.lstrip())]
    rows, row = [], indent
    for word in paragraph.split():
        longer = row + word if row == indent else f"{row} {word}"
        if len(longer) > SIDE:
            rows.append(row)
            row, indent = word, ""
        else:
            row = longer
    return rows + [row]


# ---------------------------------------------------------------- statistics and files


def _source_stats(kept: list[Article], held: list[Article], train: np.ndarray, held_out: np.ndarray) -> dict:
    characters = sum(map(_size, kept))
    printed = int((train != 32).sum())
    return {
        "articles": len(kept),
        "paragraphs": sum(len(article.paragraphs) for article in kept),
        "characters": characters,
        "heldout_articles": len(held),
        "heldout_characters": sum(map(_size, held)),
        "train_pages": len(train),
        "heldout_pages": len(held_out),
        "times_each_character_is_seen": round(printed / max(1, sum(len(re.sub(" ", "", _joined(a))) for a in kept)), 2),
    }


def _stats(sources: dict, pages: np.ndarray, words: set[str], seed: int) -> dict:
    counts = Counter(dict(zip(*(part.tolist() for part in np.unique(pages, return_counts=True)))))
    total = pages.size
    entropy = -sum(n / total * float(np.log2(n / total)) for n in counts.values())
    return {
        "seed": seed,
        "train_pages": len(pages),
        "codes_used": len(counts),
        "codes_never_used": "".join(chr(code) for code in range(32, 127) if code not in counts),
        "bits_per_cell_of_single_codes": round(entropy, 3),
        "blank_cells": round(counts[32] / total, 4),
        "words_in_list": len(words),
        "sources": sources,
    }


def _save(path: Path, array: np.ndarray) -> None:
    partial = path.with_name(f".{path.name}.partial.npy")
    np.save(partial, array)
    os.replace(partial, path)


def _write(path: Path, text: str) -> None:
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(text, "utf-8")
    os.replace(partial, path)
