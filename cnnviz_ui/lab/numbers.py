from __future__ import annotations
from typing import TYPE_CHECKING
from cnnviz_ui.frame.page import caption

if TYPE_CHECKING:
    from cnnviz_ui.frame.sidebar import Choice


def draw(choice: Choice) -> None:
    """To be built."""
    caption("To be built")
