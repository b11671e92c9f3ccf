"""Figures and tables of the typeset pages, as Typst source: plots, charts, diagrams and ruled tables.

Every function draws into a box of width by height pixels of the finished page and keeps its straight edges on an 8-pixel
grid, so that the same patches come up again and again. `px` is the pixel length that the page's prelude defines.
"""

import math
import random
from typing import Callable

COLOURS = ["blue", "amber", "teal"]
Point = tuple[float, float]


def line(x0: float, y0: float, x1: float, y1: float, stroke: str = "1 * px + ink") -> str:
    return f"#place(line(start: ({x0:g} * px, {y0:g} * px), end: ({x1:g} * px, {y1:g} * px), stroke: {stroke}))"


def rect(x: float, y: float, width: float, height: float, fill: str = "none", stroke: str = "none", radius: float = 0) -> str:
    return (f"#place(dx: {x:g} * px, dy: {y:g} * px, rect(width: {width:g} * px, height: {height:g} * px, fill: {fill}, "
            f"stroke: {stroke}, radius: {radius:g} * px))")


def dot(x: float, y: float, radius: float, fill: str) -> str:
    return f"#place(dx: {x - radius:g} * px, dy: {y - radius:g} * px, circle(radius: {radius:g} * px, fill: {fill}))"


def polyline(points: list[Point], stroke: str, fill: str = "none") -> str:
    steps = ", ".join(f"({x:.1f} * px, {y:.1f} * px)" for x, y in points)
    return f"#polyline(({steps},), {stroke}, {fill})"


def axes(width: int, height: int, grid: bool = True) -> list[str]:
    """The frame of a plot: its inside runs from x 8 to width - 8 and from y 8 to height - 8."""
    parts = []
    if grid:
        parts += [line(8, y, width - 8, y, "0.6 * px + pale") for y in range(height - 24, 8, -16)]
    parts += [line(8, 4, 8, height - 8), line(8, height - 8, width - 4, height - 8)]
    parts += [line(x, height - 8, x, height - 5) for x in range(24, width - 8, 16)]
    parts += [line(5, y, 8, y) for y in range(height - 24, 8, -16)]
    return parts


def curve_shape(rng: random.Random) -> Callable[[float], float]:
    """A curve over 0..1 with values in 0..1, from one of five families."""
    rate = rng.choice([2.0, 3.0, 5.0])
    level = rng.choice([0.55, 0.7, 0.85, 1.0])
    centre = rng.choice([0.3, 0.5, 0.7])
    return rng.choice([
        lambda t: level * (1 - math.exp(-rate * t)),
        lambda t: 0.08 + level * 0.9 * math.exp(-rate * t),
        lambda t: level * math.exp(-((t - centre) / 0.16) ** 2) + 0.04,
        lambda t: 0.5 + 0.45 * level * math.sin(2 * math.pi * rate / 2 * t),
        lambda t: level / (1 + math.exp(-12 * (t - centre))),
    ])


def sample_curve(shape: Callable[[float], float], width: int, height: int) -> list[Point]:
    inside, top = width - 20, height - 20
    return [(8 + x, height - 9 - top * shape(x / inside)) for x in range(0, inside + 1, 3)]


def line_plot(rng: random.Random, width: int, height: int) -> list[str]:
    parts = axes(width, height)
    for colour in rng.sample(COLOURS, rng.choice([1, 2, 2])):
        parts.append(polyline(sample_curve(curve_shape(rng), width, height), f"1.6 * px + {colour}"))
    return parts


def area_plot(rng: random.Random, width: int, height: int) -> list[str]:
    colour = rng.choice(COLOURS)
    points = sample_curve(curve_shape(rng), width, height)
    base = [(points[-1][0], height - 8.0), (8.0, height - 8.0)]
    area = polyline(points + base, "none", f"{colour}.lighten(65%)")
    return [area, polyline(points, f"1.4 * px + {colour}")] + axes(width, height, grid=False)


def bar_chart(rng: random.Random, width: int, height: int) -> list[str]:
    """Bars of 8 pixels, alone or in pairs, with heights in steps of 4 pixels."""
    parts = axes(width, height)
    colours = rng.sample(COLOURS, rng.choice([1, 2]))
    highest = (height - 20) // 4
    for x in range(16, width - 16, 16 if len(colours) == 1 else 24):
        for number, colour in enumerate(colours):
            tall = 4 * rng.randint(2, highest)
            left = x + 8 * number
            if left + 8 <= width - 8:
                parts.append(rect(left, height - 8 - tall, 8 if len(colours) == 1 else 7, tall, colour))
    return parts


def scatter_plot(rng: random.Random, width: int, height: int) -> list[str]:
    parts = axes(width, height, grid=False)
    slope = rng.choice([-0.8, 0.8])
    for colour in rng.sample(COLOURS, rng.choice([1, 2])):
        shift = rng.choice([-0.15, 0.0, 0.15])
        for _ in range(width // 5):
            t = rng.random()
            value = 0.5 + shift + slope * (t - 0.5) + rng.gauss(0, 0.12)
            if 0.03 < value < 0.97:
                x = 12 + 4 * round((width - 28) * t / 4)
                y = height - 12 - 4 * round((height - 24) * value / 4)
                parts.append(dot(x, y, 1.7, colour))
    return parts


def heat_map(rng: random.Random, width: int, height: int) -> list[str]:
    """Square cells of 8 pixels shaded by a smooth bump, in one colour."""
    colour = rng.choice(COLOURS[:2])
    peak = (rng.random(), rng.random())
    spread = rng.choice([0.3, 0.45])
    parts = []
    for y in range(8, height - 8, 8):
        for x in range(8, width - 8, 8):
            distance = math.hypot((x / width - peak[0]) / spread, (y / height - peak[1]) / spread)
            shade = round(4 * math.exp(-distance ** 2)) * 20
            parts.append(rect(x, y, 7.2, 7.2, f"{colour}.lighten({88 - shade}%)"))
    return parts


def diagram(rng: random.Random, width: int, height: int) -> list[str]:
    """Boxes of 24 by 16 pixels in columns, joined by arrows."""
    columns = [16 + 40 * i for i in range((width - 16) // 40 + (1 if (width - 16) % 40 >= 24 else 0))]
    rows = list(range(8, height - 16, 24))
    chosen = [rng.sample(rows, rng.randint(1, min(2, len(rows)))) for _ in columns]
    parts = []
    for number, (x, ys) in enumerate(zip(columns[:-1], chosen)):
        for y in ys:
            for target in chosen[number + 1]:
                parts.append(line(x + 24, y + 8, x + 40, target + 8, "1.1 * px + ink"))
                parts.append(dot(x + 38.5, target + 8, 1.8, "ink"))
    for x, ys in zip(columns, chosen):
        colour = rng.choice(COLOURS)
        parts += [rect(x, y, 24, 16, f"{colour}.lighten(72%)", f"1 * px + {colour}", 2) for y in ys]
    return parts


FIGURES = {"line plot": line_plot, "bar chart": bar_chart, "scatter plot": scatter_plot, "area plot": area_plot,
           "heat map": heat_map, "diagram": diagram}


def figure(rng: random.Random, width: int, height: int) -> tuple[str, str]:
    """A random figure: its kind and its Typst source."""
    kind = rng.choice(["line plot", "line plot", "bar chart", "bar chart", "scatter plot", "area plot", "heat map", "diagram"])
    return kind, "\n".join(FIGURES[kind](rng, width, height))


def table(rng: random.Random, width: int, height: int) -> str:
    """A table with three rules: a head row, then rows of 8 pixels; first column words, the others numbers."""
    columns = list(range(40, width - 16, 24 if width < 120 else 32))
    parts = [line(0, 3, width, 3, "1.2 * px + ink"), line(0, 13, width, 13, "0.8 * px + ink"),
             line(0, height - 3, width, height - 3, "1.2 * px + ink")]
    parts.append(f"#label(2, 10, strong[{rng.choice(['Model', 'Set', 'Case', 'Run'])}])")
    parts += [f"#label({x}, 10, strong[{rng.choice(['MSE', 'Rate', 'Gain', 'Loss', 'Size'])}])" for x in columns]
    for y in range(21, height - 5, 8):
        parts.append(f"#label(2, {y}, [{rng.choice(['Linear', 'Kernel', 'Spline', 'Tree', 'Ours', 'Mean', 'Sparse'])}])")
        parts += [f"#label({x}, {y}, [{rng.randint(1, 99) / 10:.1f}])" for x in columns]
    return "\n".join(parts)
