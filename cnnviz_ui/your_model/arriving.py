"""A model file arrives: where to drop it, what happens to it, and what it turned out to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from cnnviz_engine.requests.inspection import InspectRequest
from cnnviz_ui.frame import links, own_model, state
from cnnviz_ui.frame.page import caption, facts, heading, listing, problem
from cnnviz_ui.frame.results import ask
from cnnviz_ui.layers.showable import no_photos
from cnnviz_ui.your_model import words

if TYPE_CHECKING:
    from cnnviz_ui.frame.own import Own

PRIVATE = (
    "The file is held in memory, read in a sandbox that runs no code of it, and gone an hour after "
    "its last use, or when you remove it. It is never written to disk. Until then whoever has the "
    "link of the page can open it."
)
SOURCES = (
    'Keras since 1.2: model.save("model.keras"), or as it was before: model.save("model.h5").',
    "Teachable Machine: Export Model, Tensorflow, Keras, Download; drop the .zip as it is.",
    "Weights alone (save_weights) where the network is one of keras.applications.",
)
INSTEAD = (
    'Save the whole model with model.save("model.keras") and drop that file.',
    "Of PyTorch or ONNX, convert first: cnnviz reads Keras files alone.",
    "Or look at a pretrained network: choose Pretrained networks above.",
)
ONWARD = (
    "start",
    "architecture",
    "activations",
    "filters",
    "patterns",
    "class_activation",
    "pixel_attribution",
    "localize",
    "compare",
    "convolution",
)
WITHOUT_CLASSES = ("start", *links.WITHOUT_CLASSES)
WITHOUT_PHOTOS = ("start", "architecture", "filters", "patterns", "convolution")


def drop() -> None:
    """Where the file goes; any file is taken, so that a wrong one gets a sentence of its own."""
    st.file_uploader(
        "Drop a model file: .keras, .h5, .hdf5, .model, or Teachable Machine's .zip",
        key=_field(),
        on_change=_take,
    )
    caption(PRIVATE)


def look_into() -> None:
    """Find out what the file is that arrived; while that goes on, say so."""
    upload = own_model.arriving()
    if upload is not None:
        noun = f"Looking into {upload.file_name}"
        request = InspectRequest(model=upload.name)
        summary = ask(request, noun=noun, refused=own_model.refuse)
        if summary is not None:
            own_model.settle(summary)
            st.rerun()
    refused = own_model.refused()
    if refused is not None:
        _refusal(*refused)


def where_from() -> None:
    """What can be dropped, for somebody who has nothing at hand."""
    heading("Where to get a file")
    listing(SOURCES)


def what_it_is(mine: Own) -> None:
    """Architecture, inputs, outputs, layers, repairs."""
    summary = mine.summary
    facts(words.facts(mine))
    listing(
        [
            *(words.input_sentence(mine, input_summary) for input_summary in summary.inputs),
            *(words.output_sentence(mine, output_summary) for output_summary in summary.outputs),
        ]
    )
    heading("Repairs", words.repairs_sentence(summary))
    listing(summary.repairs)
    if summary.notes:
        heading("Good to know")
        listing(summary.notes)
    heading("Layers by class")
    caption(words.layers_sentence(summary))


def in_use(mine: Own, *, chosen: bool) -> None:
    """Whether every page uses it now, with ways on; or how to use it; and how to be rid of it."""
    title, away = st.columns([5, 2], vertical_alignment="center")
    with title:
        heading(mine.upload.file_name, "In use on every page." if chosen else "")
    away.button("Remove it", type="tertiary", icon=":material/delete:", on_click=own_model.remove)
    if not chosen:
        st.button(
            "Use this model on every page",
            type="primary",
            icon=":material/check:",
            on_click=own_model.choose,
        )
        return
    with st.container(horizontal=True, key="onward"):
        for name in _pages(mine):
            links.link(name)


def _pages(mine: Own) -> tuple[str, ...]:
    """Where there is something to see of it."""
    if no_photos(mine.channels):
        return WITHOUT_PHOTOS
    return ONWARD if mine.classes else WITHOUT_CLASSES


def _refusal(file_name: str, sentence: str) -> None:
    problem(f"{file_name}: {sentence}")
    stays = own_model.own()
    if stays is not None:
        caption(f"The model before it stays: {stays.upload.file_name}.")
    with st.expander("What else can be done", icon=":material/help:"):
        listing(INSTEAD)


def _field() -> str:
    """Key of the control that takes files: a new one after each removal, and so an empty one."""
    return f"_model_upload-{own_model.removals()}"


def _take() -> None:
    """Take a new file over; to be called before anything is drawn."""
    file = state.value(_field())
    if isinstance(file, UploadedFile):
        own_model.bring(file.name, file.getvalue())
