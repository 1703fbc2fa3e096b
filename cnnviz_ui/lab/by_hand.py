"""The lesson on filters: one kernel slides over a photo, a patch of it or a digit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz_core.errors import OptionError
from cnnviz_core.lab.hand_kernels import KERNELS
from cnnviz_ui.frame import binding, state
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.page import caption, note
from cnnviz_ui.lab import filter_inputs, filtering, sliding, typed_kernel
from cnnviz_ui.lab.filtering import Filtered, Kernel
from cnnviz_ui.lab.sizes_steps import side_by_side
from cnnviz_ui.widgets import controls, exports, pictures
from cnnviz_ui.widgets.drawer import controls_row, folded_controls

if TYPE_CHECKING:
    from cnnviz_core.arrays import ImageArray
    from cnnviz_ui.frame.sidebar import Choice
    from cnnviz_ui.lab.filter_inputs import Place

GREY, SUMMED, APART = "Grey", "Colours, added up", "Colours, apart"
COLOURS = (GREY, SUMMED, APART)
FIRST = "Edge detect"
CLOSER, BACK = "Zoom in here", "Whole photo"
BACKWARDS = (
    "A transposed convolution: each pixel of the image lays the kernel down on the result, times "
    "its value, and what overlaps is added up. Networks make maps larger with it."
)
FLIPPED = (
    "What networks call convolution is cross-correlation: the kernel lies on the image as it "
    "stands. A convolution as mathematics defines it turns the kernel by half a turn first."
)
NORMALIZED = (
    "Divides the weights by their sum, so that the image gets neither brighter nor darker; where "
    "they add up to 0, by the sum of their absolute values."
)
LOOK = (
    "True values: a scale that holds negative ones too. Cut to an image: what lies below 0 is "
    "black, what lies above the brightest pixel is white, as when the result is saved as a photo."
)
_AT = re.compile(r"(input,)?([0-9]{1,3}),([0-9]{1,3})")


def draw(choice: Choice) -> None:
    """Controls, then input, sum and result in one row."""
    from_where, which, own, backwards_at, more = controls_row([24, 24, 14, 20, 14])
    with from_where:
        name = controls.select("Image", filter_inputs.offered(), key=Key.INPUT_OF)
        place = _patch_place()
    with more, folded_controls("Options", ":material/tune:"):
        colours, look, options = _options(digit=name.startswith("Digit"))
    with which:
        kernel = _kernel(**options)
    with own, folded_controls("Weights", ":material/grid_on:"):
        typed_kernel.grid(kernel.weights)
    with backwards_at:
        backwards = controls.toggle("Backwards", key=Key.BACKWARDS, help_text=BACKWARDS)
    given = filter_inputs.find(name, choice.photo, place, coloured=colours != GREY)
    try:
        found = filtering.apply(
            given, kernel, apart=colours == APART, backwards=backwards, look=look
        )
    except OptionError as error:
        note(str(error))
        return
    _show(found, name)


def _options(*, digit: bool) -> tuple[str, str, dict[str, bool]]:
    """Whether colours, how the result looks, and what is done to the weights."""
    colours = GREY if digit else controls.option("Photo", COLOURS, key=Key.COLOUR)
    look = controls.option("Result shows", filtering.LOOKS, key=Key.SHADES, help_text=LOOK)
    normalized = controls.toggle("Divide by the sum", key=Key.NORMALIZED, help_text=NORMALIZED)
    flipped = controls.toggle("Turn the kernel", key=Key.FLIPPED, help_text=FLIPPED)
    return colours, look, {"normalized": normalized, "flipped": flipped}


def _kernel(*, normalized: bool, flipped: bool) -> Kernel:
    purposes = "\n".join(f"- {name}: {kernel.purpose}" for name, kernel in KERNELS.items())
    name = controls.select(
        "Kernel",
        (*KERNELS, typed_kernel.TYPED),
        key=Key.KERNEL,
        default=FIRST,
        help_text=f"{purposes}\n- {typed_kernel.TYPED}: your own, typed under Weights.",
    )
    if name == typed_kernel.TYPED:
        weights = typed_kernel.picked()
        code = f"np.array({weights.tolist()}, np.float32)"
    else:
        weights, code = KERNELS[name].weights, f"cnnviz.KERNELS[{name!r}].weights"
    return Kernel(name, weights, code, normalized=normalized, flipped=flipped)


def _patch_place() -> Place | None:
    """Where the patch lies; noted for the link on all inputs, so that one can go to and fro."""
    bound = binding.bind(
        Key.PATCH,
        "",
        lambda words: words[0] if filter_inputs.read_place(words[0]) else None,
        lambda value: isinstance(value, str) and (value == "" or _is_place(value)),
        called="patch",
        offers="patch",
    )
    return filter_inputs.read_place(bound.shown(state.value(Key.PATCH)))


def _is_place(value: str) -> bool:
    return filter_inputs.read_place(value) is not None


def _show(found: Filtered, name: str) -> None:
    zooms = {filter_inputs.PHOTO: CLOSER} | dict.fromkeys(filter_inputs.PATCHES, BACK)
    sliding.show(
        found,
        pin=_pin(found),
        on_pin=lambda words: state.choose({Key.AT: words}),
        zoom=zooms.get(name, ""),
        on_zoom=lambda words: _zoom(words, found.given.start, closer=name == filter_inputs.PHOTO),
    )
    words = reading(found)
    said, taken = st.columns([62, 38])
    with said:
        caption(words)
    with taken:
        _downloads(found, words)


def _downloads(found: Filtered, words: str) -> None:
    pictures.downloads(
        pictures.file_name(found.given.name, found.kernel.name),
        picture=lambda: exports.sheet(side_by_side(_both(found)), words, smooth=False),
        arrays={"pixels": found.given.values, "kernel": found.kernel.used, "result": found.result},
        code=found.code,
    )


def reading(found: Filtered) -> str:
    """What the kernel does, and what was done to it."""
    named = KERNELS.get(found.kernel.name)
    kernel = f"{found.kernel.name}: {named.purpose}" if named else "Typed: weights of your own."
    how = "Backwards: each pixel lays it down on the result." if found.backwards else ""
    return " ".join(part for part in (kernel, found.kernel.words, how) if part)


def _both(found: Filtered) -> list[ImageArray]:
    """Input and result, as they are shown."""
    white = filtering.Scale(0, found.given.white, signed=False)
    return [
        filtering.coloured(found.given.values, white),
        filtering.coloured(found.result, found.scale),
    ]


def _pin(found: Filtered) -> str:
    """The pinned pixel, "row,column" of the result, or "input,row,column"; empty without one."""

    def fits(value: object) -> bool:
        place = _AT.fullmatch(value) if isinstance(value, str) else None
        if place is None:
            return value == ""
        height, width = (found.given.values if place[1] else found.result).shape[:2]
        return int(place[2]) < height and int(place[3]) < width

    bound = binding.bind(
        Key.AT,
        "",
        lambda words: words[0] if fits(words[0]) else None,
        fits,
        called="pixel",
        offers="pixel",
    )
    return bound.shown(state.value(Key.AT))


def _zoom(words: str, start: Place, *, closer: bool) -> None:
    """Go from a pixel of the photo to the patch around it, or from one of the patch back."""
    pixel = filter_inputs.read_place(words)
    if pixel is None:
        return
    if closer:
        half = filter_inputs.PATCHES[filter_inputs.ZOOMED] // 2
        patch = ",".join(str(max(0, place - half)) for place in pixel)
        state.forget(Key.AT)
        state.choose({Key.INPUT_OF: filter_inputs.ZOOMED, Key.PATCH: patch})
        return
    row, column = (place + first for place, first in zip(pixel, start, strict=True))
    state.choose({Key.INPUT_OF: filter_inputs.PHOTO, Key.AT: f"input,{row},{column}"})
