"""Pictures to take along: large enough for a slide, with their colour bars and what they show.

A file of its own has no page around it, so what the page says beside a picture is written under it.
All is dark on white, whatever the page's theme: it goes onto slides and paper.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import islice
from math import isqrt
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from cnnviz_core.images.rendering import enlarge, palette
from cnnviz_ui.widgets import pictures
from cnnviz_ui.widgets.fonts_internals import font

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cnnviz_core.arrays import ImageArray

LONGER_SIDE = 1000
"""Pixels that a picture's longer side has at least."""
MOST_PIXELS = 40_000_000
LEAST_SIDE = 64
"""Of a picture of many tiles, and of each tile: of a network of thousands of layers they shrink."""
NARROWEST = 600
"""Pixels of a sheet's width, so that words have room under a picture that is tall."""
MARGIN = 24
PAPER, INK = (255, 255, 255), (22, 35, 43)
TEXT_SIZE, LINE_HEIGHT = 22, 30
BAR_HEIGHT = 20
MOST_LETTERS, MOST_LINES = 2000, 12
"""Of a caption; a class may be called anything, at any length."""

MOST_A_LINE = 400
"""Letters in a line; the narrowest that do not stand in one place are fewer."""


@dataclass(frozen=True)
class ColourBar:
    """What colours mean.

    Attributes:
        colormap: a key of `COLORMAPS`.
        low: value of the first colour, in words.
        high: value of the last colour, in words, with its units.
    """

    colormap: str
    low: str
    high: str


@dataclass(frozen=True, eq=False)
class Tile:
    """One of several pictures on a sheet, with what it shows."""

    picture: ImageArray
    text: str


def sheet(
    picture: ImageArray, text: str, *bars: ColourBar, smooth: bool = True, head: str = ""
) -> ImageArray:
    """A picture with a line above it, and below it its colour bars and what it shows.

    Args:
        picture: RGB uint8; enlarged where its longer side is under `LONGER_SIDE`.
        text: what it shows.
        bars: what its colours mean.
        smooth: enlarge as a photo is; else each pixel stays a square with sharp edges.
        head: what it is of, in a line above it.
    """
    large = _enlarged(picture, smooth=smooth)
    width = max(large.width, NARROWEST)
    return _stacked([*_words(head, width), large, *_bars(bars, width), *_words(text, width)], width)


def tiled(
    tiles: Sequence[Tile], text: str, *bars: ColourBar, columns: int = 4, head: str = ""
) -> ImageArray:
    """Pictures side by side, each with what it shows; below them the colour bars, and words on all.

    Args:
        tiles: row by row.
        text: what all show.
        bars: what colours mean in all of them.
        columns: tiles a row.
        head: what they are of, in a line above them.
    """
    columns = min(columns, len(tiles))
    side = max(-(-LONGER_SIDE // columns), LONGER_SIDE // 4)
    side = min(side, max(LEAST_SIDE, isqrt(MOST_PIXELS // len(tiles))))
    rows = [_row(tiles[start : start + columns], side) for start in range(0, len(tiles), columns)]
    width = columns * (side + MARGIN) - MARGIN
    return _stacked([*_words(head, width), *rows, *_bars(bars, width), *_words(text, width)], width)


def _enlarged(picture: ImageArray, *, smooth: bool) -> Image.Image:
    if smooth:
        return Image.fromarray(pictures.enlarged(picture, LONGER_SIDE))
    factor = max(1, -(-LONGER_SIDE // max(picture.shape[:2])))
    return Image.fromarray(enlarge(picture, factor))


def _row(tiles: Sequence[Tile], side: int) -> Image.Image:
    cells = [_cell(tile, side) for tile in tiles]
    width = len(cells) * (side + MARGIN) - MARGIN
    row = Image.new("RGB", (width, max(cell.height for cell in cells)), PAPER)
    for position, cell in enumerate(cells):
        row.paste(cell, (position * (side + MARGIN), 0))
    return row


def _cell(tile: Tile, side: int) -> Image.Image:
    opened = Image.fromarray(tile.picture)
    scale = side / max(opened.size)
    fitted = opened.resize(
        (max(1, round(opened.width * scale)), max(1, round(opened.height * scale))),
        Image.Resampling.LANCZOS,
    )
    parts = [fitted, *_words(tile.text, side)]
    cell = Image.new("RGB", (side, sum(part.height for part in parts) + MARGIN // 2), PAPER)
    top = 0
    for part in parts:
        cell.paste(part, (0, top))
        top += part.height + MARGIN // 4
    return cell


def _bars(bars: Sequence[ColourBar], width: int) -> list[Image.Image]:
    return [_bar(bar, width) for bar in bars]


def _bar(bar: ColourBar, width: int) -> Image.Image:
    """The colours from end to end, and under each end its value."""
    drawn = Image.new("RGB", (width, BAR_HEIGHT + LINE_HEIGHT), PAPER)
    colours = palette(bar.colormap)[np.linspace(0, 255, width).astype(int)]
    drawn.paste(Image.fromarray(np.repeat(colours[None], BAR_HEIGHT, axis=0)), (0, 0))
    pen, face = ImageDraw.Draw(drawn), font(TEXT_SIZE)
    pen.text((0, BAR_HEIGHT), bar.low, font=face, fill=INK)
    pen.text((width - pen.textlength(bar.high, face), BAR_HEIGHT), bar.high, font=face, fill=INK)
    return drawn


def _words(text: str, width: int) -> list[Image.Image]:
    """Text in lines of a width; nothing for no text."""
    lines = list(islice(_lines(text, width), MOST_LINES + 1))
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], "…"]
    if not lines:
        return []
    drawn = Image.new("RGB", (width, LINE_HEIGHT * len(lines)), PAPER)
    pen = ImageDraw.Draw(drawn)
    for number, line in enumerate(lines):
        pen.text((0, LINE_HEIGHT * number), line, font=font(TEXT_SIZE), fill=INK)
    return [drawn]


def _lines(text: str, width: int) -> Iterator[str]:
    """Words that fit in a line; a word longer than a line goes on in the next."""
    line = ""
    for word in _printable(text[:MOST_LETTERS]).split():
        longer = f"{line} {word}".strip()
        if _fits(longer, width):
            line = longer
            continue
        if line:
            yield line
        while not _fits(word, width):
            fitting = _fitting(word, width)
            yield word[:fitting]
            word = word[fitting:]
        line = word
    if line:
        yield line


def _fits(text: str, width: int) -> bool:
    return len(text) <= MOST_A_LINE and font(TEXT_SIZE).getlength(text) <= width


def _fitting(word: str, width: int) -> int:
    """Letters of a word that fit in a line, at least one; found by halves, as each look is slow."""
    face, most = font(TEXT_SIZE), min(len(word), MOST_A_LINE)
    lengths = range(1, most + 1)
    fitting = bisect_right(lengths, float(width), key=lambda n: float(face.getlength(word[:n])))
    return max(1, fitting)


def _printable(text: str) -> str:
    """Without characters that turn the order of others around, or are none."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _stacked(parts: Sequence[Image.Image], width: int) -> ImageArray:
    """Parts one under the other on white, with a margin around."""
    height = sum(part.height + MARGIN // 2 for part in parts) - MARGIN // 2
    whole = Image.new("RGB", (width + 2 * MARGIN, height + 2 * MARGIN), PAPER)
    top = MARGIN
    for part in parts:
        whole.paste(part, (MARGIN, top))
        top += part.height + MARGIN // 2
    return np.asarray(whole)
