"""Architecture: the network as a graph, and its layers as a table."""

import streamlit as st

from cnnviz_core.looking.results import Structure
from cnnviz_engine.requests.looking import DescribeRequest
from cnnviz_ui.frame import shell
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.page import caption, facts, opening
from cnnviz_ui.frame.results import ask
from cnnviz_ui.frame.sidebar import current
from cnnviz_ui.layers import overview
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
    left, right = st.columns([1, 1.9], gap="medium")
    with left:
        detail = controls.option("Graph", DETAIL, key=Key.DETAIL)
        _graph(structure, every=detail == DETAIL[1])
    with right:
        _table(structure)


def _graph(structure: Structure, *, every: bool) -> None:
    chosen = list(structure.layers) if every else overview.without_details(structure)
    dark = st.context.theme.type == "dark"
    alt = f"Graph of {len(chosen)} layers of {structure.model}, input at the top"
    with st.container(height=400, key="graph"):
        st.graphviz_chart(overview.graph(chosen, dark=dark), width="content", alt=alt)
    caption("Scroll in the graph to follow it down. Blue boxes are convolutions.")


def _table(structure: Structure) -> None:
    st.dataframe(
        [overview.row(layer) for layer in structure.layers],
        hide_index=True,
        height=465,
        key="table",
        column_config={
            "Layer": st.column_config.TextColumn(width=128),
            "Kind": st.column_config.TextColumn(width=112),
            "Output": st.column_config.TextColumn(width=94),
            "Parameters": st.column_config.NumberColumn(format="localized", width=80),
            "Multiply-adds": st.column_config.NumberColumn(
                format="compact", help="Multiplications with addition for one photo", width=92
            ),
            "Receptive field": st.column_config.TextColumn(
                help="The patch of the input that one value depends on, in pixels", width=104
            ),
        },
    )
    caption("Shapes are height, width, channels. Multiply-adds count one photo.")


if __name__ == "__main__":
    shell.run()
