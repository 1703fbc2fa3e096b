"""Pictures to take along: large, with colour bars and words, whatever is in them."""

import numpy as np
import pytest

from cnnviz_core.images.rendering import palette
from cnnviz_ui.widgets import exports, fonts_internals
from cnnviz_ui.widgets.exports import BAR_HEIGHT, LINE_HEIGHT, MARGIN, ColourBar, Tile

BAR = ColourBar("inferno", "0", "0.176 logit")
RED = np.full((30, 40, 3), (255, 0, 0), np.uint8)


def rows_of_ink(picture, wanted):
    """Rows of a picture that hold a colour anywhere."""
    return np.flatnonzero((picture == wanted).all(axis=2).any(axis=1))


@pytest.mark.parametrize("shape", [(30, 40), (40, 30), (1, 1), (8, 8), (30, 700), (1200, 900)])
@pytest.mark.parametrize("smooth", [False, True])
def test_sheet_is_large_enough_for_a_slide(shape, smooth):
    """The picture alone has a longer side of 1,000 pixels or more, and is never made smaller."""
    picture = np.full((*shape, 3), (255, 0, 0), np.uint8)
    reds = (exports.sheet(picture, "Words.", BAR, smooth=smooth) == (255, 0, 0)).all(axis=2)
    height, width = np.ptp(np.argwhere(reds), axis=0) + 1
    assert max(height, width) >= max(1000, *shape)
    assert height / width == pytest.approx(shape[0] / shape[1], rel=0.15)


def test_cells_stay_squares():
    """A map's cells are repeated, not smoothed: no colour is there that the map has not."""
    cells = np.zeros((2, 2, 3), np.uint8)
    cells[0, 0] = (255, 0, 0)
    cells[1, 1] = (0, 0, 255)
    drawn = exports.sheet(cells, "", smooth=False)[MARGIN:-MARGIN, MARGIN:-MARGIN]
    np.testing.assert_array_equal(drawn, cells.repeat(500, 0).repeat(500, 1))


def test_bar_has_the_colours_from_end_to_end():
    """The bar's ends are the colour map's, as wide as the picture, with words below."""
    drawn = exports.sheet(np.full((1000, 1000, 3), 255, np.uint8), "", BAR)
    top = MARGIN + 1000 + MARGIN // 2
    colours = drawn[top + BAR_HEIGHT // 2, MARGIN:-MARGIN]
    expected = palette("inferno")[[0, 127, 255]]
    np.testing.assert_allclose(colours[[0, 499, 999]].astype(int), expected, atol=3)
    words = drawn[top + BAR_HEIGHT : top + BAR_HEIGHT + LINE_HEIGHT] < 128
    assert words[:, : MARGIN + 40].any()
    assert words[:, -MARGIN - 120 :].any()


def test_words_make_room_for_themselves():
    """Longer words give a taller sheet, up to a dozen lines; none gives no room at all."""
    heights = [
        exports.sheet(RED, words).shape[0] for words in ("", "Short.", "long " * 80, "x" * 99_999)
    ]
    assert heights == sorted(set(heights))
    assert heights[-1] - heights[0] <= exports.MOST_LINES * LINE_HEIGHT + MARGIN


@pytest.mark.parametrize("text", ["a\u202eb\u0000c\nd", "\ud800", "中\u200f", "\U0001f600" * 300])
def test_no_text_breaks_a_sheet(text):
    """Labels come from files: what is no letter is left out, nothing fails."""
    drawn = exports.tiled([Tile(RED, text)], text, BAR, head=text)
    assert drawn.dtype == np.uint8
    assert len(rows_of_ink(drawn, (255, 0, 0))) > 0


def test_letters_beyond_ascii_are_written():
    """The page's own font is found: letters that Pillow's lacks are not all the same box."""
    font = fonts_internals.font(22)
    masks = {
        bytes(font.getmask(letter))
        for letter in "öß\u00e9\u00d7\u00b2\u00b5\u0416\u03bb\u2192\U000f0000"
    }
    assert len(masks) == 10


def test_tiles_stand_in_rows_each_with_its_words():
    """Five tiles, two a row: three rows, each tile as wide as its share of 1,000 pixels."""
    drawn = exports.tiled([Tile(RED, f"tile {n}") for n in range(5)], "All.", BAR, columns=2)
    assert drawn.shape[1] == 2 * 500 + 3 * MARGIN
    starts = np.flatnonzero(np.diff((drawn[:, MARGIN] == (255, 0, 0)).all(axis=1).astype(int)) == 1)
    assert len(starts) == 3
    right = (drawn[:, MARGIN + 500 + MARGIN] == (255, 0, 0)).all(axis=1)
    assert right.sum() == 2 * 375


def test_tiles_of_different_sizes_share_a_row():
    """A tall picture beside a wide one: each fits its cell, neither is cut."""
    drawn = exports.tiled([Tile(RED, ""), Tile(RED.swapaxes(0, 1), "")], "", columns=2)
    reds = (drawn == (255, 0, 0)).all(axis=2)
    assert reds[:, : MARGIN + 500].sum() == pytest.approx(reds[:, MARGIN + 500 :].sum(), rel=0.02)


@pytest.mark.parametrize("letter", ["a", "i", "\U0001f600", "\u0bb8", "."])
def test_a_word_without_end_is_laid_out_in_few_looks(monkeypatch, letter):
    """A class may be one word of any length: measuring it is slow, so it is not measured often."""
    looks = []

    class Counting:
        def __init__(self, face):
            self.face = face

        def getlength(self, text):
            looks.append(len(text))
            return self.face.getlength(text)

    face = Counting(exports.font(exports.TEXT_SIZE))
    monkeypatch.setattr(exports, "font", lambda size: face)
    lines = list(exports._lines(letter * 2000, 600))
    assert "".join(lines) == letter * 2000
    assert all(face.getlength(line) <= 600 for line in lines)
    assert len(looks) < 20 * len(lines)
    assert max(looks) <= exports.MOST_A_LINE


def test_a_picture_of_thousands_of_tiles_stays_bounded():
    """Its tiles shrink, and no more: a few keep the size of a slide."""
    few = exports.tiled([Tile(RED, "")] * 8, "", columns=8)
    many = exports.tiled([Tile(RED, "")] * 3000, "", columns=8)
    assert few.shape[1] >= exports.LONGER_SIDE
    assert many.shape[0] * many.shape[1] < 2 * exports.MOST_PIXELS
