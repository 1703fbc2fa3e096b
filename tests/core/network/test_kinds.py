"""What the table says of each kind of layer is what Keras's layers of that kind do."""

import inspect
import subprocess
import sys

import keras
import numpy as np
import pytest

from cnnviz_core.model_files.allowed.rules import RULES
from cnnviz_core.model_files.repair import layout_rules, theano
from cnnviz_core.network.kinds import BY_SETTING, KINDS, UNKNOWN, known
from tests.core.network.layers_by_name import called, classes, inputs, made
from tests.places import ROOT

NOTHING_KNOWN = {
    # of one or three dimensions, or of sequences
    *("AdaptiveAveragePooling1D", "AdaptiveAveragePooling3D", "AdaptiveMaxPooling1D"),
    *("AdaptiveMaxPooling3D", "AveragePooling1D", "AveragePooling3D", "Bidirectional", "Conv1D"),
    *("Conv1DTranspose", "Conv3D", "Conv3DTranspose", "ConvLSTM1D", "ConvLSTM3D", "Cropping1D"),
    *("Cropping3D", "DepthwiseConv1D", "GRU", "GRUCell", "GlobalAveragePooling1D"),
    *("GlobalAveragePooling3D", "GlobalMaxPooling1D", "GlobalMaxPooling3D", "LSTM", "LSTMCell"),
    *("MaxPooling1D", "MaxPooling3D", "MelSpectrogram", "RNN", "RepeatVector", "STFTSpectrogram"),
    *("SeparableConv1D", "SimpleRNN", "SimpleRNNCell", "StackedRNNCells", "UpSampling1D"),
    *("UpSampling3D", "ZeroPadding1D", "ZeroPadding3D"),
    # of tables, words and boxes
    *("CategoryEncoding", "Discretization", "Embedding", "HashedCrossing", "Hashing"),
    *("IntegerLookup", "MaxNumBoundingBoxes", "ReversibleEmbedding", "StringLookup"),
    "TextVectorization",
    # each value that comes out may see the whole picture
    *("AdaptiveAveragePooling2D", "AdaptiveMaxPooling2D", "AdditiveAttention", "Attention"),
    *("AutoContrast", "ContrastLimitedAdaptiveHistogramEqualization", "ConvLSTM2D", "Dot"),
    *("EinsumDense", "Equalization", "GlobalAveragePooling2D", "GlobalMaxPooling2D"),
    *("GroupedQueryAttention", "MultiHeadAttention", "Permute"),
    # anything, by what is inside or by their settings
    *("FlaxLayer", "InputSpec", "JaxLayer", "Lambda", "Layer", "Masking", "Pipeline"),
    *("Solarization", "SpectralNormalization", "TFSMLayer", "TimeDistributed"),
    *("TorchModuleWrapper", "Wrapper"),
}
CASES = [cls for name in KINDS for cls in classes(name) if name not in ("InputLayer", "GetItem")]
FUNCTION_SETTINGS = {"threshold": (0.1, 0.0)}


def those(claim):
    """The classes of which the table claims something."""
    chosen = [cls for cls in CASES if claim(KINDS[cls.__name__])]
    return pytest.mark.parametrize(
        "cls", chosen, ids=lambda cls: f"{cls.__module__}.{cls.__name__}"
    )


def moved(cls, change, **settings):
    """For each input, where what comes out differs once `change` was made to that input."""
    layer, arrays = made(cls, **settings), inputs(cls)
    before = called(layer, arrays)
    for position, array in enumerate(arrays):
        changed = [*arrays]
        changed[position] = array.copy()
        change(changed[position])
        after = called(layer, changed)
        yield array.shape, ~np.isclose(after, before, rtol=1e-5, atol=1e-6, equal_nan=True)


def test_every_layer_of_keras_is_known_or_said_to_be_unknown():
    """A new layer of Keras has to be looked at; each name of the table is one of Keras's."""
    exported = [value for value in vars(keras.layers).values() if inspect.isclass(value)]
    assert {cls.__name__ for cls in exported} - set(KINDS) == NOTHING_KNOWN
    assert [name for name in KINDS if not classes(name)] == []
    assert known("NoSuchLayer") is UNKNOWN


@those(lambda kind: kind.passes_on)
def test_what_passes_its_input_on_changes_nothing(cls):
    """Augmentation, noise and dropout too, also beyond the range of pixels."""
    (given,) = inputs(cls, low=-40, high=400)
    np.testing.assert_array_equal(called(made(cls), [given]), given)


@those(lambda kind: kind.reshapes)
def test_what_reshapes_keeps_values_and_their_order(cls):
    """The same numbers come out one after the other."""
    (given,) = inputs(cls)
    np.testing.assert_array_equal(called(made(cls), [given]).ravel(), given.ravel())


@those(lambda kind: kind.elementwise)
def test_elementwise_means_one_value_by_one(cls):
    """Changing one value of an input changes only the value at its place."""

    def change(array):
        array.flat[20] += 0.9

    for shape, differs in moved(cls, change):
        assert differs.shape == shape
        assert np.flatnonzero(differs).tolist() in ([], [20])
    assert KINDS[cls.__name__].by_cell


@those(lambda kind: kind.by_cell and not kind.passes_on)
def test_by_cell_means_one_cell_by_one(cls):
    """Changing one cell of an input changes one cell of the output at most."""

    def change(array):
        array[1, 2, 3] += 0.9

    for _, differs in moved(cls, change):
        cells = differs.any(axis=-1)
        assert cells.sum() <= 1
        assert not cells[0].any()


def seen_by_cells(cls, side, **settings):
    """Whether each input cell moves each output cell, (rows out, columns out, rows, columns)."""
    layer = made(cls, **settings)
    base = np.random.default_rng(1).uniform(0, 1, (1, side, side, 3)).astype("f4")
    pictures = base + 50 * np.eye(side * side).reshape(-1, side, side, 1).astype("f4")
    differs = ~np.isclose(called(layer, [pictures]), called(layer, [base]), rtol=1e-4)
    _, rows, columns, _ = differs.shape
    return np.moveaxis(differs.any(axis=-1), 0, -1).reshape(rows, columns, side, side)


WINDOWS = [
    (cls, stride, dilation)
    for cls in CASES
    for stride, dilation in ((1, 1), (2, 1), (1, 2))
    if (kind := KINDS[cls.__name__]).window and (dilation == 1 or not kind.pools)
]


@pytest.mark.parametrize(("cls", "stride", "dilation"), WINDOWS)
def test_windowed_layers_see_their_window_and_all_of_it(cls, stride, dilation):
    """Output cell i sees the cells i * stride + k * dilation, k below the window's side."""
    gaps = {"dilation_rate": dilation} if dilation > 1 else {}
    seen = seen_by_cells(cls, 8, **{KINDS[cls.__name__].window: 3, "strides": stride, **gaps})
    for (row, column), cells in zip(
        np.ndindex(seen.shape[:2]), seen.reshape(-1, 8, 8), strict=True
    ):
        window = np.zeros((8, 8), bool)
        window[np.ix_(*(i * stride + dilation * np.arange(3) for i in (row, column)))] = True
        np.testing.assert_array_equal(cells, window)


@those(lambda kind: kind.repeats)
def test_repeating_layers_show_each_cell_several_times(cls):
    """Each output cell sees the one cell that it repeats."""
    down, across = 2, 3
    seen = seen_by_cells(cls, 4, **{KINDS[cls.__name__].repeats: (down, across)})
    for row, column in np.ndindex(seen.shape[:2]):
        assert np.argwhere(seen[row, column]).tolist() == [[row // down, column // across]]


@those(lambda kind: kind.linear and not kind.passes_on)
def test_linear_layers_add_up_and_keep_channels_apart(cls):
    """f(a) + f(b) = f(a + b) + f(0); a change of one channel moves that channel alone."""
    layer, (first,) = made(cls), inputs(cls)
    second, zero = first[::-1], np.zeros_like(first)
    called(layer, [zero])
    for weight in layer.weights if isinstance(layer, keras.Layer) else ():
        if weight.name in ("gamma", "beta", "moving_mean", "moving_variance"):
            weight.assign([0.5, 1.5, 2.0])
    of_first, of_second, of_sum, of_zero = (
        called(layer, [values]) for values in (first, second, first + second, zero)
    )
    np.testing.assert_allclose(of_first + of_second, of_sum + of_zero, atol=1e-4)
    changed = first.copy()
    changed[..., 1] += 1
    differs = ~np.isclose(called(layer, [changed]), of_first, atol=1e-6)
    assert differs[..., 1].any()
    assert not differs[..., [0, 2]].any()


@those(lambda kind: kind.keeps_scale)
def test_what_keeps_the_scale_leaves_a_flat_picture_flat(cls):
    """Of a grey picture come the same grey, and zeros only where it is padded."""
    (given,) = inputs(cls)
    outputs = called(made(cls), [np.full_like(given, 0.7)])
    grey = np.isclose(outputs, 0.7)
    if KINDS[cls.__name__].pads:
        assert grey.sum() == given.size
        assert not outputs[~grey].any()
    else:
        assert grey.all()


def test_an_item_of_a_tensor_keeps_its_scale():
    """Slicing computes nothing."""
    assert known("GetItem").keeps_scale
    picture = keras.Input((6, 6, 4))
    step = keras.Model(picture, picture[..., :3]).operations[-1]
    assert type(step).__name__ == "GetItem"


@those(lambda kind: kind.rescales)
def test_what_rescales_has_numbers_of_its_own(cls):
    """It changes the picture's scale, and no training changes how."""
    layer, (given,) = made(cls), inputs(cls)
    assert not np.allclose(called(layer, [given]), given)
    assert layer.trainable_weights == []
    assert KINDS[cls.__name__].linear
    assert KINDS[cls.__name__].elementwise


@those(lambda kind: kind.normalizes)
def test_what_normalizes_forgets_the_size_of_its_input(cls):
    """Where it measures, ten times the input gives the same output."""
    layer, (given,) = made(cls), inputs(cls)
    training = {"training": True} if layer._call_has_training_arg else {}
    once, tenfold = (np.asarray(layer(factor * given, **training)) for factor in (1, 10))
    np.testing.assert_allclose(once, tenfold, atol=0.02)
    assert not np.allclose(once, given, atol=0.1)


@those(lambda kind: kind.arithmetic)
def test_arithmetic_is_a_sum_difference_product_or_quotient(cls):
    """Of two inputs."""
    first, second = inputs(cls, low=1)
    outputs = called(made(cls), [first, second])
    results = (first + second, first - second, first * second, first / second)
    assert sum(np.allclose(outputs, result, rtol=1e-5) for result in results) == 1


@those(lambda kind: kind.activation not in (None, BY_SETTING))
def test_an_activation_is_the_function_of_its_name(cls):
    """A layer or operation gives what the function of `keras.activations` gives."""
    name, (given,) = KINDS[cls.__name__].activation, inputs(cls, low=-8, high=8)
    function = getattr(keras.activations, name)
    expected = np.asarray(function(given, *FUNCTION_SETTINGS.get(name, ())))
    np.testing.assert_allclose(called(made(cls), [given]), expected, atol=1e-5)


@pytest.mark.parametrize("name", ["linear", "relu", "softmax", "tanh"])
def test_an_activation_layer_is_what_its_setting_says(name):
    """`BY_SETTING` is the mark of layers that do what another function does."""
    (cls,) = (cls for cls in CASES if KINDS[cls.__name__].activation == BY_SETTING)
    (given,) = inputs(cls)
    expected = np.asarray(getattr(keras.activations, name)(given))
    np.testing.assert_allclose(called(made(cls, activation=name), [given]), expected, atol=1e-6)


@those(lambda kind: kind.kernels)
def test_kernels_are_weights_of_the_layer_in_the_order_told(cls):
    """Input channels before filters, but for transposed ones; depthwise ones mix no channels."""
    kind, layer, (given,) = KINDS[cls.__name__], made(cls), inputs(cls)
    channels, filters = given.shape[-1], called(layer, [given]).shape[-1]
    first = getattr(layer, kind.kernels[0])
    assert first.shape[-1 if kind.transposed else -2] == channels
    last = getattr(layer, kind.kernels[-1]).shape
    if not kind.depthwise or len(kind.kernels) > 1:
        assert last[-2 if kind.transposed else -1] == filters
    if kind.depthwise:
        assert first.shape[-1] == layer.depth_multiplier


def test_other_lists_of_kinds_agree_with_the_table():
    """What repairs and rules take for elementwise, windowed or averaged is so here."""
    single = layout_rules.EACH_VALUE | layout_rules.SEVERAL
    assert [name for name in single if not known(name).by_cell] == []
    assert {name for name in layout_rules.SPATIAL if known(name).window} == {
        name for name, kind in KINDS.items() if kind.window
    }
    assert set(theano.POOLING) == {name for name, k in KINDS.items() if k.pools}
    today = {rule.class_name for rule in RULES.values()}
    convolutions = {name for name, kind in KINDS.items() if kind.kernels} - {"Dense"}
    assert theano.CONVOLUTIONS & today == convolutions
    values = {rule.class_name for rule in RULES.values() if rule.size.__name__ == "_elementwise"}
    assert len(values) > 50
    assert [name for name in values if not known(name).elementwise] == []


def test_the_table_needs_no_keras():
    """What the web process and the reading of files ask is there before TensorFlow is."""
    code = (
        "import sys; from cnnviz_core.network import endings, kinds; "
        "assert kinds.known('ReLU').activates; "
        "assert not {'tensorflow', 'keras', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
