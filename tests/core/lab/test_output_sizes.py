"""How large a result is: counted, computed, said in a formula; and what gives nothing."""

import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnnviz_core.errors import OptionError
from cnnviz_core.lab.axes import MOST_SIDE, find_axes
from cnnviz_core.lab.convolution import convolve
from cnnviz_core.lab.pooling import pool
from cnnviz_core.lab.sizes import output_size
from tests.core.replicas import replica_of
from tests.places import ROOT

ends = st.tuples(st.integers(0, 4), st.integers(0, 4))


@replica_of("output_size")
def counted(size, kernel, stride, before, after, dilation):
    """Windows set down one after the other, as long as they fit."""
    start, windows = -before, 0
    while start + dilation * (kernel - 1) < size + after:
        start, windows = start + stride, windows + 1
    return windows


@settings(max_examples=200)
@given(*[st.integers(1, 12)] * 3, ends, st.integers(1, 4))
def test_equals_windows_counted(size, kernel, stride, sides, dilation):
    """What fits is counted; where nothing does, that is said."""
    expected = counted(size, kernel, stride, *sides, dilation)
    options = {"stride": stride, "padding": sides, "dilation": dilation}
    if expected < 1:
        with pytest.raises(OptionError, match="does not fit"):
            output_size(size, kernel, **options)
    else:
        assert output_size(size, kernel, **options).size == expected


@settings(max_examples=200)
@given(*[st.integers(1, 12)] * 3, st.one_of(st.just("same"), st.just("valid"), ends))
def test_the_formula_is_true(size, kernel, stride, padding):
    """What stands on its left, worked out, is what stands on its right, and the size."""
    for dilation in (1, 2):
        options = {"stride": stride, "padding": padding, "dilation": dilation}
        try:
            found = output_size(size, kernel, **options)
        except OptionError:
            continue
        left, right = found.formula.translate(str.maketrans("⌊⌋·\N{MINUS SIGN}", "()*-")).split("=")
        assert re.fullmatch(r"[-+*/() 0-9]+", left)
        assert eval(left.replace("/", "//")) == int(right) == found.size


@settings(max_examples=100)
@given(
    st.tuples(st.integers(1, 9), st.integers(1, 9)),
    *[st.tuples(st.integers(1, 4), st.integers(1, 4))] * 3,
    st.sampled_from(["valid", "same", 1]),
)
def test_is_the_shape_of_what_comes_out(shape, kernel, stride, dilation, padding):
    """Of a convolution, and of pooling."""
    options = {"stride": stride, "padding": padding}
    try:
        size = output_size(shape, kernel, dilation=dilation, **options).size
    except OptionError:
        assume(False)
    image = np.ones(shape)
    assert convolve(image, np.ones(kernel), dilation=dilation, **options).shape == size
    assume(padding != 1 or min(kernel) > 1)
    try:
        size = output_size(shape, kernel, **options).size
    except OptionError:
        assume(False)
    assert pool(image, kernel, **options).shape == size


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "expected"),
    [(5, 2, 1, (0, 1)), (5, 4, 1, (1, 2)), (6, 3, 2, (0, 1)), (7, 3, 2, (1, 1)), (8, 1, 3, (0, 0))],
)
def test_same_padding_is_uneven_at_the_end(size, kernel, stride, expected):
    """As TensorFlow has it; the results that follow are held against Keras's."""
    axis, _ = find_axes((size, size), kernel, stride, "same", 1)
    assert (axis.before, axis.after) == expected
    assert axis.out == -(-size // stride)


def test_both_axes_have_their_formula():
    """Height and width by name."""
    found = output_size((7, 8), (3, 2), stride=(2, 1), padding=((1, 0), (0, 0)))
    assert found.size == (3, 7)
    assert output_size(7, 3, padding=(1, 0)).size == 6
    minus = "\N{MINUS SIGN}"
    assert found.formula == (
        f"height ⌊(7 + 1 + 0 {minus} 3) / 2⌋ + 1 = 3; width ⌊(8 {minus} 2) / 1⌋ + 1 = 7"
    )
    assert output_size(7, 3, dilation=2, padding=1).formula == (
        f"⌊(7 + 2·1 {minus} 2·(3 {minus} 1) {minus} 1) / 1⌋ + 1 = 5"
    )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"size": 0}, "size=0"),
        ({"size": float("nan")}, "size=nan"),
        ({"size": MOST_SIDE + 1}, f"1 to {MOST_SIDE}"),
        ({"size": (3, 3, 3)}, "one number or two"),
        ({"kernel": 8}, "A window of height 8 does not fit into an input of height 7"),
        ({"kernel": 10, "padding": 1}, "of height 7, 9 with padding"),
        ({"dilation": 4}, "3, 9 with its gaps,"),
        ({"kernel": 0}, "kernel=0"),
        ({"stride": 0}, "stride=0 was given; a whole number"),
        ({"stride": 1.5}, "stride=1.5"),
        ({"stride": None}, "stride=None"),
        ({"dilation": -1}, "dilation=-1"),
        ({"dilation": 10**9}, "dilation=1000000000"),
        ({"padding": -1}, "padding=-1"),
        ({"padding": "full"}, "padding='full'"),
        ({"padding": (1, 2, 3)}, "padding=.1, 2, 3. was given; one number or two"),
        ({"size": (7, 7), "padding": (1, 2, 3)}, "one number, .vertical, horizontal."),
        ({"kernel": (3, 2)}, "kernel=.3, 2. was given for one axis"),
        ({"stride": (2, 1)}, "stride=.2, 1. was given for one axis"),
        ({"padding": ((1, 2, 3), 1)}, "padding=.1, 2, 3."),
        ({"padding": {}}, "padding={}"),
        ({"kernel": 512, "dilation": 99, "padding": "same"}, "Choose less padding or dilation"),
    ],
)
def test_what_gives_nothing_is_refused(wrong, message):
    """With what was given and what was expected."""
    given_ = {"size": 7, "kernel": 3} | wrong
    with pytest.raises(OptionError, match=message):
        output_size(given_.pop("size"), given_.pop("kernel"), **given_)


def test_the_lab_loads_no_tensorflow():
    """The process that shows pages imports it."""
    code = (
        "import sys; from cnnviz_core.lab import convolution, hand_kernels, pooling, sizes; "
        "assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
