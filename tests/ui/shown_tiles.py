"""Tiles as a page in Streamlit's test harness has them."""

import json


def tiles_of(app):
    """What each group of tiles on the page is given."""
    parts = [element.proto for element in app.get("bidi_component")]
    return [json.loads(part.json) for part in parts if part.component_name == "cnnviz_tiles"]
