"""Compare: maps held against each other, and against baselines."""

import streamlit as st

from cnnviz_ui.compare import faithfulness, randomization, side_by_side
from cnnviz_ui.explain import own_photos, pickers
from cnnviz_ui.frame import links, shell
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.page import opening
from cnnviz_ui.frame.sidebar import current
from cnnviz_ui.trust import looked_at
from cnnviz_ui.widgets import controls

SECTIONS = {
    "A | B": side_by_side.two,
    "Many methods": side_by_side.many,
    "Faithfulness": faithfulness.faithfulness,
    "Randomization": randomization.randomization,
}


def show() -> None:
    """One section at a time: only the open one computes."""
    choice = current()
    links.moved(Key.SECTION, "Which one cheats?", "which_cheats")
    opening(
        "Compare",
        "Every map tells a story, and some tell it about any network. Hold maps against each "
        "other, against baselines, and against a network that knows nothing.",
    )
    looked_at.take_over()
    sections, look = st.columns([8, 1.2], vertical_alignment="center")
    with sections:
        section = controls.option("Section", list(SECTIONS), key=Key.SECTION, in_sight=False)
    with look, st.popover("Options", icon=":material/tune:", width="stretch"):
        chosen = pickers.look_pickers()
    SECTIONS[section](choice, chosen)
    own_photos.right_and_wrong(choice)


if __name__ == "__main__":
    shell.run()
