"""Your model: a Keras file of one's own, opened safely and used on every page."""

import streamlit as st

from cnnviz_ui.frame import own_model, shell
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.own import Own
from cnnviz_ui.frame.page import heading, opening
from cnnviz_ui.frame.sidebar import Choice, current
from cnnviz_ui.widgets import controls
from cnnviz_ui.your_model import arriving, choices, pixels, pretrained

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
    if controls.option("Model from", (FILE, PRETRAINED), key=Key.SOURCE) == PRETRAINED:
        pretrained.table(choice)
        return
    left, right = st.columns([5, 6], gap="medium")
    with left:
        arriving.drop()
        arriving.look_into()
    mine = own_model.own()
    if mine is None:
        with left:
            arriving.where_from()
        with right:
            _before_a_file(choice)
        return
    with left:
        arriving.in_use(mine, chosen=choice.model == mine.upload.name)
        arriving.what_it_is(mine)
    with right:
        _choices(mine, choice)


def _choices(mine: Own, choice: Choice) -> None:
    heading("What the network sees of the photo")
    pixels.picker(mine)
    pixels.seen(mine, choice.photo)
    pixels.every_mode(mine, choice.photo)
    choices.meaning(mine)
    choices.names(mine)
    choices.other_inputs(mine)


def _before_a_file(choice: Choice) -> None:
    heading(
        "What pixels go through",
        "Networks are trained on pixels prepared in one of these ways. A file rarely says which: "
        "here you see each, and choose by eye.",
    )
    pixels.example(choice)


if __name__ == "__main__":
    shell.run()
