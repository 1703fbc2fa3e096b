"""The networks of keras.applications as a table to choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from cnnviz_core.zoo.cards import available_models
from cnnviz_core.zoo.weight_files import weights_present
from cnnviz_ui.frame import state
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.page import caption, heading

if TYPE_CHECKING:
    from cnnviz_core.zoo.cards import ModelCard
    from cnnviz_ui.frame.sidebar import Choice

FAMILY = "keras.applications"
HERE, AWAY = "on this machine", "to download"
KEY = "_pretrained"


def table(choice: Choice) -> None:
    """Every network with its size and accuracy; a row that is clicked can be used at once."""
    cards = [card for card in available_models() if card.family == FAMILY]
    here = weights_present()
    heading(
        f"{len(cards)} networks of keras.applications, trained on ImageNet",
        "Choose a row. Weights that are not on this machine are downloaded when the network is "
        "first used, with a progress bar, where the server has a network.",
    )
    st.dataframe(
        [_row(card, here=card.name in here) for card in cards],
        hide_index=True,
        height=380,
        key=KEY,
        on_select="rerun",
        selection_mode="single-row",
        placeholder="\u2013",
        column_config={
            "Network": st.column_config.TextColumn(width=170),
            "File, MB": st.column_config.NumberColumn(format="%.0f", width=80),
            "Parameters": st.column_config.NumberColumn(format="localized", width=110),
            "Top 1, %": st.column_config.NumberColumn(
                format="%.1f", width=80, help="Pictures of ImageNet whose class comes first"
            ),
            "Top 5, %": st.column_config.NumberColumn(
                format="%.1f", width=80, help="Pictures whose class is among the first five"
            ),
        },
    )
    _use(choice, cards)
    caption("Sizes and accuracies as Keras's documentation states them; a dash where it has none.")


def _row(card: ModelCard, *, here: bool) -> dict[str, Any]:
    return {
        "Network": card.name,
        "Family": card.group,
        "Input": f"{card.input_size[0]} \u00d7 {card.input_size[1]} px",
        "File, MB": None if card.size_bytes is None else card.size_bytes / 2**20,
        "Parameters": card.parameters,
        "Top 1, %": card.top1,
        "Top 5, %": card.top5,
        "Weights": HERE if here else AWAY,
    }


def _use(choice: Choice, cards: list[ModelCard]) -> None:
    rows = state.value(KEY)["selection"]["rows"]
    chosen = cards[rows[0]] if rows and rows[0] < len(cards) else None
    if chosen is None:
        caption(f"In use on every page: {choice.card.title}.")
    elif chosen.name == choice.model:
        caption(f"{chosen.name} is in use on every page.")
    else:
        st.button(
            f"Use {chosen.name} on every page",
            type="primary",
            icon=":material/check:",
            on_click=_choose,
            args=(chosen.name,),
        )


def _choose(name: str) -> None:
    """To be called before the picker is drawn."""
    state.choose({Key.MODEL: name})
