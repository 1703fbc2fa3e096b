"""Your model: a Keras file of one's own, opened safely and used on every page."""

import streamlit as st

from cnnviz_ui import pretrained, your_model, your_model_choices, your_model_pixels
from cnnviz_ui.frame import own_model, shell
from cnnviz_ui.frame.page import heading, opening
from cnnviz_ui.frame.sidebar import Choice, current
from cnnviz_ui.widgets import controls

FILE = "A file of your own"
PRETRAINED = "Pretrained networks"


def show() -> None:
    """The file on the left, what is to be known of it on the right; or a table of networks."""
    choice = current()
    opening(
        "Your model",
        "Drop a Keras file, of any version since 2016, and look into it on every page. No code in "
        "it is run.",
    )
    if controls.option("Model from", (FILE, PRETRAINED), key="source") == PRETRAINED:
        pretrained.table(choice)
        return
    left, right = st.columns([5, 6], gap="medium")
    with left:
        your_model.drop()
        your_model.look_into()
    mine = own_model.own()
    if mine is None:
        with left:
            your_model.where_from()
        with right:
            _before_a_file(choice)
        return
    with left:
        your_model.in_use(mine, chosen=choice.model == mine.upload.name)
        your_model.what_it_is(mine)
    with right:
        _choices(mine, choice)


def _choices(mine: own_model.Own, choice: Choice) -> None:
    heading("What the network sees of the photo")
    your_model_pixels.picker(mine)
    your_model_pixels.seen(mine, choice.photo)
    your_model_pixels.every_mode(mine, choice.photo)
    your_model_choices.meaning(mine)
    your_model_choices.names(mine)
    your_model_choices.other_inputs(mine)


def _before_a_file(choice: Choice) -> None:
    heading(
        "What pixels go through",
        "Networks are trained on pixels prepared in one of these ways. A file rarely says which: "
        "here you see each, and choose by eye.",
    )
    your_model_pixels.example(choice)


if __name__ == "__main__":
    shell.run()
