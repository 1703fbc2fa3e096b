"""Compare and trust: maps held against each other, against baselines, and against the truth."""

import streamlit as st

from cnnviz_ui.compare import faithfulness, randomization, side_by_side, which_cheats
from cnnviz_ui.explain import own_photos, pickers
from cnnviz_ui.frame import shell
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.page import opening
from cnnviz_ui.frame.sidebar import current
from cnnviz_ui.widgets import controls

SECTIONS = {
    "A | B": side_by_side.two,
    "Many methods": side_by_side.many,
    "Faithfulness": faithfulness.faithfulness,
    "Randomization": randomization.randomization,
    "Which one cheats?": which_cheats.which_cheats,
}


def show() -> None:
    """One section at a time: only the open one computes."""
    choice = current()
    opening(
        "Compare and trust",
        "Every map tells a story, and some tell it about any network. Hold maps against each "
        "other, against baselines, and against what is known to be true.",
    )
    sections, look = st.columns([8, 1.2], vertical_alignment="center")
    with sections:
        section = _section()
    with look, st.popover("Options", icon=":material/tune:", width="stretch"):
        chosen = pickers.look_pickers()
    SECTIONS[section](choice, chosen)
    own_photos.right_and_wrong(choice)


def _section() -> str:
    return controls.option("Section", list(SECTIONS), key=Key.SECTION, in_sight=False)


if __name__ == "__main__":
    shell.run()
