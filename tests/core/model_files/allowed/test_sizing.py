import json
import math
import tracemalloc

import keras
import pytest
from keras import layers

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.allowed.checking import check
from cnnviz_core.model_files.allowed.networks import Call, CheckedLayer, Network, TensorRef
from cnnviz_core.model_files.allowed.sizing import size
from cnnviz_core.network.inputs import UNKNOWN_SIDE
from tests.core.model_files.rebuilding import assert_same_sizes, on_image, raw, rebuilt
from tests.counting import counting_lines

APPLICATIONS = [
    ("ConvNeXtTiny", 32),
    ("DenseNet121", 32),
    ("EfficientNetB0", 32),
    ("EfficientNetV2B0", 32),
    ("InceptionV3", 75),
    ("MobileNet", 32),
    ("MobileNetV2", 32),
    ("MobileNetV3Small", 32),
    ("NASNetMobile", 32),
    ("ResNet50", 32),
    ("ResNet50V2", 32),
    ("VGG16", 32),
    ("Xception", 71),
]


@pytest.mark.parametrize(("name", "side"), APPLICATIONS)
def test_every_family_of_applications_is_sized_as_keras_sizes_it(name, side):
    """Shapes, weights by name, shape and order, and the number of parameters are Keras's own."""
    model = getattr(keras.applications, name)(weights=None, input_shape=(side, side, 3), classes=7)
    network = check(raw(model))
    assert_same_sizes(model, size(network))
    del model
    keras.backend.clear_session()


@pytest.mark.parametrize("name", ["MobileNetV2", "MobileNetV3Small", "ConvNeXtTiny"])
def test_a_family_of_applications_is_rebuilt_with_its_weights_in_place(name):
    """The clean configuration has the same weights in the same order and the same outputs."""
    model = getattr(keras.applications, name)(weights=None, input_shape=(32, 32, 3), classes=7)
    again = rebuilt(check(raw(model)))
    again.set_weights(model.get_weights())
    image = keras.random.uniform((1, 32, 32, 3), seed=1)
    gap = abs(model(image, training=False) - again(image, training=False))
    assert float(keras.ops.max(gap)) < 1e-6


def test_costs_of_a_small_network_are_those_on_paper():
    """9 * 3 * 4 weights at 6 x 6 places, and 576 values of the output in 4 bytes each."""
    sizes = size(check(raw(on_image(layers.Conv2D(4, 3), (8, 8, 3)))))
    assert sizes.parameters == 9 * 3 * 4 + 4
    assert sizes.multiply_adds == 36 * 9 * 3 * 4
    assert sizes.activation_bytes == 4 * 36 * 4


def test_unknown_sides_are_reckoned_at_the_usual_size():
    """A network of any size costs what it costs at 224 x 224, and a batch counts once."""
    image = keras.Input(batch_shape=(32, None, None, 3))
    free = keras.Model(image, layers.Conv2D(4, 1)(image))
    image = keras.Input((UNKNOWN_SIDE, UNKNOWN_SIDE, 3))
    fixed = keras.Model(image, layers.Conv2D(4, 1)(image))
    of_free, of_fixed = size(check(raw(free))), size(check(raw(fixed)))
    assert of_free.multiply_adds == of_fixed.multiply_adds == 224 * 224 * 3 * 4
    assert of_free.activation_bytes == of_fixed.activation_bytes
    assert of_free.results == ((32, None, None, 4),)


def test_weights_lie_in_the_store_where_keras_puts_them(tmp_path):
    """Each variable's place is the one in Keras's own file."""
    import h5py

    image = keras.Input((8, 8, 4), name="image")
    x = layers.SeparableConv2D(4, 3, name="separable")(image)
    x = layers.BatchNormalization(name="norm")(x)
    x = layers.Reshape((36, 4), name="rows")(x)
    x = layers.MultiHeadAttention(2, 3, name="heads")(x, x)
    x = layers.GRU(5, name="gates")(x)
    model = keras.Model(image, layers.Normalization(name="measured")(x))
    model.save_weights(tmp_path / "w.weights.h5")
    sizes = size(check(raw(model)))
    with h5py.File(tmp_path / "w.weights.h5") as file:
        for name, kind in (
            ("separable", "separable_conv2d"),
            ("norm", "batch_normalization"),
            ("heads", "multi_head_attention"),
            ("gates", "gru"),
            ("measured", "normalization"),
        ):
            for variable in sizes.variables[(name,)]:
                assert file[f"layers/{kind}/{variable.store}"].shape == variable.shape


def _image(shape=(None, 64, 64, 3)):
    return CheckedLayer("image", "InputLayer", {"batch_shape": list(shape), "dtype": "float32"})


def _chain(*made, shape=(None, 64, 64, 3)):
    """A raw Sequential model of layers given by class and settings."""
    listed = [
        {
            "module": "keras.layers",
            "class_name": "InputLayer",
            "config": {"batch_shape": list(shape), "dtype": "float32", "name": "image"},
        }
    ]
    for index, (name, config) in enumerate(made):
        listed.append(
            {
                "module": "keras.layers",
                "class_name": name,
                "config": {"name": f"layer_{index}", **config},
            }
        )
    return {
        "module": "keras",
        "class_name": "Sequential",
        "config": {"name": "chain", "layers": listed},
    }


BOMBS = {
    "wide dense": (_chain(("Flatten", {}), ("Dense", {"units": 6_000_000})), "parameters"),
    "upsampling": (_chain(("UpSampling2D", {"size": 4000})), "the most is 4096"),
    "upsampling of channels": (
        _chain(("Conv2D", {"filters": 16, "kernel_size": 1}), ("UpSampling2D", {"size": [60, 60]})),
        "MiB",
    ),
    "padding": (_chain(("ZeroPadding2D", {"padding": 4000})), "the most is 4096"),
    "resizing": (
        _chain(
            ("Resizing", {"height": 4096, "width": 4096}),
            ("Conv2D", {"filters": 64, "kernel_size": 1}),
        ),
        "MiB",
    ),
    "filters": (_chain(("Conv2D", {"filters": 2**20, "kernel_size": 64})), "parameters"),
    "kernel": (_chain(("Conv2D", {"filters": 1, "kernel_size": 5000})), "whole number"),
    "repeat": (
        _chain(("Flatten", {}), ("RepeatVector", {"n": 60_000})),
        "MiB",
    ),
    "depth": (_chain(("DepthwiseConv2D", {"kernel_size": 1, "depth_multiplier": 2**19})), "MiB"),
    "normalization": (
        _chain(
            ("Reshape", {"target_shape": [-1]}),
            ("Dense", {"units": 300}),
            ("Reshape", {"target_shape": [300, 1]}),
            ("MultiHeadAttention", {"num_heads": 65536, "key_dim": 65536}),
        ),
        "called with|parameters",
    ),
    "work": (
        _chain(
            ("UpSampling2D", {"size": 8}),
            *[("Conv2D", {"filters": 128, "kernel_size": 31, "padding": "same"})] * 2,
        ),
        "multiplications",
    ),
    "pooling": (
        _chain(
            ("AveragePooling2D", {"pool_size": 2000, "strides": 1, "padding": "same"}),
            shape=(None, 1000, 1000, 3),
        ),
        "multiplications",
    ),
    "input": (_chain(("Flatten", {}), shape=(None, 4096, 4096, 400)), "MiB"),
    "many": (
        _chain(
            ("Conv2D", {"filters": 100, "kernel_size": 1}),
            *[("ReLU", {})] * 45,
            shape=(None, 512, 512, 3),
        ),
        "layers make more than 4096 MiB",
    ),
    "prelu": (
        _chain(*[("UpSampling2D", {"size": 8})] * 2, ("PReLU", {}), shape=(None, 64, 64, 9)),
        "MiB|parameters",
    ),
    "list of layers": (_chain(*[("ReLU", {})] * 3100), "more than 3000 layers"),
    "side": (
        _chain(("Flatten", {}), shape=(None, 2**31 - 1, 2**31 - 1, 3)),
        "the most is 4096|MiB",
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_before_anything_is_made(name):
    """Small files that would fill memory or time are refused in few steps and little memory.

    Steps grow with what a file says, not with the sizes that it asks for.
    """
    configuration, sentence = BOMBS[name]
    tracemalloc.start()
    with pytest.raises(ModelFileError, match=sentence), counting_lines() as done:
        size(check(configuration))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert done.total < 10 * len(json.dumps(configuration))
    assert peak < 50 * 2**20


def _laughs(depth, calls):
    """Models that call a model of their own several times, one inside the other."""
    inner = None
    for level in range(depth):
        steps = [TensorRef("image", 0, 0)]
        held = f"held_{level}"
        for call in range(calls):
            steps.append(TensorRef(held, call, 0))
        made = tuple(Call((step,), {}) for step in steps[:-1])
        layer = (
            CheckedLayer(held, "ReLU", {}, made)
            if inner is None
            else CheckedLayer(held, inner.kind, {}, made, inner)
        )
        inner = Network(f"level_{level}", "Functional", (_image(), layer), [steps[0]], [steps[-1]])
    return inner


def test_models_that_call_models_that_call_models_are_counted_as_written_out():
    """Ten levels of ten calls are ten thousand million, and refused in a few steps a level."""
    for depth in (10, 20):
        laughs = _laughs(depth, 10)
        with pytest.raises(ModelFileError, match="Written out"), counting_lines() as done:
            size(laughs)
        assert done.total < 30 * depth
    assert size(_laughs(3, 3)).parameters == 0


def test_layers_that_do_not_fit_each_other_are_refused():
    """A sentence names the layer."""
    with pytest.raises(ModelFileError, match=r"Layer 'layer_0' \(Conv2D\) must be called on"):
        size(check(_chain(("Conv2D", {"filters": 2, "kernel_size": 65}))))
    with pytest.raises(ModelFileError, match="groups divide"):
        size(check(_chain(("Conv2D", {"filters": 4, "kernel_size": 1, "groups": 2}))))


def test_a_shared_layer_needs_the_same_weights_at_every_call():
    """One that is called on other channels than before is refused."""
    image = keras.Input((8, 8, 3))
    dense = layers.Dense(3, name="dense")
    configuration = raw(keras.Model(image, dense(dense(image))))
    configuration["config"]["layers"][1]["config"]["units"] = 5
    with pytest.raises(ModelFileError, match="different weights"):
        size(check(configuration))


def test_a_nested_model_is_called_on_what_it_takes():
    """Its own input says which sides; others are refused."""
    inner = keras.Input((4, 4, 3), name="inner_image")
    base = keras.Model(inner, layers.Flatten()(inner), name="base")
    image = keras.Input((4, 4, 3))
    configuration = raw(keras.Model(image, base(image)))
    nested = next(entry for entry in configuration["config"]["layers"] if entry["name"] == "base")
    nested["config"]["layers"][0]["config"]["batch_shape"] = [None, 5, 4, 3]
    with pytest.raises(ModelFileError, match="takes tensors of shape"):
        size(check(configuration))


def test_an_output_that_is_not_there_is_refused():
    """A reference to the second output of a layer of one."""
    configuration = raw(on_image(layers.ReLU()))
    name = configuration["config"]["layers"][-1]["name"]
    configuration["config"]["output_layers"] = [[name, 0, 1]]
    with pytest.raises(ModelFileError, match="reads output 1"):
        size(check(configuration))


def test_parameters_are_added_up_once_for_a_shared_layer():
    """A layer called twice holds its weights once."""
    image = keras.Input((8, 8, 3))
    dense = layers.Dense(3)
    sizes = size(check(raw(keras.Model(image, dense(dense(image))))))
    assert sizes.parameters == 12
    assert math.prod(next(iter(sizes.variables.values()))[0].shape) == 9
