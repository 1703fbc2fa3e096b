"""What the app says of its photos, held against the real models."""

import pytest

import cnnviz_core as cnnviz
from cnnviz_core.zoo.cards import find_card
from cnnviz_ui.frame import album, photos

NAMES = ("photos20", "lecture-binary", "shapes", "shapes-biased")


@pytest.fixture(params=NAMES)
def network(request):
    """A bundled model with its card."""
    return cnnviz.load_model(request.param), find_card(request.param)


def test_the_model_answers_as_the_caption_says(network):
    """Right where the true class is named alone, and wrong in just the way that is told."""
    model, card = network
    answers = {}
    for name in album.names(card):
        if true := album.true_class(card, name):
            answers[name] = (
                cnnviz.predict(model, photos.sample_photo(name).pixels).labels[0],
                album.mistaken_for(card, name) or true,
            )
    assert len(answers) >= 4
    assert {name: pair for name, pair in answers.items() if pair[0] != pair[1]} == {}


def test_the_first_photo_makes_its_point(network):
    """A sure and right answer, and a box around the object and not around the whole photo."""
    model, card = network
    photo = photos.sample_photo(album.names(card)[0])
    best = cnnviz.predict(model, photo.pixels)
    assert best.labels[0] == photo.label
    assert best.probabilities[0] > 0.9
    if card.name == "shapes-biased":
        return  # its point is that it looks at the background
    height, width = photo.pixels.shape[:2]
    found = cnnviz.bounding_box(cnnviz.grad_cam(model, photo.pixels), (height, width))
    share = (found.right - found.left) * (found.bottom - found.top) / (height * width)
    assert 0.03 < share < 0.4


def test_the_sunflower_is_inside_its_box():
    """The box of each model that opens on it holds the middle of the flower."""
    photo = photos.sample_photo("sunflower")
    for name in ("photos20", "lecture-binary"):
        heatmap = cnnviz.grad_cam(cnnviz.load_model(name), photo.pixels)
        box = cnnviz.bounding_box(heatmap, photo.pixels.shape[:2])
        assert box.left < 99 < box.right
        assert box.top < 62 < box.bottom
