"""Convolution by hand is what Keras and SciPy compute, and its transpose is its transpose."""

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from keras import layers
from scipy import signal

import cnnviz_core as cnnviz
from cnnviz_core.errors import OptionError
from cnnviz_core.lab import convolution
from cnnviz_core.lab.axes import find_axes
from cnnviz_core.lab.convolution import convolve, convolve_transposed
from cnnviz_core.lab.sizes import transposed_windows, windows
from tests.core.replicas import replica_of

pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))
ends = st.tuples(st.integers(0, 3), st.integers(0, 3))
paddings = st.one_of(
    st.sampled_from(["valid", "same"]), st.integers(0, 3), ends, st.tuples(ends, ends)
)
shapes = st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 3))
kernel_shapes = st.tuples(st.integers(1, 4), st.integers(1, 4))
seeds = st.integers(0, 2**32 - 1)


def drawn(seed, *shape):
    """Numbers by chance, of mean 0."""
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def assert_close(left, right):
    """Equal but for rounding in float32."""
    assert left.dtype == np.float32
    assert left.shape == right.shape
    np.testing.assert_allclose(left, right, rtol=1e-5, atol=2e-5)


def assume_room(shape, kernel_shape, stride, padding, dilation):
    """Only what gives something."""
    try:
        find_axes(shape[:2], kernel_shape, stride, padding, dilation)
    except OptionError:
        assume(False)


@replica_of("convolve")
def slow_convolution(image, kernel, stride, ends, dilation):
    """Each product by itself; what lies outside of the image is zero."""
    (top, bottom), (left, right) = ends
    height = (image.shape[0] + top + bottom - dilation[0] * (kernel.shape[0] - 1) - 1) // stride[0]
    width = (image.shape[1] + left + right - dilation[1] * (kernel.shape[1] - 1) - 1) // stride[1]
    result = np.zeros((height + 1, width + 1, image.shape[2]))
    for y, x, c in np.ndindex(*result.shape):
        for i, j in np.ndindex(*kernel.shape[:2]):
            row = y * stride[0] + i * dilation[0] - top
            column = x * stride[1] + j * dilation[1] - left
            if 0 <= row < image.shape[0] and 0 <= column < image.shape[1]:
                result[y, x, c] += float(image[row, column, c]) * float(kernel[i, j, c])
    return result


@settings(max_examples=60)
@given(shapes, kernel_shapes, pairs, st.tuples(ends, ends), pairs, seeds)
def test_equals_products_added_one_by_one(shape, kernel_shape, stride, sides, dilation, seed):
    """Any stride, padding and dilation, apart and added up, turned and not."""
    assume_room(shape, kernel_shape, stride, sides, dilation)
    image, kernel = drawn(seed, *shape), drawn(seed + 1, *kernel_shape, shape[2])
    options = {"stride": stride, "padding": sides, "dilation": dilation}
    expected = slow_convolution(image, kernel, stride, sides, dilation)
    assert_close(convolve(image, kernel, apart=True, **options), expected)
    assert_close(convolve(image, kernel, **options), expected.sum(axis=-1))
    assert_close(
        convolve(image, kernel[::-1, ::-1], flipped=True, **options), expected.sum(axis=-1)
    )


@settings(max_examples=60)
@given(shapes, kernel_shapes, pairs, paddings, pairs, seeds)
@example((6, 9, 1), (4, 2), (1, 1), "same", (1, 1), 0)
@example((7, 7, 2), (3, 3), (2, 2), "same", (1, 1), 0)
def test_equals_scipys_correlation(shape, kernel_shape, stride, padding, dilation, seed):
    """SciPy's, on zeros put around the image and between the kernel's numbers; flipped, true."""
    assume_room(shape, kernel_shape, stride, padding, dilation)
    image, kernel = drawn(seed, *shape[:2]), drawn(seed + 1, *kernel_shape)
    down, across = find_axes(image.shape, kernel_shape, stride, padding, dilation)
    padded = np.pad(image, ((down.before, down.after), (across.before, across.after)))
    spread = np.zeros((down.extent, across.extent), np.float32)
    spread[:: dilation[0], :: dilation[1]] = kernel
    steps = np.s_[:: stride[0], :: stride[1]]
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    whole = signal.correlate(padded, spread, mode="valid", method="direct")
    assert_close(convolve(image, kernel, **options), whole[steps])
    turned = signal.convolve(padded, spread, mode="valid", method="direct")
    assert_close(convolve(image, kernel, flipped=True, **options), turned[steps])


def keras_layer(kind, weights, image, **options):
    """What one of Keras's layers gives with these weights and no bias."""
    layer = kind(use_bias=False, kernel_size=weights.shape[:2], **options)
    layer.build((None, *image.shape))
    layer.set_weights([weights])
    return np.asarray(layer(image[None]))[0]


named = st.sampled_from(["valid", "same"])


@settings(max_examples=80)
@given(shapes, kernel_shapes, st.integers(1, 3), named, st.integers(1, 3), seeds)
@example((5, 6, 1), (4, 2), 1, "same", 1, 0)
@example((5, 6, 1), (2, 3), 3, "same", 1, 0)
def test_equals_kerass_layers(shape, kernel_shape, stride, padding, dilation, seed):
    """Conv2D added up and DepthwiseConv2D apart, TensorFlow's uneven "same" included.

    TensorFlow has no convolution with both a stride and a dilation.
    """
    dilation = dilation if stride == 1 else 1
    assume_room(shape, kernel_shape, stride, padding, dilation)
    image, kernel = drawn(seed, *shape), drawn(seed + 1, *kernel_shape, shape[2])
    options = {"padding": padding, "strides": stride, "dilation_rate": dilation}
    own = {"padding": padding, "stride": stride, "dilation": dilation}
    expected = keras_layer(layers.Conv2D, kernel[..., None], image, filters=1, **options)
    assert_close(convolve(image, kernel, **own), expected[..., 0])
    expected = keras_layer(layers.DepthwiseConv2D, kernel[..., None], image, **options)
    assert_close(convolve(image, kernel, apart=True, **own), expected)


@replica_of("convolve_transposed")
def slow_transposed(image, kernel, stride, dilation):
    """Each product written to its place."""
    height, width = (
        (image.shape[axis] - 1) * stride[axis] + dilation[axis] * (kernel.shape[axis] - 1) + 1
        for axis in (0, 1)
    )
    result = np.zeros((height, width))
    for y, x in np.ndindex(*image.shape):
        for i, j in np.ndindex(*kernel.shape):
            place = y * stride[0] + i * dilation[0], x * stride[1] + j * dilation[1]
            result[place] += float(image[y, x]) * float(kernel[i, j])
    return result


@settings(max_examples=40)
@given(shapes, kernel_shapes, pairs, pairs, seeds)
def test_the_transposed_one_equals_products_written_one_by_one(
    shape, kernel_shape, stride, dilation, seed
):
    """With nothing cut off; and what is cut off is missing at its side."""
    image, kernel = drawn(seed, *shape[:2]), drawn(seed + 1, *kernel_shape)
    expected = slow_transposed(image, kernel, stride, dilation)
    whole = convolve_transposed(image, kernel, stride=stride, dilation=dilation, padding=0)
    assert_close(whole, expected)
    assume(min(expected.shape) > 3)
    cut = convolve_transposed(
        image, kernel, stride=stride, dilation=dilation, padding=((1, 2), (0, 1))
    )
    np.testing.assert_array_equal(cut, whole[1:-2, :-1])


@settings(max_examples=60)
@given(shapes, kernel_shapes, st.integers(1, 4), named, st.integers(1, 3), seeds)
@example((3, 4, 1), (2, 3), 4, "valid", 1, 0)
@example((3, 4, 1), (4, 2), 3, "same", 1, 0)
@example((3, 4, 1), (2, 3), 1, "same", 2, 0)
def test_the_transposed_one_equals_kerass(shape, kernel_shape, stride, padding, dilation, seed):
    """Conv2DTranspose, where strides leave gaps too; a stride and a dilation it has not at once."""
    dilation = dilation if stride == 1 else 1
    image, kernel = drawn(seed, *shape), drawn(seed + 1, *kernel_shape, shape[2])
    options = {"strides": stride, "padding": padding, "dilation_rate": dilation}
    weights = kernel[:, :, None, :]
    expected = keras_layer(layers.Conv2DTranspose, weights, image, filters=1, **options)
    own = {"stride": stride, "padding": padding, "dilation": dilation}
    assert_close(convolve_transposed(image, kernel, **own), expected[..., 0])


@settings(max_examples=60)
@given(shapes, kernel_shapes, pairs, paddings, pairs, seeds)
def test_the_transposed_one_is_the_transpose(shape, kernel_shape, stride, padding, dilation, seed):
    """<convolve(a), b> = <a, convolve_transposed(b)>, where their sizes are each other's."""
    b, kernel = drawn(seed, *shape[:2]), drawn(seed + 1, *kernel_shape)
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    try:
        laid_down = convolve_transposed(b, kernel, **options)
    except OptionError:
        assume(False)
    a = drawn(seed + 2, *laid_down.shape)
    left, right = (convolve(a, kernel, **options) * b).sum(), (a * laid_down).sum()
    np.testing.assert_allclose(left, right, rtol=1e-4, atol=1e-4)


@settings(max_examples=60)
@given(shapes, kernel_shapes, pairs, paddings, pairs, seeds)
def test_windows_name_the_pixels_that_are_read(
    shape, kernel_shape, stride, padding, dilation, seed
):
    """Pixels gathered by them, times the kernel, are the convolution; so for the transposed."""
    assume_room(shape, kernel_shape, stride, padding, dilation)
    image, kernel = drawn(seed, *shape[:2]), drawn(seed + 1, *kernel_shape)
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    bordered = np.pad(image, ((0, 1), (0, 1)))  # -1 reads the zeros of the border

    def gathered(rows, columns):
        read = bordered[rows[:, None, :, None], columns[None, :, None, :]]
        return (read * kernel).sum(axis=(2, 3))

    assert_close(
        convolve(image, kernel, **options), gathered(*windows(shape, kernel_shape, **options))
    )
    try:
        expected = convolve_transposed(image, kernel, **options)
    except OptionError:
        assume(False)
    assert_close(expected, gathered(*transposed_windows(shape, kernel_shape, **options)))


@settings(max_examples=100)
@given(kernel_shapes, seeds)
def test_a_kernel_likes_itself_best(kernel_shape, seed):
    """Of all patches of its norm, its own gets the largest response, which is its squared norm.

    Cauchy-Schwarz: <k, p> <= |k| |p|, equal only where p is a multiple of k.
    """
    kernel = drawn(seed, *kernel_shape)
    norm = np.linalg.norm(kernel)
    patches = drawn(seed + 1, 20, *kernel_shape)
    patches *= norm / np.linalg.norm(patches, axis=(1, 2), keepdims=True)
    own = convolve(kernel, kernel)
    np.testing.assert_allclose(own, norm**2, rtol=1e-5)
    assert all(convolve(patch, kernel) <= own * (1 + 1e-5) for patch in patches)


@settings(max_examples=30)
@given(seeds, st.integers(0, 12), st.integers(0, 12))
def test_a_kernel_is_found_where_it_lies(seed, top, left):
    """In noise whose every patch has a smaller norm, the response is largest at the kernel."""
    kernel = drawn(seed, 4, 4)
    image = np.random.default_rng(seed + 1).uniform(-0.1, 0.1, (16, 16)) * np.linalg.norm(kernel)
    image[top : top + 4, left : left + 4] = kernel
    patches = np.lib.stride_tricks.sliding_window_view(image, (4, 4))
    norms = np.linalg.norm(patches, axis=(2, 3))
    response = convolve(image, kernel)
    assume(np.sort(norms, axis=None)[-2] <= norms[top, left])
    assert np.unravel_index(response.argmax(), response.shape) == (top, left)


def test_large_kernels_go_by_way_of_the_spectrum_and_agree():
    """Beyond 15 x 15 the result is the same, with stride and dilation too."""
    image, kernel = drawn(0, 90, 70, 2), drawn(1, 17, 16)
    assert kernel.size > convolution.MOST_TERMS
    padded = np.pad(image.astype(float), ((3, 3), (1, 1), (0, 0)))
    spread = np.zeros((33, 31))
    spread[::2, ::2] = kernel
    expected = sum(signal.correlate(padded[..., c], spread, mode="valid") for c in (0, 1))
    found = convolve(image, kernel, stride=(2, 3), padding=(3, 1), dilation=2)
    np.testing.assert_allclose(found, expected[::2, ::3], rtol=1e-4, atol=1e-4)


def test_flat_images_have_no_edges_to_the_bit(photo):
    """Whole numbers stay whole: no edge is exactly zero, and a photo's identity is the photo."""
    flat = np.full((40, 40), 201, np.uint8)
    assert not convolve(flat, cnnviz.KERNELS["Sobel x"].weights, dilation=9).any()
    same = convolve(photo, cnnviz.KERNELS["Identity"].weights, padding="same", apart=True)
    np.testing.assert_array_equal(same, photo)


def test_an_image_of_one_plane_stays_one():
    """Channels come out only where channels went in."""
    assert convolve(np.ones((4, 4)), np.ones((2, 2)), apart=True).shape == (3, 3)
    assert convolve(np.ones((4, 4, 1)), np.ones((2, 2)), apart=True).shape == (3, 3, 1)


@pytest.mark.parametrize("function", [convolve, convolve_transposed])
@pytest.mark.parametrize(
    ("image", "kernel", "message"),
    [
        (np.ones(4), np.ones((2, 2)), "An image of shape"),
        (np.ones((4, 4, 3, 1)), np.ones((2, 2)), "An image of shape"),
        (np.ones((4, 0)), np.ones((2, 2)), "An image of shape"),
        (np.ones((4, 4), complex), np.ones((2, 2)), "type complex128"),
        ("image", np.ones((2, 2)), "numbers of"),
        (np.full((4, 4), np.nan), np.ones((2, 2)), "An image holds values"),
        (np.ones((4, 4)), [[np.inf]], "A kernel holds values"),
        (np.ones((4, 4, 3)), np.ones((2, 2, 2)), "A kernel of 2 channels"),
        (np.full((4, 4), 1e30), np.full((2, 2), 1e30), "larger than float32"),
        (np.full((4, 4), 1e300), np.array([[1e300, -1e300]]), "larger than float32"),
        (np.ones((4, 4)), np.ones((1, 600)), "kernel="),
    ],
)
def test_what_is_no_image_or_kernel_is_refused(function, image, kernel, message):
    """With what was given and what was expected."""
    with pytest.raises(OptionError, match=message):
        function(image, kernel)


def test_too_much_is_refused_before_it_is_made():
    """Neither padding nor strides can ask for more than fits."""
    image = np.broadcast_to(np.float32(1), (9000, 9000))
    with pytest.raises(OptionError, match="Choose a smaller image"):
        convolve(image, np.ones((2, 2)))
    with pytest.raises(OptionError, match="Choose a smaller image"):
        convolve(np.ones((9, 9)), np.ones((2, 2)), padding=9000)
    with pytest.raises(OptionError, match="Choose a smaller image"):
        convolve_transposed(np.ones((9, 9)), np.ones((2, 2)), stride=1500)
    with pytest.raises(OptionError, match="smaller ones were expected"):
        convolve_transposed(np.ones((500, 500)), np.ones((500, 500)))
    with pytest.raises(OptionError, match="cut off less"):
        convolve_transposed(np.ones((2, 2)), np.ones((2, 2)), padding=2)
