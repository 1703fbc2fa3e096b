"""Architecture: the network as a graph, and its layers as a table."""

import streamlit as st

from cnnviz_core.looking.results import Structure
from cnnviz_engine.requests.looking import DescribeRequest
from cnnviz_ui.frame import links, shell
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.page import caption, facts, opening
from cnnviz_ui.frame.results import ask
from cnnviz_ui.frame.sidebar import current
from cnnviz_ui.layers import drawn_graph, overview
from cnnviz_ui.widgets import controls

DETAIL = ("Main layers", "Every layer")


def show() -> None:
    """The graph beside the table, totals above."""
    choice = current()
    opening(
        "Architecture",
        "A network is a chain of layers; each takes the output of the ones before it. The further "
        "down, the more of the photo one value sees: that is its receptive field.",
    )
    structure = ask(DescribeRequest(model=choice.model), noun="The network")
    if structure is None:
        return
    facts(overview.totals(structure))
    left, right = st.columns([1, 2.3], gap="medium")
    with left:
        detail = controls.option("Graph", DETAIL, key=Key.DETAIL)
        _graph(structure, every=detail == DETAIL[1])
    with right:
        _table(structure)


def _graph(structure: Structure, *, every: bool) -> None:
    chosen = list(structure.layers) if every else overview.without_details(structure)
    alt = f"Graph of {len(chosen)} layers of {structure.model}, input at the top"
    if asked := drawn_graph.draw(chosen, alt=alt):
        links.open_maps(asked)
    caption("Scroll in the graph to follow it down. A click on a box opens the maps of its layer.")


def _table(structure: Structure) -> None:
    rows = [overview.row(layer) for layer in structure.layers]
    text, number = st.column_config.TextColumn, st.column_config.NumberColumn
    st.dataframe(
        rows,
        hide_index=True,
        height="stretch",
        key="table",
        column_config={
            "Layer": text(width=overview.width(rows, "Layer")),
            "Kind": text(width=overview.width(rows, "Kind")),
            "Output": text(width=overview.width(rows, "Output")),
            "Parameters": number(format="localized", width=82),
            "Receptive field": text(
                help="The patch of the input that one value depends on, in pixels", width=102
            ),
            "Multiply-adds": number(
                format="compact", help="Multiplications with addition for one photo", width=90
            ),
            "Inputs": text(width=overview.width(rows, "Inputs")),
        },
    )
    caption(
        "Shapes are height, width, channels. Multiply-adds count one photo. The table scrolls "
        "sideways to each layer's inputs."
    )


if __name__ == "__main__":
    shell.run()
