"""The order in which a network's calls can be made."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.allowed.networks import leaves

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cnnviz_core.model_files.allowed.networks import CheckedLayer, Network

    Node = tuple[str, int]


def ordered(network: Network) -> list[tuple[CheckedLayer, int]]:
    """Every call of a Functional network, each after those whose outputs it reads.

    A layer's own calls come one after the other, as Keras makes them.

    Raises:
        ModelFileError: a call reads what is not there, depends on itself or leads nowhere.
    """
    layers = {layer.name: layer for layer in network.layers}
    needs = _needs(network)
    followers: dict[Node, list[Node]] = {node: [] for node in needs}
    open_needs = {}
    for node, needed in needs.items():
        for source in needed:
            if source not in needs:
                _dangling(network, node[0], source)
            followers[source].append(node)
        open_needs[node] = len(needed)
    ready = deque(node for node, number in open_needs.items() if not number)
    done: list[Node] = []
    while ready:
        node = ready.popleft()
        done.append(node)
        for follower in followers[node]:
            open_needs[follower] -= 1
            if not open_needs[follower]:
                ready.append(follower)
    if len(done) < len(needs):
        stuck = next(node for node, number in open_needs.items() if number)
        raise ModelFileError(
            f"Layer {stuck[0][:80]!r} of {network.name[:80]!r} depends on its own output, so the "
            "file is damaged. Save the model again."
        )
    _all_used(network, needs)
    return [(layers[name], call) for name, call in done]


def _needs(network: Network) -> dict[Node, set[Node]]:
    needs: dict[Node, set[Node]] = {}
    for layer in network.layers:
        if layer.kind == "InputLayer":
            needs[layer.name, 0] = set()
        for index, call in enumerate(layer.calls):
            needed = {(ref.layer, ref.call) for ref in call.inputs()}
            if index:
                needed.add((layer.name, index - 1))
            needs[layer.name, index] = needed
    return needs


def _all_used(network: Network, needs: dict[Node, set[Node]]) -> None:
    """Refuse what does not lead to an output, and outputs that are not there."""
    ends = [(ref.layer, ref.call) for ref in leaves(network.outputs)]
    for end in ends:
        if end not in needs:
            _dangling(network, "output", end)
    used = _reached(ends, needs)
    for layer in network.layers:
        calls = range(max(1, len(layer.calls)))
        if layer.kind != "InputLayer" and any((layer.name, call) not in used for call in calls):
            raise ModelFileError(
                f"Layer {layer.name[:80]!r} of {network.name[:80]!r} leads to no output of the "
                "model. Build the model anew from its inputs and outputs and save it again."
            )


def _reached(ends: Iterable[Node], needs: dict[Node, set[Node]]) -> set[Node]:
    used: set[Node] = set()
    waiting = list(ends)
    while waiting:
        node = waiting.pop()
        if node not in used:
            used.add(node)
            waiting.extend(needs[node])
    return used


def _dangling(network: Network, reader: str, node: Node) -> None:
    raise ModelFileError(
        f"{reader[:80]!r} of {network.name[:80]!r} reads call {node[1]} of a layer "
        f"{node[0][:80]!r}, which is not in the file. The file is damaged; save the model again."
    )
