"""Attribution maps as pictures: the overlay, and the map with its range, signed or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz_core.attribution.catalogue import METHODS, Method
from cnnviz_ui.explain.looks import Look as Look
from cnnviz_ui.frame import own_model
from cnnviz_ui.frame.page import caption
from cnnviz_ui.frame.text import number, percent, times
from cnnviz_ui.widgets import exports, figures, pictures, snippets
from cnnviz_ui.widgets.pictures import PHOTO_SIDE, encoded, picture_key
from cnnviz_ui.widgets.shown_photos import shown_pixels

if TYPE_CHECKING:
    from cnnviz_core.arrays import ImageArray
    from cnnviz_core.maps.results import Attribution
    from cnnviz_engine.requests.attribution import AttributionRequest
    from cnnviz_ui.frame.photos import Photo

MEASURES = {"relus": "ReLUs guided", "r2": "R\u00b2"}
"""Measures whose names are no plain words."""
SCORE_MEASURES = ("completeness_error", "score_change")
"""Measures in the units of the score that is explained."""
EYE_PERCENTILE = 99.0
"""Maps of gradients have a few extreme pixels; beyond this percentile colours are clipped."""


def overlaid(
    photo: Photo,
    attribution: Attribution,
    look: Look,
    scale: float | None = None,
    side: int = PHOTO_SIDE,
) -> ImageArray:
    """The map's colours over the photo; without evidence, the photo alone.

    `scale` is the value of the strongest colour, by default the map's own (`own_scale`); `side` the
    picture's longer side in pixels.
    """
    pixels = shown_pixels(photo, side)
    if attribution.empty:
        return look.bare(pixels)
    heatmap = attribution.resized(*pixels.shape[:2])
    low, high = _range(attribution, scale)
    if attribution.signed:
        return look.signed(pixels, heatmap, high)
    return look.unsigned(pixels, heatmap, high, low)


def overlay_file(
    photo: Photo,
    attribution: Attribution,
    key: str,
    look: Look,
    scale: float | None = None,
    side: int = PHOTO_SIDE,
) -> bytes:
    """The overlay's picture file, made once; `key` is that of the request."""
    name = picture_key("overlay", key, look, side, scale)
    return encoded(name, lambda: overlaid(photo, attribution, look, scale, side), lossy=True)


def map_figure(
    attribution: Attribution, look: Look, scale: float | None = None, height: int = 330
) -> figures.Figure:
    """The map as computed, cell by cell, with its range; signed ones about zero."""
    low, high = _range(attribution, scale)
    return figures.values_figure(
        attribution.values,
        units=attribution.units,
        low=low,
        high=high,
        colormap=_colormap(attribution, look),
        height=height,
        cells="cells" if attribution.layer else "pixels",
    )


def colour_bar(
    attribution: Attribution, look: Look, scale: float | None = None
) -> exports.ColourBar:
    """What the colours of an overlay mean."""
    low, high = (number(value) for value in _range(attribution, scale))
    return exports.ColourBar(_colormap(attribution, look), low, f"{high} {attribution.units}")


def _range(attribution: Attribution, scale: float | None) -> tuple[float, float]:
    """The values of the first and the last colour."""
    high = scale or own_scale(attribution)
    if attribution.signed:
        return -high, high
    return attribution.floor if scale is None else 0.0, high


def _colormap(attribution: Attribution, look: Look) -> str:
    return "diverging" if attribution.signed else look.colormap


def show_overlay(
    photo: Photo,
    attribution: Attribution,
    request: AttributionRequest,
    look: Look,
    *,
    height: int,
    scale: float | None = None,
) -> None:
    """The overlay with what it says, the method in a sentence, and the ways to take it along."""
    method = METHODS[request.method]
    file = overlay_file(photo, attribution, request.key, look, scale)
    alt = f"{attribution.method} map over the photo for the class {attribution.target.label}"
    words = f"{reading(attribution, look)} {method.summary.rstrip('.')} ({method.source})."
    pictures.show_growing("overlay", file, alt=alt, text=words, width=560, height=height)
    pictures.downloads(
        file_name(photo, attribution, request.model),
        picture=lambda: overlay_sheet(photo, attribution, request.model, look, scale),
        arrays={"values": attribution.values},
        code=snippets.code(request, attribution, photo),
    )


def overlay_sheet(
    photo: Photo, attribution: Attribution, model: str, look: Look, scale: float | None = None
) -> ImageArray:
    """The overlay to take along, with its colour bar, what it says, and of what it is."""
    picture = overlaid(photo, attribution, look, scale, exports.LONGER_SIDE)
    bar = colour_bar(attribution, look, scale)
    words = f"{reading(attribution, look)} {scale_words(attribution, scale)}"
    return exports.sheet(picture, words, bar, head=head(photo, model))


def head(photo: Photo, model: str) -> str:
    """Of what a picture to take along is."""
    return f"{own_model.title_of(model)}: {photo.title}"


def draw_preview(photo: Photo, look: Look, grown: Attribution) -> None:
    """A map that is still growing, over its photo."""
    if not grown.empty:
        alt = f"{grown.method} map so far for the class {grown.target.label}"
        pictures.show_passing(overlaid(photo, grown, look), alt=alt)
        caption(f"So far. {reading(grown, look)}")


def file_name(photo: Photo, attribution: Attribution, model: str) -> str:
    """What a map is of, in a file's name: model, layer, method, class, photo."""
    return pictures.file_name(
        own_model.title_of(model),
        attribution.layer or "",
        attribution.method,
        attribution.target.label,
        photo.name,
    )


def own_scale(attribution: Attribution) -> float:
    """The value of the strongest colour when a map is shown for itself."""
    magnitudes = np.abs(attribution.values)
    strongest = float(magnitudes.max())
    if clipped(attribution):
        return float(np.percentile(magnitudes, EYE_PERCENTILE)) or strongest
    return strongest


def clipped(attribution: Attribution) -> bool:
    """Whether the map's extreme pixels are clipped for the eye."""
    method = method_of(attribution)
    return method is not None and method.family == "gradient"


def method_of(attribution: Attribution) -> Method | None:
    """The catalogue's entry of the method that made a map."""
    return next((method for method in METHODS.values() if method.title == attribution.method), None)


def map_words(attribution: Attribution, scale: float | None = None) -> str:
    """What the map is: its cells, its range, its units, and what was done for the eye."""
    rows, columns = attribution.values.shape
    low, high = float(attribution.values.min()), float(attribution.values.max())
    return (
        f"The map as computed: {times(rows, columns)} {'cells' if attribution.layer else 'pixels'},"
        f" {number(low)} to {number(high)} ({attribution.units}). {scale_words(attribution, scale)}"
    )


def scale_words(attribution: Attribution, scale: float | None = None) -> str:
    """By which rule values become colours."""
    if scale is not None:
        return (
            f"The colour scale is held: colours end at {number(scale)} {attribution.units}, "
            "whatever the map's own maximum."
        )
    if clipped(attribution):
        return "In colour the strongest 1\u00a0% of it are clipped for the eye."
    if attribution.floor:
        return "In colour it runs from its minimum to its maximum."
    divisor = "largest magnitude" if attribution.signed else "maximum"
    return f"Over the photo it is enlarged smoothly and divided by its {divisor}."


def target_facts(attribution: Attribution) -> list[tuple[str, str]]:
    """What was explained: class, logit, probability, layer."""
    contrast = attribution.score_units.endswith("difference")
    return [
        ("Classes" if contrast else "Class", attribution.target.label),
        (attribution.score_units.capitalize(), number(attribution.score)),
        (
            "Probability difference" if contrast else "Probability",
            percent(attribution.probability),
        ),
        ("Layer", attribution.layer or "input"),
    ]


def measure_facts(attribution: Attribution) -> list[tuple[str, str]]:
    """The numbers that tell how far the map can be trusted, by name."""
    words = {name: name.replace("_", " ").capitalize() for name in attribution.measures}
    words |= {name: word for name, word in MEASURES.items() if name in words}
    units = dict.fromkeys(SCORE_MEASURES, f" {attribution.score_units}")
    return [
        (words[name], f"{number(float(value))}{units.get(name, '')}")
        for name, value in attribution.measures.items()
    ]


def reading(attribution: Attribution, look: Look | None = None) -> str:
    """What the overlay says, in a sentence."""
    label, method = attribution.target.label, method_of(attribution)
    place = f" at {attribution.layer}" if attribution.layer else ""
    strong = (look or Look()).strong
    if attribution.empty:
        return nothing(attribution)
    if method is not None and not method.class_specific:
        return (
            f"{attribution.method}{place}: {strong} places are what it responds to, of any class."
        )
    if method is METHODS["guided_backpropagation"]:
        words = f"{strong} places excite the network, for {label} much as for other classes"
        return f"{attribution.method}: {words}."
    if attribution.signed:
        return f"{attribution.method}{place}: red speaks for {label}, blue against it."
    if clipped(attribution):
        return f"{attribution.method}{place}: the score of {label} hangs most on {strong} places."
    return f"{attribution.method}{place}: {strong} places speak for {label}."


def nothing(attribution: Attribution) -> str:
    """What to say of a map without a positive value."""
    place = f" at {attribution.layer}" if attribution.layer else ""
    return (
        f"No positive evidence: {attribution.method}{place} finds nothing in this photo that "
        f"speaks for {attribution.target.label}. Choose another class, layer or method."
    )
