"""In which activations the outputs of a checked network end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnviz_core.model_files.allowed.input_layers import input_layers
from cnnviz_core.model_files.allowed.networks import leaves
from cnnviz_core.network.endings import activation_of_class, ends_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz_core.model_files.allowed.networks import CheckedLayer, Network, TensorRef

End = str | int
"""What a tensor ends in, or which of the tensors that were given it holds the values of."""


def endings(network: Network) -> list[str]:
    """The activation that each output ends in, in order; "linear" for none."""
    number = 1 if network.kind == "Sequential" else len(flat(network.outputs))
    walk = _Walk()
    ends = [walk.output(network, position) for position in range(number)]
    return [end if isinstance(end, str) else "linear" for end in ends]


def flat(structure: Any) -> list[TensorRef]:
    """References in nested lists and dictionaries, in Keras's order: by sorted keys."""
    if isinstance(structure, dict):
        return [ref for key in sorted(structure) for ref in flat(structure[key])]
    if isinstance(structure, list | tuple):
        return [ref for part in structure for ref in flat(part)]
    return list(leaves(structure))


class _Walk:
    """Walks back from outputs, by each tensor once, however many lead to it."""

    def __init__(self) -> None:
        self._layers: dict[int, dict[str, CheckedLayer]] = {}
        self._ends: dict[tuple[int, TensorRef], End] = {}

    def output(self, network: Network, position: int) -> End:
        """The end of an output of a network, which may hold what an input is given."""
        if network.kind == "Functional":
            return self._tensor(network, flat(network.outputs)[position])
        for layer in reversed(network.layers):
            end = self._layer(layer, position)
            if isinstance(end, str):
                return end
            position = end
        return position

    def _tensor(self, network: Network, ref: TensorRef) -> End:
        layers = self._layers.setdefault(id(network), {})
        if not layers:
            layers.update((layer.name, layer) for layer in network.layers)
        passed = []
        while (id(network), ref) not in self._ends:
            passed.append((id(network), ref))
            end, given = self._step(network, layers[ref.layer], ref)
            if given is None:
                self._ends[id(network), ref] = end
                break
            ref = given
        end = self._ends[id(network), ref]
        self._ends.update(dict.fromkeys(passed, end))
        return end

    def _step(
        self, network: Network, layer: CheckedLayer, ref: TensorRef
    ) -> tuple[End, TensorRef | None]:
        """The end of a tensor, and the tensor before it that says it in its place."""
        if layer.kind == "InputLayer":
            names = [input_layer.name for input_layer in input_layers(network)]
            return names.index(layer.name), None
        end = self._layer(layer, ref.output)
        if isinstance(end, str):
            return end, None
        given = _given(layer, ref)
        return ("linear", None) if given is None else (end, given[end])

    def _layer(self, layer: CheckedLayer, output: int) -> End:
        if layer.inner is not None:
            return self.output(layer.inner, output)
        if layer.kind == "InputLayer":
            return output
        ending = ends_in(layer.class_name, activation_name(layer.settings.get("activation")))
        return 0 if ending is None else ending


def _given(layer: CheckedLayer, ref: TensorRef) -> Sequence[TensorRef] | None:
    """What a call is given; None where it is several tensors and the layer is no model."""
    call = layer.calls[ref.call]
    given = flat([call.args, *call.kwargs.values()])
    return given if layer.inner is not None or len(set(given)) == 1 else None


def activation_name(value: Any) -> str | None:
    """Name of an activation as a checked configuration holds it; None where it holds none."""
    if isinstance(value, dict):
        return activation_of_class(value["class_name"])
    return value
