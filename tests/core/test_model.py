"""Graphs, heads, preprocessing and loading: the ground that every method stands on."""

import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import cnnviz_core as cnnviz
from cnnviz_core import applications, zoo
from cnnviz_core.errors import (
    ModelFileError,
    ModelNotFoundError,
    OptionError,
    TargetError,
    UnsupportedModelError,
    WeightsUnavailableError,
)
from cnnviz_core.loading import wrap
from cnnviz_core.preprocessing import MODES
from cnnviz_core.probing import End
from tests.core import networks

SHARED = Path(__file__).parents[3] / "shared" / "keras-home"
FAMILIES = {
    "mobilenet": "conv_pw_13_relu",
    "mobilenet-v2": "out_relu",
    "mobilenet-v3-small": "activation_17",
    "vgg16": "block5_conv3",
    "resnet50": "conv5_block3_out",
    "resnet50-v2": "post_relu",
    "inception-v3": "mixed10",
    "xception": "block14_sepconv2_act",
    "densenet121": "relu",
    "nasnet-mobile": "activation_187",
    "efficientnet-b0": "top_activation",
    "efficientnet-v2-b0": "top_activation",
    "convnext-tiny": None,
}


def random_batch(network, count=2):
    """Noise of the network's input shape."""
    return np.random.default_rng(3).uniform(0, 1, (count, *network.input_shape[1:])).astype("f4")


@pytest.mark.parametrize("build", [networks.conv_mean_dense, networks.residual, networks.binary])
def test_steps_equal_the_whole(build):
    """Run step by step, the output is the network's own."""
    network = build()
    model = wrap(network, name="n")
    batch = random_batch(network)
    (output,) = model.probe.outputs((End.OUTPUT,))(tf.constant(batch))
    np.testing.assert_allclose(output, network(batch, training=False), atol=1e-6)


def test_shared_layer_is_two_steps():
    """A layer called twice is listed twice, computes twice, and its weights count once."""
    inputs = keras.Input((16, 16, 3))
    shared = layers.Conv2D(3, 3, padding="same", name="shared")
    x = layers.GlobalAveragePooling2D()(shared(shared(inputs)))
    network = keras.Model(inputs, layers.Dense(2, activation="softmax")(x))
    table = cnnviz.structure(wrap(network, name="n"))
    names = [layer.name for layer in table.layers]
    assert names[1:3] == ["shared", "shared:2"]
    assert table.parameters == network.count_params()


def test_doubly_nested_names_and_values():
    """Models inside models are opened to the last, and named by their path."""
    flat = networks.conv_mean_dense()
    inner = networks.nested_twin(flat, "conv2")
    outer_input = keras.Input((32, 32, 3))
    outer = keras.Model(outer_input, inner(outer_input))
    model = wrap(outer, name="n")
    assert "nested/base/conv1" in model.spatial_layers
    batch = random_batch(flat)
    conv1 = keras.Model(flat.input, flat.get_layer("conv1").output)
    (found,) = model.probe.outputs(("nested/base/conv1",))(tf.constant(batch))
    np.testing.assert_allclose(found, conv1(batch), atol=1e-6)


def head_variants():
    """The same logits behind every common ending."""
    kinds = {}

    def ending(name, finish):
        inputs = keras.Input((16, 16, 3))
        x = layers.Conv2D(5, 3, activation="relu", name="conv")(inputs)
        kinds[name] = keras.Model(inputs, finish(layers.GlobalAveragePooling2D(keepdims=True)(x)))

    ending("dense", lambda x: layers.Dense(3, activation="softmax")(layers.Flatten()(x)))
    ending("apart", lambda x: layers.Activation("softmax")(layers.Dense(3)(layers.Flatten()(x))))
    ending("layer", lambda x: layers.Softmax()(layers.Dense(3)(layers.Flatten()(x))))
    ending("operation", lambda x: keras.ops.softmax(layers.Dense(3)(layers.Flatten()(x))))
    ending("conv", lambda x: layers.Reshape((3,))(layers.Conv2D(3, 1, activation="softmax")(x)))
    ending(
        "cast",
        lambda x: layers.Activation("linear", dtype="float32")(
            layers.Dense(3, activation="softmax")(layers.Flatten()(x))
        ),
    )
    return kinds


@pytest.mark.parametrize("name", head_variants())
def test_logits_are_recovered(name):
    """Softmax of the logits is the prediction, wherever the softmax hides; the sum is not 1."""
    network = head_variants()[name]
    model = wrap(network, name="n")
    assert model.score_units == "logit"
    assert model.head.kind == "softmax"
    batch = random_batch(network)
    logits, probabilities = model.probe.scores(batch)
    np.testing.assert_allclose(tf.nn.softmax(logits), network(batch), atol=1e-6)
    np.testing.assert_allclose(probabilities, network(batch), atol=1e-6)
    assert not np.allclose(logits.sum(axis=1), 1, atol=1e-3)


def test_false_softmax_is_not_taken_for_logits(photo):
    """An activation that is only called softmax fails the proof: its output is used, and said."""

    def softmax(x):
        return tf.nn.softmax(3.0 * x)

    inputs = keras.Input((16, 16, 3))
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(5, 3, name="conv")(inputs))
    network = keras.Model(inputs, layers.Dense(3, activation=softmax)(x))
    model = wrap(network, name="n", preprocessing="unit")
    found = cnnviz.predict(model, photo, top=3)
    expected = np.sort(np.asarray(network(model.preprocess(photo)))[0])[::-1]
    assert found.score_units == cnnviz.grad_cam(model, photo, 1).units == "score"
    np.testing.assert_allclose(found.probabilities, expected, atol=1e-6)
    np.testing.assert_allclose(found.logits, expected, atol=1e-6)


def probability_heads():
    """Heads that give probabilities in ways that no logit can be read from."""
    kinds = {}

    def ending(name, finish, units=3):
        inputs = keras.Input((16, 16, 3))
        x = layers.Conv2D(5, 3, activation="relu", name="conv")(inputs)
        kinds[name] = keras.Model(inputs, finish(x))
        return units

    def dense(x, **options):
        return layers.Dense(3, **options)(layers.GlobalAveragePooling2D()(x))

    ending("nameless", lambda x: dense(x, activation=lambda z: keras.ops.softmax(z)))
    ending("rescaled", lambda x: layers.Rescaling(1.0)(dense(x, activation="softmax")))
    ending(
        "ensemble",
        lambda x: layers.Average()(
            [dense(x, activation="softmax"), dense(x, activation="softmax")]
        ),
    )
    ending(
        "mean",
        lambda x: layers.GlobalAveragePooling2D()(layers.Conv2D(3, 1, activation="softmax")(x)),
    )
    ending(
        "hard",
        lambda x: layers.Dense(1, activation="hard_sigmoid")(layers.GlobalAveragePooling2D()(x)),
    )
    return kinds


@pytest.mark.parametrize("name", probability_heads())
def test_probabilities_are_never_taken_for_logits(name, photo):
    """Where no logits can be proved, the network's own output is shown, and called score."""
    keras.utils.set_random_seed(3)
    network = probability_heads()[name]
    model = wrap(network, name="n", preprocessing="unit")
    output = np.asarray(network(model.preprocess(photo)))[0]
    expected = output if len(output) > 1 else np.array([1 - output[0], output[0]])
    found = cnnviz.predict(model, photo, top=9)
    assert found.score_units == cnnviz.grad_cam(model, photo, 1).units == "score"
    np.testing.assert_allclose(found.probabilities, np.sort(expected)[::-1], atol=1e-6)
    assert list(found.indices) == list(np.argsort(-expected))
    with pytest.raises(TargetError, match="could not be recovered and proved"):
        cnnviz.maximize(model, cnnviz.ClassLogit(1), steps=1)


def test_cast_behind_a_softmax_is_looked_through(photo):
    """A cast to 32 bits at the end, as mixed precision asks for, hides no softmax."""
    inputs = keras.Input((16, 16, 3))
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(5, 3, name="conv")(inputs))
    x = keras.ops.cast(layers.Dense(3, activation="softmax")(x), "float32")
    assert wrap(keras.Model(inputs, x), name="n").head.kind == "softmax"


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision_equals_its_twin(policy, photo):
    """A network of 16 bits gives the map of its 32-bit twin, as closely as 16 bits can."""
    exact = networks.conv_mean_dense()
    keras.config.set_dtype_policy(policy)
    try:
        mixed = networks.conv_mean_dense()
    finally:
        keras.config.set_dtype_policy("float32")
    mixed.set_weights(exact.get_weights())
    one = cnnviz.grad_cam(wrap(exact, name="a", preprocessing="unit"), photo, 1)
    two = cnnviz.grad_cam(wrap(mixed, name="b", preprocessing="unit"), photo, 1)
    assert two.units == "logit"
    np.testing.assert_allclose(two.values, one.values, atol=0.05 * one.values.max())


def test_shared_backbone_is_opened_twice(photo):
    """A base called on two views of the image has its layers listed for each call."""
    flat = networks.conv_mean_dense()
    base = keras.Model(flat.input, flat.get_layer("conv2").output, name="base")
    inputs = keras.Input((32, 32, 3))
    both = layers.Concatenate()([base(inputs), base(1.0 - inputs)])
    x = layers.GlobalAveragePooling2D()(both)
    network = keras.Model(inputs, layers.Dense(3, activation="softmax")(x))
    model = wrap(network, name="n", preprocessing="unit")
    assert {"base/conv2", "base:2/conv2"} <= set(model.spatial_layers)
    first = cnnviz.activations(model, photo, ["base/conv2", "base:2/conv2"])
    direct = np.asarray(base(1.0 - model.preprocess(photo)))[0]
    np.testing.assert_allclose(first["base:2/conv2"], direct, atol=1e-6)
    assert cnnviz.grad_cam(model, photo, 0, layer="base:2/conv2").values.shape == (16, 16)


def test_any_size_network_counts_at_its_shown_size():
    """Shapes and multiply-adds of a network for any size are those at the size it is shown at."""
    inputs = keras.Input((None, None, 3))
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3, padding="same", name="conv")(inputs))
    table = cnnviz.structure(wrap(keras.Model(inputs, layers.Dense(2)(x)), name="n"))
    conv = next(layer for layer in table.layers if layer.name == "conv")
    assert conv.output_shape == (224, 224, 4)
    assert conv.multiply_adds == 224 * 224 * 9 * 3 * 4


def test_fine_tuning_shape_works_whole(photo):
    """Augmentation, rescaling and a nested pretrained base inside a Sequential are all opened."""
    base = keras.applications.MobileNetV2(
        include_top=False, weights=None, input_shape=(64, 64, 3), alpha=0.35
    )
    network = keras.Sequential(
        [
            keras.Input((64, 64, 3)),
            keras.Sequential([layers.RandomFlip(), layers.RandomRotation(0.1)], name="augment"),
            layers.Rescaling(1 / 127.5, offset=-1),
            base,
            layers.GlobalAveragePooling2D(),
            layers.Dropout(0.2),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model = wrap(network, name="n")
    assert model.default_layer.endswith("out_relu")
    table = cnnviz.structure(model)
    assert {la.name: la.receptive_field for la in table.layers}[model.default_layer] == (491, 491)
    assert cnnviz.grad_cam(model, photo, 1).values.shape == (2, 2)


def test_sigmoid_has_two_classes(photo):
    """A single sigmoid predicts both classes, probabilities adding up to 1, logits mirrored."""
    model = wrap(networks.binary(), name="n", labels=["cat", "dog"], preprocessing="unit")
    found = cnnviz.predict(model, photo)
    positive = float(np.asarray(model.network(model.preprocess(photo)))[0, 0])
    by_label = dict(zip(found.labels, found.probabilities, strict=True))
    assert by_label["dog"] == pytest.approx(positive, abs=1e-6)
    assert by_label["cat"] == pytest.approx(1 - positive, abs=1e-6)
    assert found.logits[0] == pytest.approx(-found.logits[1])


def test_predict_order_and_top(photo):
    """The best class comes first; `top` beyond the classes gives them all; 0 is refused."""
    model = wrap(networks.residual(), name="n", preprocessing="unit")
    found = cnnviz.predict(model, photo, top=99)
    expected = np.asarray(model.network(model.preprocess(photo)))[0]
    assert list(found.indices) == list(np.argsort(-expected))
    np.testing.assert_allclose(found.probabilities, np.sort(expected)[::-1], atol=1e-6)
    with pytest.raises(OptionError, match="top=0"):
        cnnviz.predict(model, photo, top=0)


@pytest.mark.parametrize("name", sorted(zoo.APPLICATIONS))
def test_preprocessing_equals_keras(name):
    """Our mode of each keras.applications model is that module's own preprocess_input."""
    application = zoo.APPLICATIONS[name]
    modules = {
        "MobileNet": "mobilenet", "MobileNetV2": "mobilenet_v2", "MobileNetV3Small": "mobilenet_v3",
        "MobileNetV3Large": "mobilenet_v3", "VGG16": "vgg16", "VGG19": "vgg19",
        "ResNet50": "resnet", "ResNet101": "resnet", "ResNet50V2": "resnet_v2",
        "InceptionV3": "inception_v3", "InceptionResNetV2": "inception_resnet_v2",
        "Xception": "xception", "DenseNet121": "densenet", "DenseNet201": "densenet",
        "NASNetMobile": "nasnet", "EfficientNetB0": "efficientnet",
        "EfficientNetV2B0": "efficientnet_v2", "ConvNeXtTiny": "convnext",
    }  # fmt: skip
    module = getattr(keras.applications, modules[application.constructor])
    pixels = np.random.default_rng(0).uniform(0, 255, (4, 5, 3)).astype(np.float32)
    expected = module.preprocess_input(pixels.copy())
    np.testing.assert_allclose(MODES[application.preprocessing](pixels), expected, atol=1e-4)


@pytest.mark.parametrize("name", [name for name, layer in FAMILIES.items() if layer])
def test_default_layers_of_known_families(name):
    """The layer shown first is the last map after normalization, activation and residual sum."""
    keras.backend.clear_session()
    model = wrap(applications.build(name, weights=None), name=name)
    expected = FAMILIES[name]
    if expected.startswith("activation_"):
        # Keras numbers unnamed activations as it goes; the golden fact is which step it is.
        step = model.graph.step(model.default_layer)
        later = [s for s in model.graph.steps if s.spatial and s.inputs[0] > step.outputs[0]]
        assert step.kind == "Activation"
        assert not later
    else:
        assert model.default_layer == expected
    assert model.score_units == "logit"


def test_structure_counts_what_keras_counts():
    """Parameters equal count_params; multiply-adds and receptive fields equal those by hand."""
    table = cnnviz.structure(wrap(networks.conv_mean_dense(), name="n"))
    by_name = {layer.name: layer for layer in table.layers}
    assert table.parameters == networks.conv_mean_dense().count_params()
    assert by_name["conv1"].multiply_adds == 16 * 16 * 5 * 5 * 3 * 8
    assert by_name["conv2"].multiply_adds == 16 * 16 * 3 * 3 * 8 * 6
    assert by_name["predictions"].multiply_adds == 6 * 4
    assert by_name["conv1"].receptive_field == (5, 5)
    assert by_name["conv2"].receptive_field == (9, 9)
    assert by_name["mean"].receptive_field is None
    assert by_name["conv2"].inputs == ("conv1",)


def test_receptive_field_is_what_moves_a_unit():
    """Changing a pixel inside the field can change a unit, outside it never does."""
    inputs = keras.Input((65, 65, 1))
    x = layers.Conv2D(1, 3, kernel_initializer="ones", name="a")(inputs)
    x = layers.AveragePooling2D(2, name="b")(x)
    x = layers.Conv2D(1, 3, dilation_rate=2, kernel_initializer="ones", name="c")(x)
    network = keras.Model(inputs, layers.Dense(2)(layers.Flatten()(x)))
    model = wrap(network, name="n")
    size = {la.name: la.receptive_field for la in cnnviz.structure(model).layers}["c"][0]
    with tf.GradientTape() as tape:
        batch = tf.Variable(random_batch(network, 1))
        (maps,) = model.probe.trace(batch, ("c",))
        unit = maps[0, 10, 10, 0]
    reached = np.flatnonzero(tape.gradient(unit, batch).numpy()[0, :, :, 0].any(axis=1))
    assert reached.max() - reached.min() + 1 == size == 12


def test_subclassed_model_is_refused():
    """A network that computes in its own code is refused with the reason."""

    class Own(keras.Model):
        def call(self, inputs):
            return inputs

    with pytest.raises(UnsupportedModelError, match="computes in code of its own"):
        wrap(Own(), name="own")


def test_other_shapes_are_refused():
    """Inputs without values, vectors alone and outputs that are no class scores are refused."""
    image, vector = keras.Input((8, 8, 3)), keras.Input((5,))
    flat = layers.Flatten()(image)
    both = keras.Model([image, vector], layers.Dense(2)(layers.Concatenate()([flat, vector])))
    with pytest.raises(OptionError, match="values were given for nothing"):
        wrap(both, name="n")
    with pytest.raises(UnsupportedModelError, match=r"inputs of shape \(5,\)"):
        wrap(keras.Model(vector, layers.Dense(2)(vector)), name="n")
    with pytest.raises(UnsupportedModelError, match="Only classifiers"):
        wrap(keras.Model(image, layers.Conv2D(2, 3)(image)), name="n")
    with pytest.raises(UnsupportedModelError, match="without an input size"):
        wrap(keras.Sequential([layers.Flatten(), layers.Dense(2)]), name="n")
    grey = keras.Input((8, 8, 1))
    with pytest.raises(OptionError, match="'caffe' is made for RGB"):
        wrap(
            keras.Model(grey, layers.Dense(2)(layers.Flatten()(grey))),
            name="n",
            preprocessing="caffe",
        )
    broken = networks.binary()
    broken.get_layer("output").bias.assign([np.nan])
    with pytest.raises(UnsupportedModelError, match="values that are not numbers"):
        wrap(broken, name="n")
    with pytest.raises(OptionError, match="Preprocessing 'imagenet' is unknown"):
        wrap(networks.binary(), name="n", preprocessing="imagenet")


def test_trusted_file_loads_exactly(tmp_path, photo):
    """A saved model, as .keras and as .h5, answers as the one in memory, with its labels."""
    network = networks.residual()
    for suffix in (".keras", ".h5"):
        path = tmp_path / f"mine{suffix}"
        network.save(path)
        model = cnnviz.load_model(path, labels=list("abcde"), preprocessing="unit")
        assert model.name == "mine"
        found = cnnviz.predict(model, photo)
        expected = np.asarray(network(model.preprocess(photo)))[0]
        assert found.labels[0] == "abcde"[int(expected.argmax())]
        np.testing.assert_allclose(found.probabilities[0], expected.max(), atol=1e-6)


def test_unusable_names_and_files(tmp_path):
    """A wrong name, a broken file and a wrong number of labels each give a sentence."""
    with pytest.raises(ModelNotFoundError, match="No model is called 'nonsense'"):
        cnnviz.load_model("nonsense")
    with pytest.raises(ModelNotFoundError, match=r"no .keras or .h5 file"):
        cnnviz.load_model("../../etc/passwd")
    broken = tmp_path / "broken.keras"
    broken.write_bytes(b"not a zip")
    with pytest.raises(ModelFileError, match=r"broken.keras cannot be read as a Keras model"):
        cnnviz.load_model(broken)
    with pytest.raises(ModelNotFoundError, match="No model is called"):
        cnnviz.load_model("x" * 5000 + ".keras")
    with pytest.raises(ModelFileError, match="2 labels were given for a network with 4 classes"):
        wrap(networks.conv_mean_dense(), name="n", labels=["a", "b"])


def test_damaged_files_give_a_sentence(tmp_path):
    """A model file with bytes changed or cut loads, or is refused; it never breaks."""
    path = tmp_path / "model.keras"
    networks.binary().save(path)
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(25):
        data = bytearray(whole[: rng.integers(100, len(whole))])
        data[rng.integers(len(data))] ^= 255
        path.write_bytes(data)
        with pytest.raises((ModelFileError, UnsupportedModelError), match="model"):
            cnnviz.load_model(path)
        refused += 1
    assert refused == 25


@pytest.mark.parametrize("error", [TimeoutError("timed out"), ConnectionResetError("reset")])
def test_stalled_downloads_are_missing_weights(monkeypatch, error):
    """A connection that stalls or breaks ends in the same advice as none at all."""

    def fetch(*_args, **_kwargs):
        raise error

    monkeypatch.setattr(keras.applications, "VGG16", fetch)
    with pytest.raises(WeightsUnavailableError, match="neither read on this machine nor"):
        cnnviz.load_model("vgg16")


def test_applications_load_from_keras_cache(tmp_path):
    """Weights and class names put into KERAS_HOME by hand are found there without a network."""
    code = """
import json, sys
from pathlib import Path
import keras, numpy as np
folder = Path(sys.argv[1]) / "models"
folder.mkdir()
network = keras.applications.MobileNet(alpha=0.5, input_shape=(160, 160, 3), weights=None)
network.save(folder / "mobilenet_5_0_160_tf.h5")
names = {str(i): [f"n{i}", f"some_thing_{i // 2}"] for i in range(1000)}
(folder / "imagenet_class_index.json").write_text(json.dumps(names))
import cnnviz_core as cnnviz
model = cnnviz.load_model("mobilenet-0.5-160")
assert model.labels[6] == "some thing 3 (6)", model.labels[6]
image = np.random.default_rng(0).integers(0, 256, (160, 160, 3)).astype(np.uint8)
expected = network.predict(image[None] / 127.5 - 1, verbose=0)[0]
found = cnnviz.predict(model, image, top=1000)
np.testing.assert_allclose(found.probabilities, expected[list(found.indices)], atol=1e-6)
assert cnnviz.grad_cam(model, image, 5).layer == "conv_pw_13_relu"
"""
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        check=True,
        timeout=300,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "KERAS_HOME": str(tmp_path)},
    )


@pytest.mark.skipif(
    not (SHARED / "models" / "mobilenet_5_0_160_tf.h5").is_file(),
    reason="needs a folder with real ImageNet weights beside the project",
)
def test_real_weights_know_a_real_photo():
    """With real ImageNet weights the cat of the sample photos is a cat."""
    code = """
import cnnviz_core as cnnviz
from cnnviz_ui import samples
image = cnnviz.read_image(samples.available()["chelsea"].path())
labels = cnnviz.predict(cnnviz.load_model("mobilenet-0.5-160"), image, top=3).labels
assert {"tabby", "Egyptian cat", "tiger cat"} & set(labels), labels
"""
    subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        timeout=300,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "KERAS_HOME": str(SHARED)},
    )


def test_missing_weights_say_where_to_put_the_file(monkeypatch):
    """Without a network the sentence names the file to fetch and the folder to put it into."""

    def fetch(*_args, **_kwargs):
        raise Exception("URL fetch failure on https://host/vgg16.h5: None -- [Errno -2] unknown")

    monkeypatch.setattr(keras.applications, "VGG16", fetch)
    with pytest.raises(WeightsUnavailableError, match=r"fetch https://host/vgg16.h5 and .*models"):
        cnnviz.load_model("vgg16")


def test_cards_of_bundled_models():
    """Every bundled model has a card whose facts are those of its file."""
    bundled = [card for card in cnnviz.available_models() if card.family == "bundled"]
    assert {card.name for card in bundled} >= {"photos20", "lecture-binary"}
    for card in bundled:
        model = cnnviz.load_model(card.name)
        facts = json.loads((zoo.MODELS / card.name / "card.json").read_text())
        assert model.input_size == card.input_size
        assert model.labels == card.labels
        assert model.default_layer == card.default_layer
        assert cnnviz.structure(model).parameters == facts["parameters"]
        confusion = np.array(facts["accuracy"]["confusion"])
        assert confusion.sum() == facts["accuracy"]["images"]
        assert np.trace(confusion) / confusion.sum() == pytest.approx(
            facts["accuracy"]["top1"], abs=1e-3
        )


def test_lecture_binary_is_the_lectures_network():
    """Its layers, sizes and 3,453,121 parameters are the lecture's."""
    table = cnnviz.structure(cnnviz.load_model("lecture-binary"))
    assert table.parameters == 3_453_121
    shapes = [layer.output_shape for layer in table.layers if layer.kind == "Conv2D"]
    assert shapes == [(148, 148, 32), (72, 72, 64), (34, 34, 128), (15, 15, 128)]
    assert table.output_kind == "sigmoid"
