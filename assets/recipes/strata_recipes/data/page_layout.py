"""Layout of one typeset page: which blocks stand where on the 16-pixel grid, written as Typst source.

A page is 256 by 256 pixels. Columns start 24 pixels from the edges, two columns are 96 pixels wide with 16 between them, and
every block is a whole number of 16-pixel rows high, so that lines of text fall at the same place in every patch.
"""

import random
from dataclasses import dataclass, field

from . import page_figures, page_text

ROW = 16
LEFT, WIDTH = 24, 208
COLUMN, GUTTER = 96, 16
CHARACTER = 2.33  # mean width of a body character in pixels
LINES_PER_ROW = 3

PRELUDE = """
#let px = 0.5pt
#let paper = rgb("#fdfbf6")
#let ink = rgb("#232a3d")
#let soft = rgb("#4f5568")
#let pale = rgb("#d5d8de")
#let blue = rgb("#4a78b8")
#let amber = rgb("#dc9448")
#let teal = rgb("#4fa291")
#set page(width: 128pt, height: 128pt, margin: 0pt, fill: paper)
#set text(font: "New Computer Modern", size: 5 * px, fill: soft, lang: "en", top-edge: 4 * px, bottom-edge: -4 * px / 3,
  weight: 450, hyphenate: true)
#set par(leading: 0pt, spacing: 0pt, justify: true, first-line-indent: 6 * px)
#set strong(delta: 250)
#show math.equation: set text(font: "New Computer Modern Math", size: 9 * px, fill: ink, top-edge: "bounds", bottom-edge: "bounds")
#let at(x, y, width, height, body) = place(dx: x * px, dy: y * px,
  block(width: width * px, height: height * px, clip: true, body))
#let label(x, y, body) = place(dx: x * px, dy: (y - 4) * px, text(fill: ink, body))
#let polyline(points, stroke, fill) = place(curve(stroke: stroke, fill: fill, fill-rule: "non-zero",
  curve.move(points.first()), ..points.slice(1).map(point => curve.line(point))))
#let snapped(body, step) = context {
  let wide = measure(body).width + 3 * px
  box(width: calc.ceil(wide / (step * px)) * step * px, body)
}
#let words(list, size, weight, colour) = {
  set text(size: size * px, weight: weight, fill: colour, top-edge: 12 * px, bottom-edge: -4 * px)
  set align(center)
  snapped(list.map(word => snapped(word, 4)).join(), 8)
}
#let heading-line(number, body) = {
  set text(size: 10 * px, weight: 700, fill: ink, top-edge: 12 * px, bottom-edge: -4 * px)
  if number != "" { box(width: 12 * px, number) }
  body
}
"""


@dataclass
class Page:
    """Typst source of a page as it grows, with the truth about its layout."""

    rng: random.Random
    parts: list[str] = field(default_factory=list)
    layout: dict = field(default_factory=lambda: {"columns": 1, "has_title": False, "figures": [], "tables": 0, "formulas": 0,
                                                  "headings": 0, "lists": 0})
    section: int = 1
    figure_number: int = 1
    equation: int = 1

    def add(self, x: int, row: int, width: int, rows: int, body: str) -> None:
        self.parts.append(f"#at({x}, {row * ROW}, {width}, {rows * ROW})[{body}]")


def fill_characters(width: int, rows: int, rng: random.Random) -> float:
    """How many characters fill so many rows, with a short last line as often as not."""
    lines = rows * LINES_PER_ROW
    return (lines - rng.choice([0.2, 0.5, 0.8])) * width / CHARACTER


def add_text(page: Page, x: int, row: int, width: int, rows: int, indent: bool = True) -> None:
    """Paragraphs; long ones are broken in two."""
    rng = page.rng
    total = fill_characters(width, rows, rng)
    if rows >= 3 and rng.random() < 0.8:
        first = total * rng.uniform(0.3, 0.7)
        body = page_text.prose(rng, first) + "\n\n" + page_text.prose(rng, total - first - 0.5 * width / CHARACTER)
    else:
        body = page_text.prose(rng, total)
    page.add(x, row, width, rows, ("" if indent else "#h(0pt, weak: false)") + body)


def add_heading(page: Page, x: int, row: int, width: int) -> None:
    name = page.rng.choice(page_text.HEADINGS[1:] if page.section > 1 else page_text.HEADINGS[:1])
    page.add(x, row, width, 1, f'#heading-line("{page.section}", "{name}")')
    page.section += 1
    page.layout["headings"] += 1


def add_formula(page: Page, x: int, row: int, width: int, rows: int) -> None:
    choices = page_text.FORMULAS_SHORT if rows == 1 else page_text.FORMULAS_TALL
    body = f"#set align(center + horizon)\n$ {page.rng.choice(choices)} $"
    page.add(x, row, width, rows, body)
    page.add(x + width - 16, row, 16, rows, f"#set align(right + horizon)\n#text(size: 7 * px, fill: ink)[({page.equation})]")
    page.equation += 1
    page.layout["formulas"] += 1


def add_caption(page: Page, kind: str, x: int, row: int, width: int) -> None:
    text = page_text.prose(page.rng, page.rng.choice([0.7, 1.4]) * width / CHARACTER - 10)
    page.add(x, row, width, 1, f"#v(2.667 * px)\n#text(fill: ink)[*{kind} {page.figure_number}.*] {text}")
    page.figure_number += 1


def add_figure(page: Page, x: int, row: int, width: int, rows: int) -> None:
    """A figure with its caption in the last row; narrow pictures stand in the middle of wide columns."""
    kind, body = page_figures.figure(page.rng, width, (rows - 1) * ROW)
    page.add(x, row, width, rows - 1, body)
    add_caption(page, "Figure", x, row + rows - 1, width)
    page.layout["figures"].append(kind)


def add_table(page: Page, x: int, row: int, width: int, rows: int) -> None:
    """A table with its caption above."""
    add_caption(page, "Table", x, row, width)
    page.add(x, row + 1, width, rows - 1, page_figures.table(page.rng, width, (rows - 1) * ROW))
    page.layout["tables"] += 1


def add_list(page: Page, x: int, row: int, width: int, rows: int) -> None:
    """One bulleted item a row."""
    for number in range(rows):
        page.add(x, row + number, 12, 1, "#place(dx: 5 * px, dy: 1.6 * px, circle(radius: 1.2 * px, fill: ink))")
        characters = page.rng.choice([1.6, 2.3, 2.6]) * (width - 12) / CHARACTER
        page.add(x + 12, row + number, width - 12, 1, "#set par(first-line-indent: 0pt)\n" + page_text.prose(page.rng, characters))
    page.layout["lists"] += 1


def fill_column(page: Page, x: int, top: int, bottom: int, width: int, opening: bool) -> None:
    """Blocks one under the other from row `top` to before row `bottom`, `opening` with a heading."""
    rng, row = page.rng, top
    if opening or rng.random() < 0.3:
        add_heading(page, x, row, width)
        row += 1
    while row < bottom:
        left = bottom - row
        rows = min(left, rng.choice([2, 3, 3, 4, 5]))
        if left - rows == 1:
            rows = left
        add_text(page, x, row, width, rows)
        row += rows
        left = bottom - row
        if left >= 3:
            row += add_break(page, x, row, width, left)


def add_break(page: Page, x: int, row: int, width: int, left: int) -> int:
    """Something between two stretches of text; returns the rows it took."""
    options = [("heading", 1)] * 5 + [("formula", 1)] * 2 + [("formula", 2)] * 2
    if left >= 4:
        options += [("list", 2)]
    if left >= 6:
        options += [("figure", 5)] * 3 + [("table", 4)] * 2
    kind, rows = page.rng.choice(options)
    if kind == "heading":
        add_heading(page, x, row, width)
    elif kind == "formula":
        add_formula(page, x, row, width, rows)
    elif kind == "list":
        add_list(page, x, row, width, rows)
    elif kind == "figure":
        inset = 0 if width == COLUMN else 32
        add_figure(page, x + inset, row, width - 2 * inset, rows)
    else:
        inset = 0 if width == COLUMN else 24
        add_table(page, x + inset, row, width - 2 * inset, rows)
    return rows


def add_body(page: Page, top: int, bottom: int, opening: bool) -> None:
    if page.layout["columns"] == 1:
        fill_column(page, LEFT, top, bottom, WIDTH, opening)
        return
    for number in range(2):
        fill_column(page, LEFT + number * (COLUMN + GUTTER), top, bottom, COLUMN, opening and number == 0)


def add_title_block(page: Page) -> int:
    """Title, authors and abstract; returns the first row under them."""
    rng = page.rng
    row = 1
    for number, line in enumerate(page_text.title(rng)):
        words = ", ".join(f'"{word}"' for word in line)
        page.add(16, row, 224, 1, f"#words(({words},), 14, 700, ink)")
        row += 1
    names = page_text.authors(rng)
    words = ", ".join(f'"{name}"' for name in names)
    page.add(16, row, 224, 1, f"#words(({words},).map(name => name + h(5 * px)), 8, 450, ink)")
    row += 1
    if rng.random() < 0.8:
        rows = rng.choice([2, 3])
        page.add(40, row, 176, 1, "#set align(center)\n#v(5.333 * px)\n#text(fill: ink, size: 6.5 * px, weight: 700)[Abstract]")
        page.add(40, row + 1, 176, rows, "#set par(first-line-indent: 0pt)\n" + page_text.prose(rng, fill_characters(176, rows, rng)))
        row += 1 + rows
    page.layout["has_title"] = True
    return row


def add_running_head(page: Page) -> None:
    page.parts.append("#" + page_figures.line(LEFT, 28, LEFT + WIDTH, 28, "0.8 * px + pale").lstrip("#"))
    head = page_text.prose(page.rng, 34).rstrip(".")
    page.add(LEFT, 1, WIDTH, 1, f"#v(2.667 * px)\n#set par(first-line-indent: 0pt)\n_{head}_")


def first_page(page: Page) -> None:
    add_body(page, add_title_block(page), 14, opening=True)


def inner_page(page: Page) -> None:
    add_running_head(page)
    add_body(page, 2, 14, opening=page.rng.random() < 0.3)


def figure_page(page: Page) -> None:
    """An inner page with a figure or a table over its whole width, at the top or the bottom."""
    add_running_head(page)
    rows = page.rng.choice([5, 6, 7])
    at_top = page.rng.random() < 0.7
    top = 2 if at_top else 14 - rows
    if page.rng.random() < 0.75:
        add_figure(page, LEFT, top, WIDTH, rows)
    else:
        add_table(page, LEFT, top, WIDTH, rows)
    if at_top:
        add_body(page, 2 + rows, 14, opening=page.rng.random() < 0.4)
    else:
        add_body(page, 2, 14 - rows, opening=page.rng.random() < 0.3)


def references_page(page: Page) -> None:
    add_running_head(page)
    page.add(LEFT, 2, WIDTH, 1, '#heading-line("", "References")')
    page.layout["columns"], page.layout["headings"] = 2, 1
    for number in range(2):
        x = LEFT + number * (COLUMN + GUTTER)
        for row in range(3, 14):
            entry = page_text.reference(page.rng)
            label = (row - 2) + 11 * number
            page.add(x, row, 12, 1, f"#set par(first-line-indent: 0pt)\n[{label}]")
            page.add(x + 12, row, COLUMN - 12, 1, f"#set par(first-line-indent: 0pt)\n{entry}")


TEMPLATES = {"first": first_page, "inner": inner_page, "figure": figure_page, "references": references_page}


def compose(rng: random.Random) -> tuple[str, dict]:
    """One random page: its Typst source (without the prelude) and the truth about its layout."""
    page = Page(rng)
    name = rng.choices(list(TEMPLATES), weights=[38, 32, 24, 6])[0]
    page.layout["template"] = name
    page.layout["columns"] = rng.choice([1, 2, 2])
    if name != "first":
        page.section, page.figure_number, page.equation = rng.randint(2, 5), rng.randint(1, 6), rng.randint(1, 9)
    TEMPLATES[name](page)
    number = 1 if name == "first" else rng.randint(2, 16)
    page.add(104, 14, 48, 1, f"#set align(center)\n#v(4 * px)\n#text(size: 7 * px, fill: ink, top-edge: 6 * px)[{number}]")
    return "\n".join(page.parts), page.layout
