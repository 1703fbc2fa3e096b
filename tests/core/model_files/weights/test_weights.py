import dataclasses
import json

import keras
import numpy as np
import pytest
from keras import layers

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.allowed.checking import check
from cnnviz_core.model_files.allowed.sizing import size
from cnnviz_core.model_files.constructing import construct
from cnnviz_core.model_files.container.opening import open_contents
from cnnviz_core.model_files.weights.planning import plan
from tests.core.model_files.models_to_save import MODELS, nested, sequential, shared_between
from tests.core.model_files.saved_models import edited, randomized, read, saved


@pytest.mark.parametrize("ending", [".keras", ".h5"])
@pytest.mark.parametrize("make", MODELS)
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_every_weight_arrives(make, ending, tmp_path):
    """What Keras saved comes back weight for weight, by name, and predicts the same."""
    keras.utils.clear_session(free_memory=False)
    model = randomized(make())
    network, variables, contents = read(saved(model, tmp_path, ending))
    assignments = plan(network, variables, contents)
    built = construct(network, assignments, variables, contents)

    assert len(assignments) == sum(map(len, variables.values()))
    before, after = variables_values(model), variables_values(built)
    assert before.keys() == after.keys()
    for key, value in before.items():
        np.testing.assert_array_equal(after[key], value, err_msg=str(key))
    image = np.random.default_rng(1).uniform(size=(2, *model.input_shape[1:])).astype("float32")
    for ours, theirs in zip(outputs(built, image), outputs(model, image), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6, rtol=1e-6)


def variables_values(model, path=()):
    """Every weight's values by its layer's path and its place there."""
    values = {}
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            values |= variables_values(layer, (*path, layer.name))
        else:
            for index, weight in enumerate(layer.weights):
                values[(*path, layer.name, weight.name, index)] = np.array(weight)
    return values


def outputs(model, image):
    """Outputs for an image as a list of arrays."""
    return [np.array(output) for output in keras.tree.flatten(model(image, training=False))]


def planned(content, model):
    """Values of each variable of a file of weights alone, for a model whose network is known."""
    raw = json.loads(json.dumps(keras.saving.serialize_keras_object(model)))
    network, contents = check(raw), open_contents(content)
    return {
        (assignment.path, assignment.variable): contents.store.read(assignment.source)
        for assignment in plan(network, size(network).variables, contents)
    }


def weights_alone(content):
    """A `.h5` file without its configuration, as `save_weights` once wrote it."""

    def edit(file):
        for name in list(file["model_weights"]):
            file.move(f"model_weights/{name}", name)
        for name, value in file["model_weights"].attrs.items():
            file.attrs[name] = value
        del file["model_weights"], file.attrs["model_config"]

    return edited(content, edit)


@pytest.mark.parametrize("ending", [".weights.h5", ".h5"])
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_weights_alone_find_a_network_with_other_automatic_names(ending, tmp_path):
    """The numbers in names differ from session to session; their order says which is which."""
    keras.utils.clear_session(free_memory=False)
    model = sequential()
    later = randomized(sequential())
    assert model.layers[0].name != later.layers[0].name
    content = saved(later, tmp_path, ending)
    content = weights_alone(content) if ending == ".h5" else content
    values = planned(content, model)
    for ours, theirs in zip(model.layers, later.layers, strict=True):
        for weight in theirs.weights:
            np.testing.assert_array_equal(values[(ours.name,), weight.name], np.array(weight))


@pytest.mark.parametrize("ending", [".weights.h5", ".h5"])
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_weights_alone_with_other_names_are_refused(ending, tmp_path):
    """Layers of one shape in another order cannot be told apart, so names must agree."""
    keras.utils.clear_session(free_memory=False)

    def named(*names):
        convolutions = [layers.Conv2D(3, 3, padding="same", name=name) for name in names]
        return keras.Sequential([keras.Input((8, 8, 3)), *convolutions])

    content = saved(named("conv2d", "conv2d_1", "conv2d_7", "conv2d_6"), tmp_path, ending)
    content = weights_alone(content) if ending == ".h5" else content
    with pytest.raises(ModelFileError, match=r"layer 'conv2d_[23]'"):
        planned(content, named("conv2d", "conv2d_1", "conv2d_2", "conv2d_3"))
    with pytest.raises(ModelFileError, match="layer 'a'"):
        planned(content, named("a", "b", "c", "d"))


def test_arrays_that_change_are_noticed(tmp_path):
    """In 300 altered lists of arrays no plan comes out but the right one."""
    network, variables, contents = read(saved(randomized(nested()), tmp_path, ".keras"))
    right = plan(network, variables, contents)
    rng = np.random.default_rng(0)
    for _ in range(300):
        store = Altered(contents.store, rng)
        with pytest.raises(ModelFileError):
            plan(network, variables, dataclasses.replace(contents, store=store))
    assert plan(network, variables, contents) == right


class Altered:
    """A store one of whose arrays is gone, new, of another shape or type, or in another place."""

    def __init__(self, store, rng):
        self.arrays, self.groups, self.text = dict(store.arrays), store.groups, store.text
        self.texts = store.texts
        path = str(rng.choice(sorted(store.arrays)))
        entry, way = self.arrays.pop(path), rng.integers(5)
        if way == 1:
            self.arrays |= {path: entry, f"{path}0": entry}
        elif way == 2:
            self.arrays[path] = dataclasses.replace(entry, shape=(*entry.shape, 2))
        elif way == 3:
            self.arrays[path] = dataclasses.replace(entry, dtype="int64")
        elif way == 4:
            self.arrays[path.replace("vars", "bars")] = entry


def moved(places, container="layers"):
    """An edit that gives groups other places, and drops the names beside them."""

    def edit(file):
        file.visititems(lambda _, member: member.attrs.pop("name", None) and None)
        for old, new in places:
            file.move(old, new)
        for model in ("layers/functional", "layers/functional_2", ""):
            if container != "layers":
                file.move(f"{model}/layers", f"{model}/{container}")

    return edit


@pytest.mark.parametrize(
    "edit",
    [
        # As 2.15: a layer that another model has written uses up no number.
        moved([("layers/functional_1/layers/conv2d_1", "layers/functional_1/layers/conv2d")]),
        # As 2.12: each layer with weights counts twice.
        moved(
            [
                (f"layers/{old}", f"layers/{new}")
                for old, new in [
                    ("functional/layers/conv2d_1", "functional/layers/conv2d_2"),
                    ("functional_1/layers/conv2d_1", "functional_1/layers/conv2d_2"),
                    ("functional_1", "functional_2"),
                ]
            ],
            "_layer_checkpoint_dependencies",
        ),
    ],
)
def test_numbers_of_older_versions(edit, tmp_path):
    """Archives since 2.12 number their groups in three ways; each is read as it was meant."""
    model = randomized(shared_between())
    content = saved(model, tmp_path, ".keras")
    network, variables, contents = read(content)
    expected = {
        (assignment.path, assignment.variable): contents.store.read(assignment.source)
        for assignment in plan(network, variables, contents)
    }
    network, variables, contents = read(edited(content, edit))
    for assignment in plan(network, variables, contents):
        array = contents.store.read(assignment.source)
        np.testing.assert_array_equal(array, expected[assignment.path, assignment.variable])
