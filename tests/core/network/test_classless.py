"""Networks without class scores: what needs no class works, what needs one says why not."""

import keras
import numpy as np
import pytest
from keras import layers

import cnnviz_core as cnnviz
from cnnviz_core.errors import ModelFileError, NoClassesError
from cnnviz_core.network.wrapping import wrap


def segmentation():
    """A network that answers with a map of two numbers a pixel, of any size."""
    keras.utils.set_random_seed(0)
    image = keras.Input((None, None, 3))
    maps = layers.Conv2D(4, 3, padding="same", activation="relu", name="first")(image)
    return keras.Model(image, layers.Conv2D(2, 1, activation="sigmoid", name="mask")(maps))


def regression():
    """A network that answers with one number, as for an age."""
    keras.utils.set_random_seed(0)
    image = keras.Input((16, 16, 3))
    maps = layers.Conv2D(4, 3, activation="relu", name="first")(image)
    return keras.Model(image, layers.Dense(1, name="age")(layers.Flatten()(maps)))


BUILDS = {"segmentation": (segmentation, True), "regression": (regression, False)}


@pytest.fixture(params=BUILDS)
def model(request):
    """A model without classes."""
    build, classes = BUILDS[request.param]
    return wrap(build(), name="own", classes=classes)


def test_what_needs_no_class_works(model, photo):
    """Structure, activations, kernels, sparsity and patterns are as of any network."""
    structure = cnnviz.structure(model)
    assert structure.labels == ()
    assert structure.output_kind == "none"
    assert structure.classless == model.classless != ""
    maps = cnnviz.activations(model, photo, ["first"])["first"]
    kernel, bias = (np.asarray(weight) for weight in model.network.get_layer("first").weights)
    pixels = model.preprocess(photo)[0]
    row, column = 4, 5
    top = row - (model.network.get_layer("first").padding == "same")
    left = column - (model.network.get_layer("first").padding == "same")
    patch = pixels[top : top + 3, left : left + 3]
    expected = np.maximum(np.einsum("hwc,hwco->o", patch, kernel) + bias, 0)
    np.testing.assert_allclose(maps[row, column], expected, rtol=1e-4, atol=1e-4)
    assert np.array_equal(cnnviz.kernels(model, "first").weights, kernel)
    assert cnnviz.sparsity(model, photo)[0].name == "first"
    channel = cnnviz.Channel("first", 1)
    grown = cnnviz.maximize(model, [channel], size=32, steps=8, seed=0)
    assert grown.reached[0] > grown.start[0]


@pytest.mark.parametrize(
    "ask",
    [
        lambda model, photo: cnnviz.predict(model, photo),
        lambda model, photo: cnnviz.grad_cam(model, photo),
        lambda model, photo: cnnviz.grad_cam(model, photo, 0),
        lambda model, photo: cnnviz.eigen_cam(model, photo),
        lambda model, photo: cnnviz.score_cam(model, photo, 0),
        lambda model, photo: cnnviz.saliency(model, photo, cnnviz.Contrast(0, 1)),
        lambda model, photo: cnnviz.guided_backpropagation(model, photo),
        lambda model, photo: cnnviz.integrated_gradients(model, photo),
        lambda model, photo: cnnviz.occlusion(model, photo),
        lambda model, photo: cnnviz.rise(model, photo, 1),
        lambda model, photo: cnnviz.lime(model, photo),
        lambda model, photo: cnnviz.xrai(model, photo),
        lambda model, photo: cnnviz.maximize(model, [cnnviz.ClassLogit(0)]),
        lambda model, photo: cnnviz.deletion(
            model, photo, cnnviz.baseline_map("centre", photo, model.input_size)
        ),
        lambda model, photo: cnnviz.randomization_check(model, photo, "grad_cam"),
    ],
)
def test_what_needs_a_class_says_why_not(model, photo, ask):
    """Every method that explains a class refuses with the same sentence."""
    with pytest.raises(NoClassesError, match="not with class scores"):
        ask(model, photo)


def test_the_sentence_names_what_comes_out():
    """A map is told from a number, and several numbers are counted."""
    assert "any x any x 2 numbers" in wrap(segmentation(), name="own").classless
    assert "one number," in wrap(regression(), name="own", classes=False).classless
    image = keras.Input((8, 8, 3))
    box = keras.Model(image, layers.Dense(4)(layers.Flatten()(image)))
    assert "4 numbers," in wrap(box, name="own", classes=False).classless
    assert wrap(box, name="own").labels == ("class 0", "class 1", "class 2", "class 3")


def test_labels_for_no_classes_are_refused():
    """Labels cannot be laid on a network without classes."""
    with pytest.raises(ModelFileError, match="2 labels were given for a network with 0 classes"):
        wrap(regression(), name="own", classes=False, labels=["young", "old"])
