"""Models saved by Keras, and their files taken apart, for tests of what reads them."""

import io
import zipfile

import h5py
import keras
import numpy as np

from cnnviz_core.model_files.allowed.checking import check
from cnnviz_core.model_files.allowed.sizing import size
from cnnviz_core.model_files.container.opening import open_contents
from cnnviz_core.model_files.repair import modernize


def read(content):
    """The network of a file, its variables, and what is in it."""
    contents = open_contents(content)
    raw, _ = modernize(contents)
    network = check(raw)
    return network, size(network).variables, contents


def randomized(model, seed=0):
    """The model, each weight drawn anew; what must be positive is."""
    rng = np.random.default_rng(seed)
    for weight in model.weights:
        if weight.name != "count":
            weight.assign(rng.uniform(0.2, 1.0, weight.shape))
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()
    return model


def saved(model, folder, ending):
    """The bytes of a file that Keras writes of a model."""
    path = folder / f"model{ending}"
    if ending == ".weights.h5":
        model.save_weights(path)
    else:
        model.save(path)
    return path.read_bytes()


def edited(content, edit):
    """The bytes of a file whose HDF5 part a function has changed."""
    if not content.startswith(b"PK"):
        return _edited_hdf5(content, edit)
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, _edited_hdf5(part, edit) if name.endswith(".h5") else part)
    return changed.getvalue()


def _edited_hdf5(content, edit):
    stream = io.BytesIO(content)
    with h5py.File(stream, "r+") as file:
        edit(file)
    return stream.getvalue()
