"""Keras models beside what the allow-list makes of them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from cnnviz_core.model_files.allowed.checking import check
from cnnviz_core.model_files.allowed.sizing import Sizes, size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnnviz_core.model_files.allowed.networks import Network


def raw(model: Any) -> Any:
    """A model's configuration as it comes out of a file's JSON."""
    return json.loads(json.dumps(keras.saving.serialize_keras_object(model)))


def rebuilt(network: Network) -> Any:
    """The model that Keras makes of a checked network, by way of JSON."""
    return keras.saving.deserialize_keras_object(json.loads(json.dumps(network.configuration())))


def on_image(layer: Any, shape: tuple[int | None, ...] = (8, 8, 6)) -> Any:
    """A model of one layer."""
    image = keras.Input(shape)
    return keras.Model(image, layer(image))


def inside(model: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every layer with the names that lead to it."""
    layers = model._layers if isinstance(model, keras.Sequential) else model._operations
    for layer in layers:
        yield (*path, layer.name), layer
        if isinstance(layer, keras.Model):
            yield from inside(layer, (*path, layer.name))


def assert_same_sizes(model: Any, sizes: Sizes) -> None:
    """Shapes and weights of every layer are Keras's own."""
    for path, layer in inside(model):
        if isinstance(layer, keras.Model):
            continue
        if not isinstance(layer, keras.Layer):
            _assert_same_shapes(path, layer, sizes)
            continue
        weights = layer.weights
        variables = sizes.variables.get(path, ())
        assert [variable.shape for variable in variables] == [
            tuple(variable.shape) for variable in weights
        ], path
        fixed = {
            id(variable)
            for part in layer._flatten_layers()
            for variable in part._non_trainable_variables
        }
        assert [variable.trainable for variable in variables] == [
            id(variable) not in fixed for variable in weights
        ]
        # Keras numbers variables that were given no name.
        names = [
            re.sub(r"^variable(_\d+)?$", "variable", weight.path.removeprefix(f"{layer.path}/"))
            for weight in weights
        ]
        assert [variable.name for variable in variables] == names, path
        _assert_same_shapes(path, layer, sizes)
    assert sizes.parameters == model.count_params()
    assert sizes.results == tuple(tuple(output.shape) for output in model.outputs)


def _assert_same_shapes(path: tuple[str, ...], layer: Any, sizes: Sizes) -> None:
    for index, node in enumerate(layer._inbound_nodes):
        if (path, index) in sizes.outputs:
            expected = tuple(tuple(tensor.shape) for tensor in node.output_tensors)
            assert sizes.outputs[path, index] == expected, (path, layer)


def assert_rebuilt(model: Any) -> Network:
    """The clean configuration builds a network of the same weights and outputs."""
    network = check(raw(model))
    sizes = size(network)
    assert_same_sizes(model, sizes)
    again = rebuilt(network)
    shapes = [tuple(weight.shape) for weight in model.weights]
    assert [tuple(weight.shape) for weight in again.weights] == shapes
    rng = np.random.default_rng(0)
    weights = [rng.uniform(0.1, 0.5, shape).astype("float32") for shape in shapes]
    model.set_weights(weights)
    again.set_weights(weights)
    images = [_image(rng, tensor) for tensor in model.inputs]
    images = keras.tree.pack_sequence_as(
        getattr(model, "_functional", model)._inputs_struct, images
    )
    expected = keras.tree.flatten(model(images, training=False))
    answers = keras.tree.flatten(again(images, training=False))
    for wanted, answer in zip(expected, answers, strict=True):
        np.testing.assert_allclose(np.array(answer), np.array(wanted), rtol=1e-5, atol=1e-6)
    return network


def _image(rng: np.random.Generator, tensor: Any) -> Any:
    values = rng.random((1, *(32 if side is None else side for side in tensor.shape[1:])))
    return (values if tensor.dtype.startswith("float") else values * 255).astype(tensor.dtype)
