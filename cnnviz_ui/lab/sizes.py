"""The lesson on sizes: what padding, stride, dilation and pooling do to how large a result is."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz_core.errors import OptionError
from cnnviz_core.images.rendering import to_png
from cnnviz_core.lab.axes import MINUS
from cnnviz_core.lab.sizes import output_size
from cnnviz_ui.frame.page import caption, heading, note
from cnnviz_ui.frame.text import escaped
from cnnviz_ui.lab import window_controls, window_drawing
from cnnviz_ui.lab.sizes_steps import (
    HEIGHT,
    KINDS,
    WIDTH,
    Sliding,
    Step,
    code,
    reading,
    results,
    shown,
    side_by_side,
    small_grey,
)
from cnnviz_ui.widgets import exports, pictures
from cnnviz_ui.widgets.drawer import controls_row
from cnnviz_ui.widgets.pictures import in_window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz_core.arrays import ImageArray
    from cnnviz_ui.frame.photos import Photo
    from cnnviz_ui.frame.sidebar import Choice

STYLE = Path(__file__).with_name("sizes.css")
SIDE = 212
"""Width of the photo on a page of 1280 x 720, in pixels of the screen."""


def draw(choice: Choice) -> None:
    """A small grid on the left, the photo's steps on the right."""
    st.html(STYLE)
    sliding = _controls()
    left, right = st.columns([36, 64], gap="medium")
    with left:
        _draw_grid(sliding)
    with right:
        _draw_photo(choice.photo, sliding)


def _controls() -> Sliding:
    kernel, padding, stride, dilation, pooling = controls_row([26, 26, 24, 20, 20])
    with kernel:
        chosen = window_controls.kernel_picker("Sobel x")
    with padding:
        zeros = window_controls.padding_picker()
    with stride:
        step = window_controls.stride_picker()
    with dilation:
        spread = window_controls.dilation_picker()
    with pooling:
        window = window_controls.pooling_picker()
    return Sliding(chosen, zeros, step, spread, window)


def _draw_grid(sliding: Sliding) -> None:
    side = window_drawing.SIDE
    height, width = sliding.kernel.weights.shape
    heading(f"On a grid of {side} x {side}")
    try:
        drawing = window_drawing.drawn_windows((height, width), **sliding.options)
        size = output_size(side, height, **sliding.options)
    except OptionError as error:
        note(str(error))
        return
    st.html(f"<div class='windows-room'>{drawing}</div>")
    st.html(f"<p class='size-formula'>{escaped(size.formula)}</p>")
    caption(
        f"Size = ⌊(input + padding {MINUS} window) / stride⌋ + 1; a kernel with gaps makes a "
        f"window of dilation · (kernel {MINUS} 1) + 1. In colour: what the window reads at its "
        "first place and the next, and what that gives. Dashed: zeros of the padding."
    )


def _draw_photo(photo: Photo, sliding: Sliding) -> None:
    grey = small_grey(photo.pixels)
    steps = [Step("grey", "The photo in grey", grey)]
    try:
        steps += results(grey, sliding)
    except OptionError as error:
        note(str(error))
    drawn = shown(steps)
    figures = "".join(map(_figure, steps, drawn))
    st.html(
        f"<div class='sizes-room'><div class='sizes' style='--pixel: {_pixel(grey)}'>{figures}"
        "</div></div>"
    )
    words = reading(steps)
    caption(words)
    pictures.downloads(
        pictures.file_name(photo.name, sliding.kernel.name, "sizes"),
        picture=lambda: exports.sheet(
            side_by_side(drawn), f"{_listed(steps)} {words}", smooth=False
        ),
        arrays={step.name: step.values for step in steps} | {"kernel": sliding.kernel.weights},
        code=code(photo, sliding) if len(steps) == len(KINDS) + 2 else None,
    )


def _pixel(grey: ImageArray) -> str:
    """How large a pixel is drawn, in CSS: two photos fit side by side, and one above the other."""
    height, width = grey.shape
    most = max(width, height * WIDTH / HEIGHT)
    return f"min({in_window(SIDE, 'vw')} / {most:.2f}, (100cqw - 1.4rem) / {2 * width})"


def _figure(step: Step, picture: ImageArray) -> str:
    """A picture with its size and the formula of it beneath."""
    data = base64.b64encode(to_png(picture)).decode()
    lines = "".join(f"<span>{escaped(formula)}</span>" for formula in step.formulas)
    return (
        f"<figure><img src='data:image/png;base64,{data}' alt='{escaped(step.title)}, {step.size}' "
        f"style='width: calc({picture.shape[1]} * var(--pixel))'>"
        f"<figcaption><b>{escaped(step.title)}: {step.size}</b>{lines}</figcaption></figure>"
    )


def _listed(steps: Sequence[Step]) -> str:
    """Titles, sizes and formulas for a file, whose typeface has no signs for rounding down."""
    listed = " ".join(f"{step.title}: {'; '.join((step.size, *step.formulas))}." for step in steps)
    return listed.replace("⌊", "floor(").replace("⌋", ")")
