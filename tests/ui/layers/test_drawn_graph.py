"""The network as a graph: what is written into it, and that it can be read."""

from dataclasses import replace

import standin

from cnnviz_ui.layers import drawn_graph


def brightness(colour):
    """Relative luminance of "#rrggbb", as WCAG defines it for all but the darkest."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_white_can_be_read_on_every_box():
    """4.5 to 1 at least, whatever the layer is."""
    for colour in (*drawn_graph.HUES.values(), drawn_graph.OTHER):
        assert 1.05 / (brightness(colour) + 0.05) >= 4.5


def test_names_are_written_letter_by_letter():
    """A quotation mark or backslash in a name ends no string of the graph's language."""
    layers = standin.structure().layers[:2]
    name = 'a"b\\c'
    odd = [layers[0], replace(layers[1], name=name)]
    written = drawn_graph.dot(odd, dark=False)
    assert r'"a\"b\\c" [label="a\"b\\c\nConv2D\n64' in written
    assert r'"input" -> "a\"b\\c";' in written
