"""The lesson on Gabor filters."""


def test_opens(visit):
    """It opens."""
    app = visit("convolution", lesson="Gabor")
    assert not app.exception, app.exception
