"""What a file does not say is guessed with a reason; what it does say is not."""

import pytest

from cnnviz_core.model_files.allowed.networks import Call, CheckedLayer, Network, TensorRef
from cnnviz_core.model_files.telling.guessing import (
    guess_meaning,
    guess_preprocessing,
    losses_named,
)


def network(*layers, inner=None):
    """A Sequential network of (kind, name) pairs, with a nested one in the end where given."""
    made = [CheckedLayer(name, kind, {}) for kind, name in layers]
    if inner is not None:
        made.append(CheckedLayer(inner.name, inner.kind, {}, inner=inner))
    return Network("model", "Sequential", tuple(made))


def guessed(built, channels=3, **options):
    """The guess for a network."""
    return guess_preprocessing(built, channels, teachable=options.get("teachable", False))


def test_a_rescaling_layer_means_raw_pixels_and_is_named():
    """Augmentation before it changes nothing; a layer with weights before it does."""
    inside = network(("InputLayer", "i"), ("RandomFlip", "flip"), ("Rescaling", "scale"))
    assert guessed(inside).value == "raw"
    assert "'scale' (Rescaling)" in guessed(inside).reason
    late = network(("InputLayer", "i"), ("Conv2D", "c"), ("Rescaling", "scale"))
    assert guessed(late).value == "unit"


def test_what_keeps_the_scale_of_pixels_hides_no_rescaling_behind_it():
    """Cropped, pooled, repeated or with noise, a picture is as bright; a model says nothing."""
    kinds = ("Cropping2D", "SpatialDropout2D", "GaussianNoise", "MaxPooling2D", "UpSampling2D")
    before = network(("InputLayer", "i"), *((kind, kind) for kind in kinds))
    inside = network(inner=before)
    scale = CheckedLayer("scale", "Rescaling", {})
    guess = guessed(Network("m", "Sequential", (*inside.layers, scale)))
    assert (guess.value, "'scale'" in guess.reason) == ("raw", True)
    bent = network(("InputLayer", "i"), ("ReLU", "relu"), ("Rescaling", "scale"))
    assert guessed(bent).value == "unit"


def test_arithmetic_with_a_constant_rescales_and_a_sum_of_tensors_does_not():
    """`x / 127.5` is rescaling; adding two tensors is a residual sum."""
    image = TensorRef("i", 0, 0)
    source = CheckedLayer("i", "InputLayer", {})
    constant = CheckedLayer("d", "keras.src.ops.numpy.TrueDivide", {}, (Call((image, 127.5), {}),))
    assert guessed(Network("m", "Functional", (source, constant))).value == "raw"
    tensors = CheckedLayer("a", "Add", {}, (Call(([image, image],), {}),))
    assert guessed(Network("m", "Functional", (source, tensors))).value == "unit"


@pytest.mark.parametrize(
    ("names", "mode"),
    [
        ("conv1 conv_dw_1 conv_pw_1 conv_pw_13", "tf"),
        ("Conv1 bn_Conv1 expanded_conv_depthwise block_16_project", "tf"),
        ("block1_conv1 block1_conv2 block5_conv3", "caffe"),
        ("block1_conv1 block1_conv1_bn block1_conv2 block14_sepconv2", "tf"),
        ("conv1_conv conv2_block1_1_conv conv2_block1_0_bn", "caffe"),
        ("conv1 bn_conv1 res2a_branch2a", "caffe"),
        ("conv1_conv conv2_block1_preact_bn conv2_block1_1_conv", "tf"),
        ("conv2_block1_0_bn conv2_block1_1_conv pool2_conv", "torch"),
        ("stem_conv stem_bn block1a_dwconv", "torch"),
        ("stem_conv stem_bn block1a_project_conv block2a_expand_conv", "tf"),
    ],
)
def test_a_base_of_keras_applications_is_known_by_its_layers(names, mode):
    """Flat and nested alike; the reason names the base."""
    flat = network(("InputLayer", "i"), *(("Conv2D", name) for name in names.split()))
    assert guessed(flat).value == mode
    nested = network(("InputLayer", "i"), inner=flat)
    assert guessed(nested) == guessed(flat)
    assert "has the layers of" in guessed(nested).reason


def test_a_base_with_its_own_rescaling_takes_raw_pixels():
    """EfficientNet rescales inside unless that was left out."""
    layers = [("Conv2D", name) for name in ("stem_conv", "stem_bn", "block1a_dwconv")]
    assert guessed(network(("InputLayer", "i"), ("Rescaling", "r"), *layers)).value == "raw"


def test_one_channel_gets_no_preprocessing_made_for_rgb():
    """The means of "caffe" and "torch" are of three channels."""
    names = ("block1_conv1", "block1_conv2", "block5_conv3")
    vgg = network(*(("Conv2D", name) for name in names))
    assert guessed(vgg, channels=1).value == "unit"


def test_teachable_machine_and_the_unknown():
    """An export of Teachable Machine is known by its labels; else the lessons' / 255, said so."""
    plain = network(("InputLayer", "i"), ("Conv2D", "c"))
    assert guessed(plain, teachable=True).value == "tf"
    assert guessed(plain).value == "unit"
    assert "Nothing in the file tells" in guessed(plain).reason


@pytest.mark.parametrize(
    ("shape", "activation", "loss", "meaning"),
    [
        ((10,), "softmax", None, "classes"),
        ((1,), "sigmoid", "mse", "classes"),
        ((10,), "linear", None, "classes"),
        ((10,), "linear", "mse", "numbers"),
        ((1,), "linear", None, "numbers"),
        ((1,), "linear", "binarycrossentropy", "classes"),
        ((10,), "log_softmax", None, "classes"),
        ((4,), "relu", None, "numbers"),
        ((32, 32, 2), "softmax", None, "numbers"),
        ((None,), "softmax", None, "numbers"),
    ],
)
def test_what_an_output_means(shape, activation, loss, meaning):
    """Softmax and sigmoid list classes; a map never does; a linear end is told by its loss."""
    guess = guess_meaning(shape, activation, loss)
    assert guess.value == meaning
    assert guess.reason.endswith(".")


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("mean_squared_error", {None: "meansquarederror"}),
        ({"class_name": "MeanSquaredError", "config": {}}, {None: "meansquarederror"}),
        ({"class_name": "function", "config": "mse"}, {None: "mse"}),
        ({"a": "mse", "b": "sparse-crossentropy"}, {"a": "mse", "b": "sparsecrossentropy"}),
        (["sparse_categorical_crossentropy"], {None: "sparsecategoricalcrossentropy"}),
        (None, {}),
        (7, {}),
        ({"a": [1, 2]}, {}),
        (["mse", "mae"], {}),
    ],
)
def test_losses_of_any_writing(value, named):
    """Names, classes and functions, for all outputs or each; anything else says nothing."""
    assert losses_named(value) == named
