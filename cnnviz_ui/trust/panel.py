"""Can this map be trusted? Two checks of exactly the map on the page, below it, when asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from cnnviz_core.attribution.catalogue import METHODS
from cnnviz_core.images.rendering import montage
from cnnviz_core.maps.comparison import rank_correlation
from cnnviz_engine.requests.maps import PlacementRequest, RandomizationRequest
from cnnviz_ui.explain import heatmaps
from cnnviz_ui.frame import links
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.page import caption, heading, note
from cnnviz_ui.frame.results import ask
from cnnviz_ui.frame.text import plain
from cnnviz_ui.trust import charts, looked_at, verdicts
from cnnviz_ui.widgets import controls, figures, pictures

if TYPE_CHECKING:
    from cnnviz_core.arrays import ImageArray
    from cnnviz_core.maps.results import Attribution
    from cnnviz_core.trust.results import PlacementCheck, SanityCheck
    from cnnviz_engine.requests.attribution import AttributionRequest
    from cnnviz_ui.explain.heatmaps import Look
    from cnnviz_ui.explain.pickers import Subject
    from cnnviz_ui.frame.photos import Photo

QUESTION = "Can this map be trusted?"
SIDE = 200
"""Longer side, in pixels, of a small map."""
GAP = 6
"""Pixels between small maps."""
SHOW = {
    verdicts.Outcome.PASSES: (st.success, ":material/check_circle:"),
    verdicts.Outcome.IN_PART: (st.warning, ":material/contrast:"),
    verdicts.Outcome.FAILS: (st.warning, ":material/cancel:"),
    verdicts.Outcome.OPEN: (st.info, ":material/help:"),
}


@dataclass(frozen=True)
class Checked:
    """The map on the page.

    Attributes:
        photo: what it lies over.
        found: the map.
        request: what it was asked for by.
        look: how it lies over the photo.
    """

    photo: Photo
    found: Attribution
    request: AttributionRequest
    look: Look

    @property
    def file_name(self) -> str:
        """What files with the results are called."""
        return heatmaps.file_name(self.photo, self.found, self.request.model)


def offer(asked: Subject, found: Attribution, request: AttributionRequest, look: Look) -> None:
    """A switch that opens the checks of a map, and the way to hold it against another."""
    looked_at.remember(asked, request)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        opened = controls.toggle(
            QUESTION,
            key=Key.TRUST,
            help_text="Two checks of exactly this map, which take some seconds: whether its places "
            "count for the network, and whether it depends on what the network has learned.",
        )
        links.link("compare", "Hold it against another map")
    if not opened:
        return
    if found.empty:
        note("This map is blank, so there is nothing to check. Choose another class or method.")
        return
    checked = Checked(asked.choice.photo, found, request, look)
    redrawn = _samples(checked)
    left, right = st.columns(2, gap="medium")
    with left:
        _places(checked)
    with right:
        _learning(checked, redrawn)


def _samples(checked: Checked) -> float | None:
    """What is to be known of a map that is drawn at random: how like it another draw is."""
    redrawn = None
    if METHODS[checked.request.method].seeded:
        again = checked.request.model_copy(update={"seed": checked.request.seed + 1})
        second = ask(again, checked.photo, noun="Drawing the map again", refused=note)
        if second is not None:
            maps = (np.abs(one.values) for one in (checked.found, second))
            redrawn = rank_correlation(*maps)
    verdict = verdicts.samples(checked.found, redrawn)
    if verdict is not None:
        _say(verdict)
    return redrawn


def _places(checked: Checked) -> None:
    heading(
        "Do its places count?",
        "Pixels are taken away, those that the map marks most first; then the same with the map "
        "moved to eight other places, and by two maps that ask no network. Lower is better.",
    )
    wanted = PlacementRequest(model=checked.request.model, attribution=checked.request)
    check = ask(wanted, checked.photo, noun="Places", preview=_placement_so_far, refused=note)
    if check is None:
        return
    _say(verdicts.placement(check))
    _placement("final", check)
    caption(verdicts.placement_numbers(check))
    curves = {
        "fractions": check.fractions,
        "map": check.scores,
        "elsewhere": check.elsewhere,
        "centre_and_edges": check.blind,
    }
    pictures.downloads(f"{checked.file_name}_places", arrays=curves)


def _placement_so_far(check: PlacementCheck) -> None:
    _placement("growing", check)


def _placement(name: str, check: PlacementCheck) -> None:
    alt = f"The score of {check.target.label} as pixels are removed, by the map and beside it"
    figures.show(charts.placement_chart(check), key=f"_places-{name}", alt=alt)
    caption(f"In place of pixels that are gone: {check.fill}. Grey band: all eight other places.")


def _learning(checked: Checked, redrawn: float | None) -> None:
    heading(
        "Does it depend on what was learned?",
        "The network's layers are made random one after the other, from the last to the first, and "
        "the map is made anew each time. One that stays as it is does not show what was learned.",
    )
    wanted = RandomizationRequest(model=checked.request.model, attribution=checked.request)
    noun = "Randomization"
    check = ask(wanted, checked.photo, noun=noun, preview=_similarity_so_far, refused=note)
    if check is None or not check.layers:
        return
    _say(verdicts.learning(check, redrawn))
    _strip(checked, check, wanted.key)
    _similarity("final", check)
    caption(verdicts.learning_numbers(check))
    arrays = {"maps": check.maps, "spearman": check.spearman, "ssim": check.ssim}
    pictures.downloads(f"{checked.file_name}_randomization", arrays=arrays)


def _similarity_so_far(check: SanityCheck) -> None:
    _similarity("growing", check)


def _similarity(name: str, check: SanityCheck) -> None:
    alt = f"Similarity with the first map after each of {len(check.layers)} randomized layers"
    figures.show(charts.similarity_chart(check, height=200), key=f"_learned-{name}", alt=alt)


def _strip(checked: Checked, check: SanityCheck, key: str) -> None:
    """The map as it was, and with more and more of the layers random, in one picture."""
    amount = len(check.layers)
    depths = sorted({0, 1, (amount + 1) // 2, amount})
    name = pictures.picture_key("random", key, checked.look, depths)

    def draw() -> ImageArray:
        tiles = [_overlaid(checked, check, depth) for depth in depths]
        return montage(np.stack(tiles), columns=len(tiles), gap=GAP)

    words = "; ".join(_random_words(check, depth) for depth in depths)
    text = f"From left to right: {words}. Each on a scale of its own."
    file = pictures.encoded(name, draw, lossy=True)
    width = len(depths) * (SIDE + GAP)
    pictures.show(file, alt=f"The map: {words}", text=text, width=width, height=SIDE)


def _overlaid(checked: Checked, check: SanityCheck, depth: int) -> ImageArray:
    values = check.maps[depth]
    floor = float(values.min()) if checked.found.floor else 0.0
    found = replace(checked.found, values=values, signed=check.signed, floor=floor)
    return heatmaps.overlaid(checked.photo, found, checked.look, side=SIDE)


def _random_words(check: SanityCheck, depth: int) -> str:
    if depth == 0:
        return "as trained"
    if depth == len(check.layers):
        return "all random"
    return f"random down to {check.layers[depth - 1]}"


def _say(verdict: verdicts.Verdict) -> None:
    show, icon = SHOW[verdict.outcome]
    show(plain(verdict.words), icon=icon)
