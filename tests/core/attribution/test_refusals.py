"""What is no image, class, layer or number is refused in a sentence by every method."""

import numpy as np
import pytest

from cnnviz_core import Contrast, explain, grabcut, grad_cam, predict, randomization_check
from cnnviz_core.attribution.catalogue import METHODS
from cnnviz_core.errors import ImageError, LayerNotFoundError, OptionError, TargetError
from cnnviz_core.network.wrapping import wrap
from cnnviz_core.targets import Target
from tests.core import networks

FEW = {"num_masks": 4, "num_samples": 4, "num_steps": 2, "top_channels": 2}
NO_IMAGES = {
    "floats": np.zeros((8, 8, 3)),
    "16 bits": np.zeros((8, 8, 3), np.uint16),
    "grey": np.zeros((8, 8), np.uint8),
    "one channel": np.zeros((8, 8, 1), np.uint8),
    "with alpha": np.zeros((8, 8, 4), np.uint8),
    "a batch": np.zeros((1, 8, 8, 3), np.uint8),
    "no pixels": np.zeros((0, 8, 3), np.uint8),
    "a list": [[[0, 0, 0]]],
    "nothing": None,
}


@pytest.fixture(scope="module")
def model():
    """A small network."""
    return wrap(networks.conv_mean_dense(), name="n", preprocessing="unit")


@pytest.mark.parametrize("kind", NO_IMAGES)
def test_what_is_no_image_is_refused(model, kind):
    """Nothing is guessed: another type or shape gets a sentence, no traceback."""
    image = NO_IMAGES[kind]
    with pytest.raises(ImageError, match="An image is a NumPy array of uint8"):
        predict(model, image)
    for method in METHODS:
        with pytest.raises(ImageError, match="An image is a NumPy array of uint8"):
            explain(model, image, 1, method=method)
    attribution = grad_cam(model, np.full((8, 8, 3), 200, np.uint8))
    with pytest.raises(ImageError, match="An image is"):
        grabcut(image, attribution)


@pytest.mark.parametrize("size", [(1, 1), (1, 200), (300, 2), (2000, 1500)])
@pytest.mark.parametrize("method", METHODS)
def test_images_of_any_size_are_explained(model, method, size):
    """A single pixel and a large photo alike give finite maps."""
    image = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    attribution = explain(model, image, 1, method=method, amount=FEW.get(METHODS[method].amount))
    assert np.isfinite(attribution.values).all()
    assert np.isfinite(attribution.resized(*size)).all()


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        (1.0, "'1.0' names no class"),
        ((0, 1), "names no class"),
        (Contrast(0, None), "needs two classes"),
        (Contrast(Contrast(0, 1), 1), "names no class"),
        (Target(1, "elsewhere"), "Class 1, 'elsewhere', is not one"),
        (Target(99, "class 99"), "Class 99, 'class 99', is not one"),
    ],
)
def test_what_is_no_class_is_refused(model, photo, target, sentence):
    """A target is an index, a label, a class of this model, or a contrast of two."""
    with pytest.raises(TargetError, match=sentence):
        grad_cam(model, photo, target)


@pytest.mark.parametrize("method", [name for name in METHODS if METHODS[name].amount])
def test_amounts_are_whole_numbers(model, photo, method):
    """Half a mask is refused, and so is none."""
    for amount in (0, -3, 2.5):
        with pytest.raises(OptionError, match=f"={amount} was given"):
            explain(model, photo, 1, method=method, amount=amount)


@pytest.mark.parametrize("method", [name for name in METHODS if METHODS[name].seeded])
def test_seeds_are_whole_numbers_from_zero(model, photo, method):
    """What no generator takes is refused before anything runs."""
    for seed in (-1, 0.5, 2**70):
        with pytest.raises(OptionError, match="seed="):
            explain(model, photo, 1, method=method, seed=seed)


def test_names_of_any_type_are_refused_in_words(model, photo):
    """A number for a name gives the sentence of an unknown name."""
    with pytest.raises(LayerNotFoundError, match="no layer named '3'"):
        grad_cam(model, photo, layer=3)
    with pytest.raises(TargetError, match="no output '0'"):
        grad_cam(model, photo, output=0)
    with pytest.raises(OptionError, match="'grad_camera' is unknown"):
        randomization_check(model, photo, "grad_camera")
    assert randomization_check(model, photo, "saliency", layers="conv2").layers == ("conv2",)


@pytest.mark.parametrize("method", [name for name in METHODS if METHODS[name].progressive])
def test_only_false_stops(model, photo, method):
    """A listener that returns nothing hears every step, and the map is whole."""
    steps = []
    amount = {"num_samples": 20, "num_steps": 20, "num_masks": 20}.get(METHODS[method].amount)
    whole = explain(model, photo, 1, method=method, amount=amount)
    heard = explain(
        model,
        photo,
        1,
        method=method,
        amount=amount,
        on_step=lambda step, total, preview: steps.append((step, total)),
    )
    assert steps[-1][0] == steps[-1][1]
    np.testing.assert_array_equal(heard.values, whole.values)
