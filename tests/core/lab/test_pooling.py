"""Pooling by hand is what Keras computes."""

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from keras import layers

from cnnviz_core.errors import OptionError
from cnnviz_core.lab.pooling import pool
from tests.core.replicas import replica_of

sizes = st.tuples(st.integers(1, 4), st.integers(1, 4))
strides = st.one_of(st.none(), st.tuples(st.integers(1, 4), st.integers(1, 4)))
shapes = st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 3))
KINDS = {"max": layers.MaxPooling2D, "average": layers.AveragePooling2D}


def drawn(seed, *shape):
    """Numbers by chance; most are below zero, so that a zero of padding would win."""
    return np.random.default_rng(seed).normal(-2, 1, shape).astype(np.float32)


@replica_of("pool")
def slow_pooling(image, size, stride, ends, combine):
    """Each window cut out, less its padding."""
    (top, bottom), (left, right) = ends
    rows = range(-top, image.shape[0] + bottom - size[0] + 1, stride[0])
    columns = range(-left, image.shape[1] + right - size[1] + 1, stride[1])
    return np.array(
        [
            [
                combine(
                    image[max(y, 0) : y + size[0], max(x, 0) : x + size[1]].astype(float),
                    axis=(0, 1),
                )
                for x in columns
            ]
            for y in rows
        ]
    )


@settings(max_examples=60)
@given(shapes, sizes, strides, st.data(), st.integers(0, 2**32 - 1))
def test_equals_windows_cut_out(shape, size, stride, data, seed):
    """Any size, stride and padding, with channels and without."""
    ends = tuple(
        data.draw(st.tuples(st.integers(0, side - 1), st.integers(0, side - 1))) for side in size
    )
    assume(all(shape[axis] + sum(ends[axis]) >= size[axis] for axis in (0, 1)))
    image = drawn(seed, *shape)
    for kind, combine in (("max", np.max), ("average", np.mean)):
        expected = slow_pooling(image, size, stride or size, ends, combine)
        found = pool(image, size, stride=stride, kind=kind, padding=ends)
        assert found.dtype == np.float32
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, rtol=1e-5)
        first = pool(image[..., 0], size, stride=stride, kind=kind, padding=ends)
        np.testing.assert_array_equal(first, found[..., 0])


@settings(max_examples=60)
@given(shapes, sizes, strides, st.sampled_from(["valid", "same"]), st.integers(0, 2**32 - 1))
@example((5, 4, 1), (2, 3), (2, 1), "same", 0)
def test_equals_kerass_layers(shape, size, stride, padding, seed):
    """Where padding is neither the largest value nor counted in the mean."""
    assume(padding == "same" or (size[0] <= shape[0] and size[1] <= shape[1]))
    stride = stride if stride is None else (stride[0], stride[0])  # TensorFlow has one stride
    image = drawn(seed, *shape)
    for kind, layer in KINDS.items():
        expected = np.asarray(layer(size, strides=stride, padding=padding)(image[None]))[0]
        found = pool(image, size, stride=stride, kind=kind, padding=padding)
        np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_whole_numbers_and_photos_are_pooled(photo):
    """The largest of bytes is that byte; windows lie side by side unless told otherwise."""
    blocks = photo.reshape(45, 2, 60, 2, 3)
    np.testing.assert_array_equal(pool(photo, 2), blocks.max(axis=(1, 3)))
    np.testing.assert_array_equal(pool(photo, 2, kind="average"), blocks.mean(axis=(1, 3)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 0}, "size=0 was given"),
        ({"size": 5}, "does not fit into an input of height 4"),
        ({"size": 2, "stride": 0}, "stride=0 was given"),
        ({"size": 2, "kind": "least"}, '"max" or "average"'),
        ({"size": 2, "padding": "full"}, '"valid", "same" or numbers'),
        ({"size": 2, "padding": 2}, "nothing but padding; at most 1"),
        ({"size": (2, 2, 2)}, "one number or two"),
        ({"size": float("nan")}, "size=nan was given"),
    ],
)
def test_what_gives_nothing_is_refused(options, message):
    """With what was given and what was expected."""
    with pytest.raises(OptionError, match=message):
        pool(np.ones((4, 6)), **options)


def test_values_that_are_none_are_refused():
    """They would be the largest, or the mean, of all around."""
    with pytest.raises(OptionError, match="no finite numbers"):
        pool(np.array([[1.0, np.nan]]), 1)
