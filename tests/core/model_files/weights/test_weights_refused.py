import json
import zipfile

import h5py
import keras
import numpy as np
import pytest
from keras import layers

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.weights.planning import plan
from tests.core.model_files.saved_models import edited, randomized, read, saved

pytestmark = pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")


def twins():
    """Two convolutions of one shape, and a model inside that has two of that shape too."""
    image = keras.Input((8, 8, 3))
    inner_image = keras.Input((8, 8, 3))
    x = layers.Conv2D(3, 3, padding="same", name="inner_first")(inner_image)
    x = layers.BatchNormalization(name="norm")(x)
    x = layers.Conv2D(3, 3, padding="same", name="inner_second")(x)
    inner = keras.Model(inner_image, x, name="inner")
    x = layers.Conv2D(3, 3, padding="same", name="first")(inner(image))
    x = layers.Conv2D(3, 3, padding="same", name="second")(x)
    return keras.Model(image, layers.Dense(2, name="classes")(layers.Flatten()(x)))


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The same model as both kinds of file."""
    folder, model = tmp_path_factory.mktemp("files"), randomized(twins())
    return {ending: saved(model, folder, ending) for ending in (".keras", ".h5")}


def planned(content):
    """Which array each variable of a file gets, by the layer's path and the variable's name."""
    network, variables, contents = read(content)
    return {
        (assignment.path, assignment.variable): assignment.source
        for assignment in plan(network, variables, contents)
    }


def values(content):
    """Every variable's values, as planned."""
    network, variables, contents = read(content)
    return {
        (assignment.path, assignment.variable): contents.store.read(assignment.source)
        for assignment in plan(network, variables, contents)
    }


def exchange(file, first, second):
    """Two groups or arrays, each in the other's place."""
    file.move(first, "waiting")
    file.move(second, first)
    file.move("waiting", second)


def replace(file, path, array):
    """Another array in the place of one."""
    del file[path]
    file[path] = array


KERNEL = {
    ".keras": "layers/conv2d/vars/0",
    ".h5": "model_weights/first/first/kernel",
}


@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_an_array_is_missing(files, ending):
    """Its layer, name and shape are said."""

    def edit(file):
        del file[KERNEL[ending]]

    with pytest.raises(ModelFileError, match=r"'kernel' of layer 'first'|'first/kernel' of layer"):
        planned(edited(files[ending], edit))


@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_an_array_has_another_shape(files, ending):
    """Both shapes are said."""
    content = edited(
        files[ending], lambda file: replace(file, KERNEL[ending], np.ones((3, 3, 3, 4), "float32"))
    )
    with pytest.raises(ModelFileError, match=r"'kernel' of layer 'first'.*3, 3, 3, 4.*3, 3, 3, 3"):
        planned(content)


@pytest.mark.parametrize("ending", [".keras", ".h5"])
@pytest.mark.parametrize("dtype", ["int32", "bool"])
def test_an_array_holds_whole_numbers(files, ending, dtype):
    """A kernel is made of fractions."""
    content = edited(
        files[ending], lambda file: replace(file, KERNEL[ending], np.ones((3, 3, 3, 3), dtype))
    )
    with pytest.raises(ModelFileError, match=f"type {dtype}.*floating point"):
        planned(content)


@pytest.mark.parametrize(
    ("ending", "path"),
    [
        (".keras", "layers/conv2d/vars/2"),
        (".keras", "layers/conv2d_2/vars/0"),
        (".keras", "layers/functional/layers/dense/vars/0"),
        (".keras", "vars/0"),
        (".keras", "elsewhere/vars/0"),
        (".keras", "layers/conv2d/seed_generator/vars/0"),
        (".h5", "model_weights/first/first/scale"),
        (".h5", "model_weights/third/kernel"),
        (".h5", "model_weights/top_level_model_weights/kernel"),
    ],
)
def test_an_array_is_left_over(files, ending, path):
    """What belongs to no layer is not passed over in silence."""

    def edit(file):
        file[path] = np.ones((3, 3), "float32")

    with pytest.raises(ModelFileError, match=r"\(3, 3\) that no layer of its network asks for"):
        planned(edited(files[ending], edit))


@pytest.mark.parametrize(
    ("ending", "path", "value"),
    [
        (".keras", "optimizer/vars/0", np.float32(1)),
        (".keras", "_metrics/mean/vars/0", np.float32(1)),
        (".keras", "layers/functional/optimizer/vars/0", np.float32(1)),
        (".keras", "layers/flatten/seed_generator/vars/0", np.array([1, 2], "uint32")),
        (".h5", "optimizer_weights/adam/iter", np.int64(1)),
        (".h5", "model_weights/top_level_model_weights/StateVar", np.array([1, 2, 3])),
    ],
)
def test_what_is_no_weight_is_left_aside(files, ending, path, value):
    """Optimizers, metrics and random generators keep arrays beside the weights."""

    def edit(file):
        file[path] = value

    assert planned(edited(files[ending], edit)) == planned(files[ending])


def test_names_in_an_archive_are_held_against_the_order(files):
    """Two layers of one class and shape cannot change places unseen."""
    content = edited(
        files[".keras"], lambda file: exchange(file, "layers/conv2d", "layers/conv2d_1")
    )
    with pytest.raises(
        ModelFileError, match=r"of layer 'first' should be, the file has .* 'second'"
    ):
        planned(content)


def test_an_archive_without_names_is_read_by_number(files):
    """Older versions write none, and number the groups of a class in the order of the layers."""

    def edit(file):
        file.visititems(lambda _, member: member.attrs.pop("name", None) and None)

    assert planned(edited(files[".keras"], edit)) == planned(files[".keras"])


def test_backslashes_of_windows_are_read(files):
    """Groups called with backslashes in place of slashes are the same groups."""

    def edit(file):
        for name in [
            name for name in file["layers"] if isinstance(file["layers"][name], h5py.Group)
        ]:
            file.move(f"layers/{name}", f"layers\\{name}")
        inside = file["layers\\functional/layers"]
        for name in list(inside):
            file.move(f"layers\\functional/layers/{name}", f"layers\\functional\\layers\\{name}")

    content = edited(files[".keras"], edit)
    assert any("\\" in source for source in planned(content).values())
    for key, expected in values(files[".keras"]).items():
        np.testing.assert_array_equal(values(content)[key], expected)


def test_two_spellings_of_one_place_are_refused(files):
    """An array must not be there once with slashes and once with backslashes."""

    def edit(file):
        file["layers\\conv2d/vars/0"] = np.ones((3, 3, 3, 3), "float32")

    with pytest.raises(ModelFileError, match="two arrays 'layers/conv2d/vars/0'"):
        planned(edited(files[".keras"], edit))


@pytest.mark.parametrize("layer", ["first", "inner"])
def test_names_of_arrays_count_more_than_their_order(files, layer):
    """In HDF5 each array has a name, and a list in another order changes nothing."""

    def edit(file):
        group = file["model_weights"][layer]
        names = list(group.attrs["weight_names"])
        group.attrs["weight_names"] = [name.encode() for name in reversed(names)]

    reordered = edited(files[".h5"], edit)
    for key, expected in values(files[".h5"]).items():
        np.testing.assert_array_equal(values(reordered)[key], expected)


def test_an_array_called_after_another_layer_is_refused(files):
    """The group of one layer with arrays called after another is a contradiction."""

    def edit(file):
        for mine, other in (("first", "second"), ("second", "first")):
            group = file["model_weights"][mine]
            group.move(mine, other)
            names = [name.replace(mine, other) for name in group.attrs["weight_names"]]
            group.attrs["weight_names"] = [name.encode() for name in names]

    with pytest.raises(ModelFileError, match="of layer 'first' is called 'second', after another"):
        planned(edited(files[".h5"], edit))


def renamed(names):
    """An edit that gives the layers inside other scopes, as a used TensorFlow graph does."""

    def edit(file):
        group = file["model_weights/inner"]
        listed = list(group.attrs["weight_names"])
        arrays = {name: group[name][()] for name in listed}
        for name in list(group):
            del group[name]
        changed = ["/".join([names.get(part, part) for part in name.split("/")]) for name in listed]
        for old, new in zip(listed, changed, strict=True):
            group[new] = arrays[old]
        group.attrs["weight_names"] = [name.encode() for name in changed]

    return edit


@pytest.mark.parametrize(
    "names",
    [
        {"inner_first": "inner_first_1", "inner_second": "inner_second_4", "norm": "norm_2"},
        {"inner_first": "model_1/inner_first", "inner_second": "model_1/x/inner_second"},
        {"inner": "inner_1", "inner_second": "inner_second_1"},
    ],
)
def test_names_made_unique_are_understood(files, names):
    """Numbers behind layers' names, and scopes around them, change nothing."""
    content = edited(files[".h5"], renamed(names))
    for key, expected in values(files[".h5"]).items():
        np.testing.assert_array_equal(values(content)[key], expected)


def test_names_of_other_layers_inside_are_refused(files):
    """Arrays of a model inside must be called after its layers, whatever their shapes."""
    content = edited(files[".h5"], renamed({"inner_second": "another"}))
    with pytest.raises(ModelFileError, match="no array for 'kernel' of layer 'inner/inner_second'"):
        planned(content)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["first/kernel", "first/kernel"], "twice"),
        (["first/kernel"], "no array for 'bias' of layer 'first'"),
        (["first/kernel", "first/bias", "first/gone"], "does not hold it"),
        ([], "no arrays for layer 'first', which needs 2"),
    ],
)
def test_lists_of_arrays_that_are_wrong(files, names, message):
    """What a group lists must be there, once, and be all."""

    def edit(file):
        file["model_weights/first"].attrs["weight_names"] = [name.encode() for name in names]

    with pytest.raises(ModelFileError, match=message):
        planned(edited(files[".h5"], edit))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda names: [*names, "first"], "lists the layer 'first' twice"),
        (lambda names: [name for name in names if name != "first"], "no arrays for layer 'first'"),
    ],
)
def test_lists_of_layers_that_are_wrong(files, change, message):
    """Each layer with weights is listed once."""

    def edit(file):
        group = file["model_weights"]
        names = list(group.attrs["layer_names"])
        group.attrs["layer_names"] = [name.encode() for name in change(names)]

    with pytest.raises(ModelFileError, match=message):
        planned(edited(files[".h5"], edit))


def test_a_shared_number_proves_nothing_by_itself(tmp_path):
    """A layer without arrays gets those of another only if both are the same in all settings."""
    content = saved(randomized(twins()), tmp_path, ".keras")

    def edit(file):
        del file["layers/conv2d_1"]

    path = tmp_path / "forged.keras"
    path.write_bytes(edited(content, edit))
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    configuration = json.loads(parts["config.json"])
    for layer in configuration["config"]["layers"]:
        if layer["class_name"] == "Conv2D":
            layer["shared_object_id"] = 7
    parts["config.json"] = json.dumps(configuration).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    with pytest.raises(ModelFileError, match="no array for 'kernel' of layer 'second'"):
        planned(path.read_bytes())


@pytest.mark.parametrize("trainable", [True, False])
def test_order_decides_where_names_were_made_unique_from_others(tmp_path, trainable):
    """Arrays "conv_1" and "conv_1_1" of layers "conv" and "conv_1": what is trained comes first."""
    image, inner_image = keras.Input((8, 8, 3)), keras.Input((8, 8, 3))
    x = layers.Conv2D(3, 3, padding="same", name="conv", trainable=trainable)(inner_image)
    x = layers.Conv2D(3, 3, padding="same", name="conv_1")(layers.BatchNormalization()(x))
    model = keras.Model(image, keras.Model(inner_image, x, name="inner")(image))
    content = saved(randomized(model), tmp_path, ".h5")
    changed = edited(content, renamed({"conv": "conv_1", "conv_1": "conv_1_1"}))
    assert planned(changed) != planned(content)
    for key, expected in values(content).items():
        np.testing.assert_array_equal(values(changed)[key], expected)
