"""The walk back from a checked network's outputs; what it finds is held against heads elsewhere."""

from cnnviz_core.model_files.allowed.networks import Call, CheckedLayer, Network, TensorRef
from cnnviz_core.model_files.telling import endings


def chain(length):
    """A softmax, then layers that hand it on, each of which is an output too."""
    layers = [
        CheckedLayer("0", "InputLayer", {}),
        CheckedLayer("1", "Dense", {"activation": "softmax"}, (Call((TensorRef("0", 0, 0),), {}),)),
    ]
    for place in range(2, length):
        call = Call((TensorRef(str(place - 1), 0, 0),), {})
        layers.append(CheckedLayer(str(place), "Dropout", {}, (call,)))
    outputs = [TensorRef(layer.name, 0, 0) for layer in layers[1:]]
    return Network("m", "Functional", tuple(layers), [TensorRef("0", 0, 0)], outputs)


def test_no_layer_is_asked_twice(monkeypatch):
    """As many questions as layers, though each output leads through all layers before it."""
    layers_asked = []
    ends_in = endings.ends_in
    monkeypatch.setattr(
        endings, "ends_in", lambda *layer: layers_asked.append(layer) or ends_in(*layer)
    )
    for length in (50, 100):
        layers_asked.clear()
        assert set(endings.endings(chain(length))) == {"softmax"}
        assert len(layers_asked) == length - 1
