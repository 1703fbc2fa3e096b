"""Which one cheats? Two networks, one picture of which every truth is known."""

import streamlit as st

from cnnviz_ui.compare import which_cheats
from cnnviz_ui.explain import pickers
from cnnviz_ui.frame import shell
from cnnviz_ui.frame.page import opening


def show() -> None:
    """The picture, what each network answers, and what it looks at."""
    opening(
        "Which one cheats?",
        "Two networks name the shape in a picture, and both seem good at it. One has found an "
        "easier clue than the shape: its maps give it away.",
    )
    story, look = st.columns([8, 1.2], vertical_alignment="bottom")
    with look, st.popover("Options", icon=":material/tune:", width="stretch"):
        chosen = pickers.look_pickers()
    with story:
        asked = which_cheats.choose()
    which_cheats.tell(asked, chosen)


if __name__ == "__main__":
    shell.run()
