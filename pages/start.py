"""Start: a photo, what the network says, where it looks, and a few of its channels."""

import streamlit as st

from cnnviz_engine.requests.attribution import AttributionRequest
from cnnviz_engine.requests.looking import ActivationsRequest, DescribeRequest
from cnnviz_ui.explain import heatmaps
from cnnviz_ui.explain.best_classes import answers_as_bars
from cnnviz_ui.frame import shell
from cnnviz_ui.frame.links import tour
from cnnviz_ui.frame.page import opening
from cnnviz_ui.frame.results import ask
from cnnviz_ui.frame.sidebar import Choice, current
from cnnviz_ui.layers import channels, overview, showable
from cnnviz_ui.widgets import pictures
from cnnviz_ui.widgets.shown_photos import photo_file

BOX, STRIP = {"width": 460, "height": 320}, {"width": 1400, "height": 200}


def show() -> None:
    """Everything at one look, without a click."""
    choice = current()
    opening(
        "What a trained network sees",
        "A convolutional neural network names what is in a photo; here you look inside while it "
        "does. Choose a model and a photo beside it.",
    )
    left, middle, right = st.columns([5, 5, 3], gap="medium")
    with left:
        pictures.show(photo_file(choice.photo), alt=choice.photo.title, text="The photo.", **BOX)
    with middle:
        structure = ask(DescribeRequest(model=choice.model), noun="The network")
    takes_photos = structure is None or showable.takes_photos(structure)
    if structure is not None:
        with middle:
            answers = showable.answers(structure)
        if answers:
            with right:
                answers_as_bars(choice)
            with middle:
                if showable.has_maps(structure):
                    _where_it_looks(choice)
        layer = overview.early(structure)
        if takes_photos and layer:
            _a_few_channels(choice, layer)
    tour(structure, photos=takes_photos)


def _where_it_looks(choice: Choice) -> None:
    request = AttributionRequest(model=choice.model, image=choice.photo.digest)
    attribution = ask(request, choice.photo, noun="Class activation map")
    if attribution is not None:
        file = heatmaps.overlay_file(choice.photo, attribution, request.key, heatmaps.Look())
        alt = f"Heat map over the photo for the class {attribution.target.label}"
        pictures.show(file, alt=alt, text=heatmaps.reading(attribution), **BOX)


def _a_few_channels(choice: Choice, layer: str) -> None:
    request = ActivationsRequest(model=choice.model, image=choice.photo.digest, layer=layer)
    values = ask(request, choice.photo, noun="Activations")
    if values is not None:
        strip = channels.strip_file(values, request.key)
        alt = f"Feature maps of some channels of layer {layer}"
        with st.container(key="strip"):
            pictures.show(strip, alt=alt, text=channels.strip_words(values, layer), **STRIP)


if __name__ == "__main__":
    shell.run()
