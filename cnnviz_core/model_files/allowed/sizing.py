"""Shapes, weights and costs of a network, reckoned without Keras and before anything is made."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.allowed.caps import Costs, need_few_calls
from cnnviz_core.model_files.allowed.input_layers import input_layers
from cnnviz_core.model_files.allowed.networks import Constant, TensorRef, Variable
from cnnviz_core.model_files.allowed.ordering import ordered
from cnnviz_core.model_files.allowed.rules import RULES
from cnnviz_core.model_files.allowed.rules.checks import Unfit, shape_of
from cnnviz_core.model_files.allowed.rules.rule import WRAPPED, Inside, Sized, Tensor
from cnnviz_core.network.inputs import UNKNOWN_SIDE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz_core.model_files.allowed.networks import Call, CheckedLayer, Network, Path, Shape


@dataclass(frozen=True)
class Sizes:
    """What a network makes and costs.

    Attributes:
        outputs: shapes of the outputs of each call of each layer, by the names that lead to the
            layer and the number of the call. Within a nested model that is called more than once,
            as its own inputs say.
        variables: each layer's weights, in the order of Keras's `layer.weights`; only of layers
            that have any.
        inputs: shapes of the network's inputs, in order.
        results: shapes of its outputs, in order.
        parameters: numbers in all weights.
        activation_bytes: of the outputs of all layers for one image, in 32 bits; unknown sides are
            reckoned at `UNKNOWN_SIDE`.
        multiply_adds: for one such image.
    """

    outputs: Mapping[tuple[Path, int], tuple[Shape, ...]]
    variables: Mapping[Path, tuple[Variable, ...]]
    inputs: tuple[Shape, ...]
    results: tuple[Shape, ...]
    parameters: int
    activation_bytes: int
    multiply_adds: int


def size(network: Network) -> Sizes:
    """Reckon a network through, once as it is and once for a single image.

    Raises:
        ModelFileError: layers do not fit each other, or the network is beyond a cap.
    """
    need_few_calls(network)
    declared = [Tensor(tuple(layer.settings["batch_shape"])) for layer in input_layers(network)]
    given = [Tensor(_reckoned(tensor.shape)) for tensor in declared]
    for layer, tensor in zip(input_layers(network), given, strict=True):
        Costs().add(layer, Sized((tensor,)), reckoned=True)
    costs = Costs()
    as_it_is = _Run(costs)
    results = as_it_is.network(network, declared, ())
    one_image = _Run(costs, reckoned=True)
    one_image.network(network, given, ())
    return Sizes(
        as_it_is.outputs,
        {path: variables for path, variables in as_it_is.variables.items() if variables},
        tuple(tensor.shape for tensor in declared),
        tuple(tensor.shape for tensor in results),
        costs.parameters,
        costs.activation_bytes,
        costs.multiply_adds,
    )


def _reckoned(shape: Shape) -> Shape:
    return (1, *(UNKNOWN_SIDE if side is None else side for side in shape[1:]))


@dataclass
class _Run:
    """One way through a network.

    Attributes:
        costs: where all is added up.
        reckoned: whether every side is known, so that costs mean something.
        outputs: as in `Sizes`.
        variables: as in `Sizes`, with those that have none.
    """

    costs: Costs
    reckoned: bool = False
    outputs: dict[tuple[Path, int], tuple[Shape, ...]] = field(default_factory=dict)
    variables: dict[Path, tuple[Variable, ...]] = field(default_factory=dict)

    def network(self, network: Network, inputs: list[Tensor], path: Path) -> list[Tensor]:
        """The outputs of a network for given inputs."""
        if network.kind == "Sequential":
            return self._sequential(network, inputs, path)
        layers = input_layers(network)
        self._fit(network, layers, inputs)
        made: dict[tuple[str, int], tuple[Tensor, ...]] = {}
        for layer, given in zip(layers, inputs, strict=True):
            made[layer.name, 0] = (given,)
        for layer, index in ordered(network):
            key = (*path, layer.name), index
            if layer.kind != "InputLayer":
                made[layer.name, index] = self._call(layer, layer.calls[index], made, key[0])
            self.outputs.setdefault(key, tuple(tensor.shape for tensor in made[layer.name, index]))
        return _flat(_filled(network.outputs, made, network.name))

    def _sequential(self, network: Network, inputs: list[Tensor], path: Path) -> list[Tensor]:
        first = network.layers[0]
        if first.kind == "InputLayer":
            self._fit(network, [first], inputs)
        flow = inputs
        for layer in network.layers:
            where = (*path, layer.name)
            if layer.kind != "InputLayer":
                argument = flow[0] if len(flow) == 1 else flow
                flow = list(self._layer(layer, (argument,), {}, where))
            self.outputs.setdefault((where, 0), tuple(tensor.shape for tensor in flow))
        return flow

    def _fit(self, network: Network, layers: list[CheckedLayer], inputs: list[Tensor]) -> None:
        if len(layers) != len(inputs):
            raise ModelFileError(
                f"Model {network.name[:80]!r} is called on {len(inputs)} tensors and takes "
                f"{len(layers)}. Save the model again."
            )
        for layer, given in zip(layers, inputs, strict=True):
            takes = tuple(layer.settings["batch_shape"])
            if len(takes) != len(given.shape) or any(
                None not in pair and pair[0] != pair[1]
                for pair in zip(takes[1:], given.shape[1:], strict=False)
            ):
                raise ModelFileError(
                    f"Model {network.name[:80]!r} takes tensors of shape {takes} and is called on "
                    f"one of shape {given.shape}. Save the model again."
                )

    def _call(
        self, layer: CheckedLayer, call: Call, made: Mapping[tuple[str, int], Any], path: Path
    ) -> tuple[Tensor, ...]:
        args = tuple(_filled(argument, made, layer.name) for argument in call.args)
        kwargs = {key: _filled(argument, made, layer.name) for key, argument in call.kwargs.items()}
        return self._layer(layer, args, kwargs, path)

    def _layer(
        self, layer: CheckedLayer, args: tuple[Any, ...], kwargs: Mapping[str, Any], path: Path
    ) -> tuple[Tensor, ...]:
        if layer.inner is not None:
            given = _flat([args, list(kwargs.values())])
            if path not in self.variables:
                self._declare(layer.inner, path)
            return tuple(self.network(layer.inner, given, path))
        sized = sized_layer(layer, args, kwargs)
        if path not in self.variables and not self.reckoned:
            self.costs.weigh(sum(math.prod(variable.shape) for variable in sized.variables))
        known = self.variables.setdefault(path, sized.variables)
        if known != sized.variables:
            raise ModelFileError(
                f"Layer {layer.name[:80]!r} is called on tensors for which it would need different "
                "weights. Save the model again."
            )
        self.costs.add(layer, sized, self.reckoned)
        return sized.outputs

    def _declare(self, inner: Network, path: Path) -> None:
        """Make a nested model's weights as its own inputs say, as Keras does."""
        self.variables[path] = ()
        if inner.kind == "Functional" and not self.reckoned:
            own = [Tensor(tuple(layer.settings["batch_shape"])) for layer in input_layers(inner)]
            self.network(inner, own, path)


def sized_layer(layer: CheckedLayer, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Sized:
    """What one call of a layer makes.

    Raises:
        ModelFileError: it cannot be called so.
    """
    rule = RULES[layer.kind]
    names = (*rule.arguments, *rule.optional)
    bound = dict(zip(names, args, strict=False)) | {
        key: value for key, value in kwargs.items() if key != "training"
    }
    try:
        if any(name not in bound for name in rule.arguments):
            raise Unfit(f"called with {' and '.join(rule.arguments)}")
        needed = tuple(bound.pop(name) for name in rule.arguments)
        settings = layer.settings
        if layer.wrapped is not None:
            inside = Inside(layer.wrapped.name, partial(sized_layer, layer.wrapped))
            settings = {**settings, WRAPPED: inside}
        return rule.size(settings, needed, bound)
    except Unfit as error:
        raise ModelFileError(
            f"Layer {layer.name[:80]!r} ({rule.class_name}) must be {str(error)[:300]}. "
            "The model cannot be built so; change it and save it again."
        ) from None


def _filled(value: Any, made: Mapping[tuple[str, int], Any], reader: str) -> Any:
    """An argument with the tensors that its references lead to."""
    if isinstance(value, TensorRef):
        tensors = made[value.layer, value.call]
        if value.output >= len(tensors):
            raise ModelFileError(
                f"{reader[:80]!r} reads output {value.output} of layer {value.layer[:80]!r}, which "
                f"has {len(tensors)}. The file is damaged; save the model again."
            )
        return tensors[value.output]
    if isinstance(value, Constant):
        return Tensor(shape_of(value.value))
    if isinstance(value, list | tuple):
        return [_filled(item, made, reader) for item in value]
    if isinstance(value, dict):
        return {key: _filled(item, made, reader) for key, item in value.items()}
    return value


def _flat(value: Any) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, dict):
        return [tensor for key in sorted(value) for tensor in _flat(value[key])]
    if isinstance(value, list | tuple):
        return [tensor for item in value for tensor in _flat(item)]
    return []
