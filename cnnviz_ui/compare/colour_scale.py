"""Maps that stand side by side: one colour scale for all, its bar, and the rule in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz_core.images.rendering import palette
from cnnviz_core.maps.comparison import CommonScale, common_scale
from cnnviz_ui.explain import heatmaps
from cnnviz_ui.frame import own_model
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.page import problem
from cnnviz_ui.frame.results import ask
from cnnviz_ui.frame.text import escaped, number
from cnnviz_ui.widgets import controls, pictures
from cnnviz_ui.widgets.exports import ColourBar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from streamlit.delta_generator import DeltaGenerator

    from cnnviz_core.arrays import ImageArray
    from cnnviz_core.maps.results import Attribution
    from cnnviz_engine.requests.attribution import AttributionRequest
    from cnnviz_ui.frame.photos import Photo

COLOURS_BY = ("Each by its maximum", "One scale of values")
CLIPPED = "Of gradient maps the strongest 1\u00a0% are clipped for the eye."


@dataclass(frozen=True, eq=False)
class Shown:
    """A map that stands beside others.

    Attributes:
        photo: what it lies over.
        model: name of the model it explains.
        key: what tells it from every other map, such as its request's.
        found: the map.
        request: what was asked for.
        raised: whether the map's floor was taken from its values.
    """

    photo: Photo
    model: str
    key: str
    found: Attribution
    request: AttributionRequest
    raised: bool = False


@dataclass(frozen=True, eq=False)
class Together:
    """Maps on one colour scale.

    Attributes:
        maps: in the order in which they are shown.
        scale: the value, for each, of the strongest colour.
        look: colours of maps without sign.
        signed: whether all are drawn about zero, since one of them has a sign.
    """

    maps: tuple[Shown, ...]
    scale: CommonScale
    look: heatmaps.Look
    signed: bool

    @staticmethod
    def of(maps: Sequence[Shown], look: heatmaps.Look, *, shares: bool = False) -> Together:
        """Find the scale that fits all of some maps; see `comparison.common_scale`.

        Values of one unit can be compared where they lie on one grid: a cell of a coarse map holds
        what many pixels of a fine one share. See `shares_picker` for those of several methods.
        """
        shares = shares or len({shown_map.found.values.shape for shown_map in maps}) > 1
        maxima = [heatmaps.own_scale(shown_map.found) for shown_map in maps]
        units = [shown_map.found.units for shown_map in maps]
        scale = common_scale(maxima, units, shares=shares)
        return Together(tuple(maps), scale, look, any(shown_map.found.signed for shown_map in maps))

    @property
    def clipped(self) -> bool:
        """Whether extreme pixels of a map are clipped for the eye."""
        return any(heatmaps.clipped(shown_map.found) for shown_map in self.maps)

    def overlay(self, position: int) -> ImageArray:
        """One of the maps over its photo."""
        shown_map = self.maps[position]
        attribution = replace(shown_map.found, signed=self.signed)
        return heatmaps.overlaid(
            shown_map.photo, attribution, self.look, self.scale.divisors[position]
        )

    def show(self, position: int, *, width: int, height: int) -> None:
        """Show one of the maps over its photo, as large as fits."""
        shown_map, divisor = self.maps[position], self.scale.divisors[position]
        key = pictures.picture_key(
            "together", shown_map.key, self.look, divisor, self.signed, pictures.PHOTO_SIDE
        )
        file = pictures.encoded(key, lambda: self.overlay(position), lossy=True)
        words = f"{heatmaps.reading(shown_map.found, self.look)} {shown_map.photo.title}"
        pictures.show_growing(f"map-{position}", file, alt=words, width=width, height=height)

    def bar(self, names: Sequence[str] = ()) -> None:
        """The colour bar of all maps, and its rule in words."""
        drawn = self.colour_bar()
        colour_bar(drawn.colormap, drawn.low, drawn.high, self.rule(names))

    def colour_bar(self) -> ColourBar:
        """What the colours of all maps mean."""
        low = self.value(-self.scale.strongest) if self.signed else "0"
        high = f"{self.value(self.scale.strongest)} {self.scale.units}"
        return ColourBar("diverging" if self.signed else self.look.colormap, low, high)

    def value(self, value: float) -> str:
        """A value on the scale in words: a number, or a share in percent."""
        return number(value) if self.scale.shared else f"{100 * value:.0f}\u00a0%"

    def rule(self, names: Sequence[str] = ()) -> str:
        """By which rule the maps are coloured."""
        if self.scale.shared:
            words = f"One colour scale: equal colours are equal values, in {self.scale.units}."
        else:
            kinds = {
                (shown_map.found.method, shown_map.found.values.shape) for shown_map in self.maps
            }
            reason = "methods or grids differ, so each map is" if len(kinds) > 1 else "each map is"
            words = (
                f"One colour scale, of shares: {reason} divided by its own maximum"
                f"{self._divisors(names)}."
            )
        return f"{words} {CLIPPED}" if self.clipped else words

    def _divisors(self, names: Sequence[str]) -> str:
        if not names:
            return ""
        parts = [
            f"{name} by {number(divisor)} {shown_map.found.units}"
            for name, divisor, shown_map in zip(names, self.scale.divisors, self.maps, strict=True)
        ]
        return f" ({', '.join(parts)})"


def shares_picker(maps: Sequence[Shown]) -> bool:
    """Whether maps are to be coloured by shares of their own maxima rather than by one scale.

    One method on one grid has one scale. Of several methods in one unit on one grid the visitor
    chooses: strength can be compared then, but a method that gives small numbers is hardly seen.
    """
    found = [shown_map.found for shown_map in maps]
    if len({(one.units, one.values.shape) for one in found}) > 1:
        return True
    if len({one.method for one in found}) < 2:
        return False
    chosen = controls.option("Colours by", COLOURS_BY, key=Key.COLOURS_BY, in_sight=False)
    return chosen == COLOURS_BY[0]


def asked_map(
    photo: Photo,
    request: AttributionRequest,
    noun: str,
    cell: DeltaGenerator,
    look: heatmaps.Look,
    *,
    refused: Callable[[str], None] = problem,
) -> Shown | None:
    """A map with what it was asked for; None while its cell says how far it is, or why not."""
    with cell:
        attribution = ask(
            request,
            photo,
            noun=noun,
            preview=partial(heatmaps.draw_preview, photo, look),
            refused=refused,
        )
    if attribution is None:
        return None
    model, raised = own_model.title_of(request.model), bool(attribution.floor)
    return Shown(photo, model, request.key, _from_zero(attribution), request, raised)


def _from_zero(attribution: Attribution) -> Attribution:
    """A map whose floor is zero, as those are that it stands beside."""
    if not attribution.floor:
        return attribution
    units = f"{attribution.units} above its lowest"
    return replace(
        attribution, values=attribution.values - attribution.floor, floor=0.0, units=units
    )


def colour_bar(colormap: str, low: str, high: str, words: str) -> None:
    """A lying colour bar with its ends, and what it measures."""
    colours = palette(colormap)[::15]
    stops = ", ".join("rgb({}, {}, {})".format(*colour) for colour in colours)
    st.html(
        "<div style='display:flex;align-items:center;gap:0.5rem;font-size:0.86rem'>"
        f"<span>{escaped(low)}</span>"
        f"<span role='img' aria-label='Colour bar, {escaped(low)} to {escaped(high)}' "
        "style='flex:1;height:0.6rem;min-width:4rem;border-radius:2px;"
        f"background:linear-gradient(to right, {stops})'></span>"
        f"<span>{escaped(high)}</span></div>"
        f"<p class='caption'>{escaped(words)}</p>"
    )
