"""Class activation: which places of the photo speak for a class."""

import streamlit as st

from cnnviz_core.types import Attribution, Prediction, Structure
from cnnviz_engine.requests import AttributionRequest, DescribeRequest, PredictRequest
from cnnviz_ui import controls, figures, heatmaps, pictures, shell
from cnnviz_ui.page import caption, facts, note, opening, table
from cnnviz_ui.photos import photo_file
from cnnviz_ui.results import ask
from cnnviz_ui.sidebar import Choice, current
from cnnviz_ui.text import number, percent


def show() -> None:
    """Class, layer and colours above; overlay, map and original below."""
    choice = current()
    opening(
        "Class activation",
        "Grad-CAM marks the places of the photo that raise the score of one class. "
        "Choose another class to see what the network would take for it.",
    )
    structure: Structure | None = ask(DescribeRequest(model=choice.model), noun="The network")
    if structure is None:
        return
    layer, target, look, intensity = st.columns([3, 3, 2, 3], vertical_alignment="bottom")
    with layer:
        name = controls.layer_picker(structure.spatial_layers(), structure.default_layer)
    with target:
        index = controls.class_picker(structure)
    with look:
        colormap = controls.select("Colour map", list(heatmaps.COLORMAPS), key="colormap")
    with intensity:
        weight = controls.intensity_slider()
    request = AttributionRequest(
        model=choice.model, image=choice.photo.digest, target=index, layer=name
    )
    found: Attribution | None = ask(request, choice.photo, noun="Class activation map")
    if found is not None:
        _pictures(choice, found, request, heatmaps.COLORMAPS[colormap], weight)


def _pictures(
    choice: Choice, found: Attribution, request: AttributionRequest, colormap: str, weight: float
) -> None:
    facts(heatmaps.target_facts(found))
    if found.empty:
        note(heatmaps.reading(found))
    main, side, last = st.columns([6, 4, 3.6], gap="medium")
    with main:
        look = heatmaps.Look(colormap, weight)
        file = heatmaps.overlay_file(choice.photo, found, request.key, look)
        alt = f"Heat map over the photo for the class {found.target.label}"
        pictures.show(file, alt=alt, text=heatmaps.reading(found), width=520, height=340)
        pictures.downloads(
            "class-activation",
            picture=lambda: heatmaps.overlaid(choice.photo, found, look),
            arrays={"values": found.values},
        )
    with side:
        figures.show(heatmaps.map_figure(found, colormap), key="map", alt=heatmaps.map_words(found))
        caption(heatmaps.map_words(found))
    with last:
        pictures.show(photo_file(choice.photo), alt=choice.photo.title, width=250, height=150)
        _best_classes(choice, found)


def _best_classes(choice: Choice, found: Attribution) -> None:
    request = PredictRequest(model=choice.model, image=choice.photo.digest)
    best: Prediction | None = ask(request, choice.photo, noun="Prediction")
    if best is not None:
        rows = zip(best.labels, best.logits, best.probabilities, strict=True)
        cells = [(label, number(logit), percent(share)) for label, logit, share in rows]
        position = (
            best.labels.index(found.target.label) if found.target.label in best.labels else None
        )
        table(("Class", best.score_units.capitalize(), "Probability"), cells, position)


if __name__ == "__main__":
    shell.run()
