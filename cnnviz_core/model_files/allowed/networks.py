"""A network as checked data: layers, how they are called, and nothing that can run.

A file's configuration becomes a `Network` only through `checking`, so whatever holds one may rely
on it: each kind is on the allow-list, each setting was checked by its rule, each reference leads to
a layer. `configuration()` writes it anew in the form that Keras 3 reads.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Shape = tuple[int | None, ...]
    Path = tuple[str, ...]


@dataclass(frozen=True)
class TensorRef:
    """An output of a call of a layer of the same network: a leaf of a call's arguments.

    Attributes:
        layer: the layer's name.
        call: which of its calls, from 0.
        output: which of that call's outputs, from 0.
    """

    layer: str
    call: int
    output: int


@dataclass(frozen=True)
class Constant:
    """A small array among a call's arguments.

    Attributes:
        value: a number, or lists in lists of numbers.
        dtype: Keras's name of its type.
    """

    value: Any
    dtype: str


@dataclass(frozen=True)
class Call:
    """One call of a layer.

    Attributes:
        args: positional arguments: lists, tuples and dictionaries of plain values and `TensorRef`s;
            in operations `Constant`s, slices and `...` too.
        kwargs: keyword arguments, likewise.
    """

    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]

    def inputs(self) -> tuple[TensorRef, ...]:
        """Every tensor read, in order."""
        return tuple(leaves((self.args, dict(self.kwargs))))


@dataclass(frozen=True)
class CheckedLayer:
    """A layer (or Keras operation) of a network.

    Attributes:
        name: unique in its network.
        kind: canonical class name, the key of its rule.
        settings: checked configuration, complete as Keras needs it, without name.
        calls: its calls; empty in a Sequential network, whose order says them.
        inner: the network, where the layer is one.
        wrapped: the layer inside a wrapper such as TimeDistributed; without calls.
    """

    name: str
    kind: str
    settings: Mapping[str, Any]
    calls: tuple[Call, ...] = ()
    inner: Network | None = None
    wrapped: CheckedLayer | None = None

    @property
    def class_name(self) -> str:
        """Name of its class, without the module that the kinds of some have in front."""
        return self.kind.rpartition(".")[2]

    @property
    def is_operation(self) -> bool:
        """Whether it is an operation, which Keras counts among no model's layers."""
        return self.kind.startswith(("keras.src.ops.", "keras.src.activations."))


@dataclass(frozen=True)
class Network:
    """A model, or one inside another.

    Attributes:
        name: its name.
        kind: "Functional" or "Sequential".
        layers: in the file's order, which is that of Keras's own weight store. In a Sequential one
            the first is an InputLayer where the file has one.
        inputs: of a Functional network: structure (list, dictionary or single) of `TensorRef`s.
        outputs: likewise.
    """

    name: str
    kind: str
    layers: tuple[CheckedLayer, ...]
    inputs: Any = field(default=None)
    outputs: Any = field(default=None)

    def layer(self, name: str) -> CheckedLayer:
        """The layer of a name, which must exist."""
        return next(layer for layer in self.layers if layer.name == name)

    def walk(self, path: Path = ()) -> Iterator[tuple[Path, CheckedLayer]]:
        """Every layer with the names that lead to it, those of nested networks after their own."""
        for layer in self.layers:
            yield (*path, layer.name), layer
            if layer.inner is not None:
                yield from layer.inner.walk((*path, layer.name))

    def configuration(self) -> dict[str, Any]:
        """What `keras.saving.deserialize_keras_object` makes this network of.

        It holds what was checked and nothing else: no settings of training, no names of modules or
        classes that come from a file. Weights are made by it and then to be assigned.
        """
        settings: dict[str, Any] = {"name": self.name}
        if self.kind == "Sequential":
            settings["layers"] = [_sequential_layer(layer) for layer in self.layers]
        else:
            nested = {layer.name for layer in self.layers if _is_functional(layer)}
            settings["layers"] = [_functional_layer(layer) for layer in self.layers]
            settings["input_layers"] = _ends(self.inputs, nested)
            settings["output_layers"] = _ends(self.outputs, nested)
        module = "keras" if self.kind == "Sequential" else "keras.src.models.functional"
        return _serialized(module, self.kind, settings)


@dataclass(frozen=True)
class Variable:
    """A weight that a layer must have, as its rule computes it.

    Attributes:
        name: as Keras 3 calls it, such as "kernel"; "query/kernel" for one of a layer inside.
        shape: all sides known.
        store: its place in Keras 3's weight store under the layer's group, such as "vars/0" or
            "query_dense/vars/0".
        trainable: as the layer makes it, were the layer trainable.
    """

    name: str
    shape: tuple[int, ...]
    store: str
    trainable: bool = True


def leaves(value: Any) -> Iterator[TensorRef]:
    """Every tensor reference in nested lists, tuples and dictionaries, in order."""
    if isinstance(value, TensorRef):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from leaves(item)


def _is_functional(layer: CheckedLayer) -> bool:
    return layer.inner is not None and layer.inner.kind == "Functional"


def _serialized(module: str, class_name: str, settings: dict[str, Any]) -> dict[str, Any]:
    return {
        "module": module,
        "class_name": class_name,
        "config": settings,
        "registered_name": None,
    }


def _sequential_layer(layer: CheckedLayer) -> dict[str, Any]:
    if layer.inner is not None:
        return layer.inner.configuration()
    settings = {"name": layer.name, **copy.deepcopy(dict(layer.settings))}
    if layer.wrapped is not None:
        settings["layer"] = _sequential_layer(layer.wrapped)
    # A kind is a class of keras.layers, or has its module in front.
    module, _, class_name = layer.kind.rpartition(".")
    return _serialized(module or "keras.layers", class_name, settings)


def _functional_layer(layer: CheckedLayer) -> dict[str, Any]:
    calls = [
        {"args": _written(list(call.args)), "kwargs": _written(dict(call.kwargs))}
        for call in layer.calls
    ]
    return {**_sequential_layer(layer), "name": layer.name, "inbound_nodes": calls}


def _ends(value: Any, nested: set[str]) -> Any:
    """Inputs or outputs; Keras counts the calls of a Functional model among them from 1."""
    if isinstance(value, TensorRef):
        return [value.layer, value.call + (value.layer in nested), value.output]
    if isinstance(value, dict):
        return {key: _ends(item, nested) for key, item in value.items()}
    return [_ends(item, nested) for item in value]


def _written(value: Any) -> Any:
    """Arguments in Keras's own form. Only the history of a tensor is read there."""
    if isinstance(value, TensorRef):
        history = [value.layer, value.call, value.output]
        return _special("keras_tensor", shape=[], dtype="float32", keras_history=history)
    if isinstance(value, Constant):
        return _special("tensor", value=value.value, dtype=value.dtype)
    if isinstance(value, slice):
        return _special("slice", start=value.start, stop=value.stop, step=value.step)
    if value is ...:
        return _special("ellipsis")
    if isinstance(value, dict):
        return {key: _written(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_written(item) for item in value]
    return value


def _special(name: str, **settings: Any) -> dict[str, Any]:
    return {"class_name": f"__{name}__", "config": settings}
