"""Whole model files that attack: by the layers, functions and sizes that their configuration names.

Each is the file of an honest model (`honest_files`) with one thing changed, so that it can only be
refused for that thing.
"""

from __future__ import annotations

import copy
import io
import json
import struct
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from tests.core.model_files import hostile_files
from tests.core.model_files.hostile_values import BAD_LAYERS, BAD_OBJECTS, BAD_VALUES, BOMBS

if TYPE_CHECKING:
    from collections.abc import Iterator

    Json = dict[str, Any]


def layer(class_name: Any, name: str, module: Any = "keras.layers", /, **config: Any) -> Json:
    """A layer as Keras 3 writes it."""
    return {
        "module": module,
        "class_name": class_name,
        "config": {"name": name, **config},
        "registered_name": None,
    }


def tensor(name: str, call: Any = 0, output: Any = 0) -> Json:
    """A reference to a layer's output."""
    history = [name, call, output]
    return {
        "class_name": "__keras_tensor__",
        "config": {"shape": [None], "dtype": "float32", "keras_history": history},
    }


def chain(
    *middle: Json, shape: tuple[Any, ...] = (None, 8, 8, 3), held: Json | None = None
) -> Json:
    """A Sequential model: an input, a convolution called "held", and what is given."""
    first = layer("InputLayer", "image", batch_shape=list(shape))
    held = layer("Conv2D", "held", filters=2, kernel_size=1) if held is None else held
    config = {"name": "model", "layers": [first, held, *middle]}
    return {"module": "keras", "class_name": "Sequential", "config": config}


def functional(*middle: Json, name: str = "model", held: Json | None = None) -> Json:
    """The same as a Functional model, each layer called on the one before."""
    listed = copy.deepcopy(chain(*middle, held=held)["config"]["layers"])
    for before, entry in zip([None, *listed], listed, strict=False):
        entry["name"] = entry["config"]["name"]
        args = [] if before is None else [{"args": [tensor(before["name"])], "kwargs": {}}]
        entry.setdefault("inbound_nodes", args)
    config = {
        "name": name,
        "layers": listed,
        "input_layers": [["image", 0, 0]],
        "output_layers": [[listed[-1]["name"], 0, 0]],
    }
    return {"module": "keras", "class_name": "Functional", "config": config}


def around(inner: Json) -> Json:
    """A Functional model whose one layer is another model."""
    nested = {
        **inner,
        "name": inner["config"]["name"],
        "inbound_nodes": [{"args": [tensor("outside")], "kwargs": {}}],
    }
    outside = {**layer("InputLayer", "outside", batch_shape=[None, 8, 8, 3]), "inbound_nodes": []}
    config = {
        "name": f"around_{nested['name']}",
        "layers": [{**outside, "name": "outside"}, nested],
        "input_layers": [["outside", 0, 0]],
        "output_layers": [[nested["name"], int(inner["class_name"] == "Functional"), 0]],
    }
    return {"module": "keras", "class_name": "Functional", "config": config}


def archive(configuration: Any, place: str = "layers/conv2d") -> bytes:
    """A `.keras` file with the weights of the layer "held"."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file[f"{place}/vars/0"] = np.ones((1, 1, 3, 2), "float32")
        file[f"{place}/vars/1"] = np.zeros(2, "float32")
    text = configuration if isinstance(configuration, bytes) else json.dumps(configuration).encode()
    return hostile_files.keras(config=text, weights=buffer.getvalue())


def legacy(*middle: Json, as_list: bool = False, held: Json | None = None) -> bytes:
    """The same model in HDF5, as Keras 2 wrote it: no modules, the input's shape in a layer."""
    conv = {"name": "held", "filters": 2, "kernel_size": [1, 1], **(held or {})}
    first = {"class_name": "Conv2D", "config": {**conv, "batch_input_shape": [None, 8, 8, 3]}}
    plain = [{key: entry[key] for key in ("class_name", "config")} for entry in middle]
    listed = [first, *plain]
    config = listed if as_list else {"name": "model", "layers": listed}
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": config})
        file.attrs["keras_version"], file.attrs["backend"] = "2.3.1", "tensorflow"
        names = ["held", *(str(entry["config"].get("name")) for entry in plain)]
        weights = file.create_group("model_weights")
        weights.attrs["layer_names"] = [name.encode()[:40] for name in names]
        for name in names:
            weights.require_group(name[:40]).attrs["weight_names"] = []
        weights["held"].attrs["weight_names"] = [b"held/kernel:0", b"held/bias:0"]
        weights["held/held/kernel:0"] = np.ones((1, 1, 3, 2), "float32")
        weights["held/held/bias:0"] = np.zeros(2, "float32")
    return buffer.getvalue()


def honest_files() -> Iterator[tuple[str, bytes]]:
    """The files that the others are made of, which open."""
    relu = layer("ReLU", "x")
    yield "archive", archive(chain(relu))
    yield "functional", archive(functional(relu))
    yield "nested", archive(around(functional(relu)), "layers/functional/layers/conv2d")
    yield "nested sequential", archive(around(chain(relu)), "layers/sequential/layers/conv2d")
    yield "HDF5", legacy(relu)
    yield "HDF5 list", legacy(relu, as_list=True)


def _everywhere(name: str, bad: Json, match: str) -> Iterator[tuple[str, bytes, str]]:
    """A layer in every kind of file and place."""
    nested = "layers/functional/layers/conv2d"
    yield f"{name}: archive", archive(chain(bad)), match
    yield f"{name}: functional", archive(functional(bad)), match
    yield f"{name}: nested", archive(around(functional(bad)), nested), match
    yield f"{name}: nested twice", archive(around(around(functional(bad)))), match
    inside = archive(around(chain(bad)), "layers/sequential/layers/conv2d")
    yield f"{name}: nested sequential", inside, match
    yield f"{name}: first", archive(chain(held=bad)), match
    yield f"{name}: HDF5", legacy(bad), match
    yield f"{name}: HDF5 list", legacy(bad, as_list=True), match
    wrapped = layer("TimeDistributed", "outer", layer=bad)
    yield f"{name}: wrapped", archive(chain(wrapped)), "."


def bad_layers() -> Iterator[tuple[str, bytes, str]]:
    """Layers that run code, read files, or are not Keras's."""
    for name, module, class_name, config, match in BAD_LAYERS:
        bad = layer(class_name, "x", module, **config)
        yield from _everywhere(name, bad, match)
    dense = layer("Dense", "x", units=2)
    for registered in ("package>Dense", "Custom>Dense", "dense", "", ["Dense"], {"a": 1}, 3):
        bad = {**dense, "registered_name": registered}
        yield f"registered {registered!r}", archive(chain(bad)), "custom|own|not"


def bad_objects() -> Iterator[tuple[str, bytes, str]]:
    """Functions and objects in the place of an activation, an initializer and the like."""
    keys = (
        "activation",
        "kernel_initializer",
        "bias_initializer",
        "kernel_regularizer",
        "activity_regularizer",
        "bias_constraint",
        "dtype",
    )
    for name, value in BAD_OBJECTS:
        for key in keys:
            held = layer("Conv2D", "held", filters=2, kernel_size=1, **{key: value})
            yield f"{key} {name}: archive", archive(chain(held=held)), key
            in_model = archive(around(functional(held=held)), "layers/functional/layers/conv2d")
            yield f"{key} {name}: nested", in_model, key
        yield f"activation {name}: HDF5", legacy(held={"activation": value}), "."
        call = {"args": [tensor("held"), value], "kwargs": {}}
        add = {**layer("Add", "x", "keras.src.ops.numpy"), "inbound_nodes": [call]}
        yield f"argument {name}", archive(functional(add)), "."
        keyed = {"args": [tensor("held")], "kwargs": {"x2": value}}
        yield f"keyword {name}", archive(functional({**add, "inbound_nodes": [keyed]})), "."


def bad_values() -> Iterator[tuple[str, bytes, str]]:
    """Numbers and names that are none, or out of any bounds."""
    for name, value in BAD_VALUES:
        for key in ("filters", "kernel_size"):
            held = layer("Conv2D", "held", **{"filters": 2, "kernel_size": 1, key: value})
            yield f"{key} {name}", archive(chain(held=held)), "."
        rate = layer("Dropout", "x", rate=value if value != 1 else 2)
        yield f"rate {name}", archive(chain(rate)), "."
        for place in (0, 2):
            history: list[Any] = ["held", 0, 0]
            history[place] = value
            call = {"args": [tensor(*history)], "kwargs": {}}
            read = {**layer("ReLU", "x"), "inbound_nodes": [call]}
            yield f"history {place} {name}", archive(functional(read)), "."
        if not isinstance(value, str):
            bad = layer("ReLU", "x")
            yield f"name {name}", archive(chain({**bad, "config": {"name": value}})), "name"


def bombs() -> Iterator[tuple[str, bytes, str]]:
    """Models that would take memory or time without end once they are built or run."""
    for name, shape, layers, match in BOMBS:
        made = [layer(kind, f"x{i}", **config) for i, (kind, config) in enumerate(layers)]
        yield f"bomb {name}", archive(chain(*made, shape=shape)), match
        if shape == (None, 8, 8, 3) and len(made) < 100:
            place = "layers/functional/layers/conv2d"
            yield f"bomb {name}: nested", archive(around(functional(*made)), place), match
    deep = functional(layer("ReLU", "x"), name="m")
    for _ in range(14):
        deep = around(deep)
    yield "nested deep", archive(deep), "too deep"
    yield "billion laughs", archive(_laughing()), "more than 6000 times"
    yield "names of notes beside members", _noted_zip(), "no Keras model"


def _laughing() -> Json:
    """Ten models, each of which calls the one before ten times."""
    model = functional(layer("ReLU", "x"), name="laugh_0")
    for number in range(1, 10):
        before = model["config"]["name"]
        calls = [tensor("outside"), *(tensor(before, i) for i in range(9))]
        model = around(model)
        model["config"]["name"] = f"laugh_{number}"
        inner = model["config"]["layers"][1]
        inner["inbound_nodes"] = [{"args": [argument], "kwargs": {}} for argument in calls]
        model["config"]["output_layers"] = [[before, 10, 0]]
    return model


def _noted_zip() -> bytes:
    """An archive of 200 entries with 64 KB of empty notes each, which take long to walk."""
    bodies, entries, place = [], [], 0
    for number in range(200):
        name = str(number).encode()
        body = struct.pack("<4s5H3I2H", b"PK\3\4", 20, *[0] * 7, len(name), 0) + name
        sizes = (len(name), 65532, *[0] * 4, place)
        entries.append(struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, *[0] * 7, *sizes) + name)
        entries.append(bytes(65532))
        bodies.append(body)
        place += len(body)
    listed = b"".join(entries)
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 200, 200, len(listed), place, 0)
    return b"".join(bodies) + listed + end


def hostile_models() -> Iterator[tuple[str, bytes, str]]:
    """Name, content and a part of the sentence, of all files of the corpus."""
    yield from bad_layers()
    yield from bad_objects()
    yield from bad_values()
    yield from bombs()
    yield from hostile_files.hostile_files()
