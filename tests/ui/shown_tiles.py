"""What components of ours are given on a page in Streamlit's test harness."""

import json


def given_to(app, name):
    """What each component of a name on the page is given."""
    parts = [element.proto for element in app.get("bidi_component")]
    return [json.loads(part.json) for part in parts if part.component_name == name]


def tiles_of(app):
    """What each group of tiles on the page is given."""
    return given_to(app, "cnnviz_tiles")
