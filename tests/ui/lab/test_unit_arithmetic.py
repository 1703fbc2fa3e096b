"""Arithmetic on Activations and Filters."""


def test_it_opens(visit):
    """Opens."""
    app = visit("activations", shown="Arithmetic")
    assert not app.exception
