"""How much of a text stands word for word in another: longest common runs by a suffix array. Knows nothing of pages or models."""

from __future__ import annotations

import numpy as np

LONGEST = 512


class Reference:
    """A text to search in, whitespace made single blanks."""

    def __init__(self, text: str):
        self.text = " ".join(text.split()).encode("ascii", "replace")
        self.suffixes = _suffix_array(np.frombuffer(self.text, np.uint8))

    def matches(self, text: str) -> np.ndarray:
        """For each position of ``text`` (its whitespace made single blanks) the length of the longest run from there that is in the reference."""
        query = " ".join(text.split()).encode("ascii", "replace")
        return np.array([self._longest(query[start : start + LONGEST]) for start in range(len(query))], np.int64)

    def _longest(self, query: bytes) -> int:
        """Length of the longest beginning of ``query`` in the reference: one of its two neighbours in the sorted suffixes has it."""
        low, high = 0, len(self.suffixes)
        while low < high:
            middle = (low + high) // 2
            start = self.suffixes[middle]
            if self.text[start : start + LONGEST] < query:
                low = middle + 1
            else:
                high = middle
        neighbours = self.suffixes[max(0, low - 1) : low + 1]
        return max((_common(self.text[start : start + LONGEST], query) for start in neighbours), default=0)


def _common(a: bytes, b: bytes) -> int:
    """Length of the common beginning."""
    length = min(len(a), len(b))
    if a[:length] == b[:length]:
        return length
    return next(i for i in range(length) if a[i] != b[i])


def _suffix_array(text: np.ndarray) -> np.ndarray:
    """Starts of all suffixes of ``text`` in the order of their first ``LONGEST`` characters, by doubling the length compared."""
    size = len(text)
    padded = np.concatenate([text, np.zeros(7, np.uint8)]).astype(np.uint64)
    key = np.zeros(size, np.uint64)
    for offset in range(7):  # the first seven characters as one number: the order of the numbers is theirs
        key = (key << np.uint64(8)) | padded[offset : offset + size]
    order, rank = _ranked(key)
    length = 7
    while length < LONGEST and rank.max(initial=0) < size - 1:
        following = np.zeros(size, np.int64)
        following[: max(0, size - length)] = rank[length:] + 1
        order, rank = _ranked(rank * (size + 1) + following)
        length *= 2
    return order


def _ranked(key: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The order that sorts ``key``, and for every place the rank of its key (equal keys, equal ranks)."""
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    rank = np.empty(len(key), np.int64)
    rank[order] = np.concatenate([[0], np.cumsum(ordered[1:] != ordered[:-1])]) if len(key) else 0
    return order, rank
