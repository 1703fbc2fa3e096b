"""The layer that a class activation map looks at first, on every family of keras.applications."""

import keras
import pytest
from keras import layers

from cnnviz_core.network.model import last_spatial_layer
from cnnviz_core.network.tracing import trace
from cnnviz_core.network.wrapping import wrap
from cnnviz_core.zoo import applications, cards
from tests.core import networks

GOLDEN = {
    "mobilenet": ("conv_pw_13_relu", "ReLU", (7, 7, 1024)),
    "mobilenet-v2": ("out_relu", "ReLU", (7, 7, 1280)),
    "mobilenet-v3-small": ("after conv_1_bn", "Activation", (7, 7, 576)),
    "vgg16": ("block5_conv3", "Conv2D", (14, 14, 512)),
    "resnet50": ("conv5_block3_out", "Activation", (7, 7, 2048)),
    "resnet50-v2": ("post_relu", "Activation", (7, 7, 2048)),
    "inception-v3": ("mixed10", "Concatenate", (8, 8, 2048)),
    "inception-resnet-v2": ("conv_7b_ac", "Activation", (8, 8, 1536)),
    "xception": ("block14_sepconv2_act", "Activation", (10, 10, 2048)),
    "densenet121": ("relu", "Activation", (7, 7, 1024)),
    "nasnet-mobile": ("after normal_concat_12", "Activation", (7, 7, 1056)),
    "efficientnet-b0": ("top_activation", "Activation", (7, 7, 1280)),
    "efficientnet-v2-b0": ("top_activation", "Activation", (7, 7, 1280)),
    "convnext-tiny": ("after convnext_tiny_stage_3_block_2_identity", "Add", (7, 7, 768)),
}
"""Name, kind and shape. Keras numbers unnamed layers as it goes: those are named by what they
follow."""


@pytest.mark.parametrize("name", GOLDEN)
def test_families_of_keras_applications(name):
    """After normalization, activation and residual sum, all branches joined, before pooling."""
    graph = trace(applications.build(name, weights=None))
    expected, kind, shape = GOLDEN[name]
    step = graph.step(last_spatial_layer(graph))
    before = graph.producer(max(step.inputs)).name
    assert expected in (step.name, f"after {before}")
    assert (step.kind, step.shape) == (kind, shape)


@pytest.mark.parametrize("name", ["mobilenet-v3-small", "efficientnet-b0", "convnext-tiny"])
def test_logits_of_keras_applications_are_proved(name):
    """Networks with gates, swish and layer scale give their own output in parts, logits and all."""
    model = wrap(applications.build(name, weights=None), name=name)
    assert model.score_units == "logit"
    assert model.default_layer.startswith(("activation", "top_activation", "add"))


def test_every_family_here_is_offered():
    """The golden list holds at least a dozen families that can be loaded by name."""
    assert len(GOLDEN) >= 12
    assert set(GOLDEN) <= set(cards.APPLICATIONS)


def test_pooled_maps_are_looked_through():
    """A last pooling is no layer to look at: what it pools has more cells."""
    model = wrap(networks.residual(), name="n")
    assert model.default_layer == "block_relu"


@pytest.mark.parametrize(
    "behind",
    [layers.GaussianDropout(0.2), layers.RandomFlip(), layers.ZeroPadding2D(1), keras.ops.copy],
)
def test_what_changes_no_map_is_looked_through(behind):
    """Noise and borders add nothing to look at; a cropped map is another one."""
    inputs = keras.Input((16, 16, 3))
    maps = layers.Conv2D(4, 3, name="conv")(inputs)
    for finish, expected in ((behind, "conv"), (layers.Cropping2D(1, name="crop"), "crop")):
        x = layers.GlobalAveragePooling2D()(finish(maps))
        assert last_spatial_layer(trace(keras.Model(inputs, layers.Dense(3)(x)))) == expected


def test_a_vector_beside_the_image_does_not_hide_the_maps():
    """Behind a concatenation with a vector the image's branch is followed."""
    image, vector = keras.Input((16, 16, 3)), keras.Input((2,), name="vector")
    maps = layers.Conv2D(4, 3, name="conv")(image)
    x = layers.GlobalAveragePooling2D()(maps)
    x = layers.Concatenate()([x, layers.Dense(9)(layers.Dense(9)(vector))])
    network = keras.Model([image, vector], layers.Dense(3)(x))
    assert wrap(network, name="n", inputs={"vector": [0, 0]}).default_layer == "conv"


@pytest.mark.parametrize("order", [1, -1])
def test_of_several_scales_the_last_is_shown(order):
    """Where maps of several depths are averaged for the classifier, the deepest one is shown."""
    inputs = keras.Input((32, 32, 3))
    early = layers.Conv2D(4, 3, name="early")(inputs)
    late = layers.Conv2D(4, 3, strides=2, name="late")(early)
    both = [layers.GlobalAveragePooling2D()(maps) for maps in (late, early)[::order]]
    network = keras.Model(inputs, layers.Dense(3)(layers.Concatenate()(both)))
    assert wrap(network, name="n").default_layer == "late"
