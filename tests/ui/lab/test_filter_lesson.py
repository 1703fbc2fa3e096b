"""The lesson on filters: what the browser is given, its links, and the lines that give it again."""

import base64

import numpy as np
import pytest
from scipy.signal import convolve2d, correlate2d
from shown_tiles import given_to
from sklearn.datasets import load_digits

from cnnviz_core.errors import OptionError
from cnnviz_core.lab.hand_kernels import KERNELS
from cnnviz_ui.frame import photos, state
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.lab import filter_inputs, filtering, typed_kernel
from cnnviz_ui.lab.filtering import AS_IMAGE, TRUE, Kernel, Scale, coloured, scale_of
from tests.places import ROOT

DIGIT = "Digit 3"
WEIGHTS = "1,2;-0.5,0;3,1"
TYPED = np.array([[1, 2], [-0.5, 0], [3, 1]], np.float32)


def shown(app):
    """What the browser is given, and both arrays of it."""
    assert not app.exception
    (given,) = given_to(app, "cnnviz_sliding")
    pixels = np.frombuffer(base64.b64decode(given["input"]), np.uint8).reshape(given["shape"])
    result = np.frombuffer(base64.b64decode(given["output"]), "<f4")
    return given, pixels, result.reshape(given["result_shape"])


def link_of(app):
    """What the link says of this lesson's controls."""
    return {name: app.query_params[name] for name in app.query_params}


def code_of(app):
    """The lines that the page shows."""
    (code,) = (element.value for element in app.code)
    return code


def test_opens_with_a_photo_an_edge_kernel_and_its_result(visit):
    """Without a click; the result is that of SciPy, and each window reads what stands there."""
    given, pixels, result = shown(visit("convolution"))
    kernel = np.array(given["kernel"])
    np.testing.assert_array_equal(kernel, KERNELS["Edge detect"].weights)
    expected = correlate2d(pixels[..., 0].astype(float), kernel, mode="valid")
    np.testing.assert_allclose(result[..., 0], expected)
    y, x = given["most"]
    assert abs(expected[y, x]) == np.abs(expected).max()
    patch = pixels[np.ix_(given["rows"][y], given["columns"][x])][..., 0]
    assert (patch * kernel).sum() == result[y, x, 0]


def test_typed_weights_come_by_link(visit):
    """Rectangular ones too, on a digit; turned, it is the convolution of mathematics."""
    query = {"from": DIGIT, "kernel": "Typed", "weights": WEIGHTS}
    digit = load_digits().images[3]
    _, pixels, result = shown(visit("convolution", **query))
    np.testing.assert_array_equal(pixels[..., 0], digit)
    np.testing.assert_allclose(result[..., 0], correlate2d(digit, TYPED, mode="valid"))
    _, _, turned = shown(visit("convolution", **query, flipped="true"))
    np.testing.assert_allclose(turned[..., 0], convolve2d(digit, TYPED, mode="valid"))


def test_backwards_is_the_transpose(visit):
    """Each pixel lays the kernel down: the full convolution."""
    query = {"from": DIGIT, "kernel": "Typed", "weights": WEIGHTS, "backwards": "true"}
    _, pixels, result = shown(visit("convolution", **query))
    np.testing.assert_allclose(result[..., 0], convolve2d(pixels[..., 0], TYPED, mode="full"))


def test_colours_apart_and_added_up(visit):
    """Apart three results, whose sum is the other."""
    _, pixels, apart = shown(visit("convolution", colour="Colours, apart"))
    _, _, summed = shown(visit("convolution", colour="Colours, added up"))
    assert pixels.shape[2] == apart.shape[2] == 3
    np.testing.assert_allclose(apart.sum(axis=-1), summed[..., 0], atol=1e-3)


def test_a_patch_is_of_the_photo_and_where_the_link_says(visit):
    """Beyond the edge it is the nearest that the photo has room for."""
    _, photo, _ = shown(visit("convolution"))
    query = {"from": "Patch of 8 x 8"}
    given, pixels, _ = shown(visit("convolution", **query, patch="5,7"))
    np.testing.assert_array_equal(pixels, photo[5:13, 7:15])
    assert given["numbers"]
    _, pixels, _ = shown(visit("convolution", **query, patch="999,999"))
    np.testing.assert_array_equal(pixels, photo[-8:, -8:])
    _, best, _ = shown(visit("convolution", **query))
    assert best.std() > 2 * photo.std() / 3


@pytest.mark.parametrize(
    ("normalized", "weights", "divisor", "words"),
    [
        ("false", [[1, 2], [3, 4]], 1, ""),
        ("true", [[1, 2], [3, 4]], 10, "Divided by the sum of the weights, 10."),
        ("true", [[1, -1]], 2, "add up to 0"),
        ("true", [[0.0]], 1, "not divided"),
    ],
)
def test_weights_are_divided_as_it_is_said(normalized, weights, divisor, words):
    """By their sum; of their absolute values where that is 0; not at all where all are 0."""
    kernel = Kernel("k", np.array(weights, np.float32), "", normalized=normalized == "true")
    np.testing.assert_allclose(kernel.used, np.array(weights) / divisor)
    assert words in kernel.words


@pytest.mark.parametrize(
    "query",
    [
        {"weights": "1,2;3", "kernel": "Typed"},
        {"weights": "1e9", "kernel": "Typed"},
        {"weights": "nan", "kernel": "Typed"},
        {"weights": "9999", "kernel": "Typed"},
        {"weights": ",".join("1" * 8), "kernel": "Typed"},
        {"kernel": "<b>"},
        {"from": "Digit 11"},
        {"from": "Patch of 9999 x 9999"},
        {"patch": "-1,0"},
        {"patch": "1", "from": "Patch of 8 x 8"},
        {"at": "999,999"},
        {"at": "0,6", "from": DIGIT},
        {"at": "nowhere"},
        {"colour": "Infrared"},
    ],
)
def test_a_hostile_link_is_a_sentence(visit, query):
    """What nobody has is said, and the rest of the page stands."""
    app = visit("convolution", **query)
    given, _, _ = shown(app)
    assert given["pin"] == ""
    assert "which is not here" in app.info[0].value


def test_the_pin_is_in_the_link(visit):
    """Of the result or of the input; it goes as soon as the result is too small for it."""
    app = visit("convolution", **{"from": DIGIT, "at": "5,5"})
    assert shown(app)[0]["pin"] == "5,5"
    assert not app.info
    app.selectbox(key="kernel").select("Gaussian 5 x 5").run()
    assert shown(app)[0]["pin"] == ""
    app = visit("convolution", **{"from": DIGIT, "at": "input,7,7"})
    assert shown(app)[0]["pin"] == "input,7,7"


def test_what_is_typed_becomes_a_kernel_of_ones_own(visit):
    """From the weights in use, and the link says them; another size keeps the middle."""
    app = visit("convolution", **{"from": DIGIT, "kernel": "Box blur"})
    app.number_input(key="_weight_columns").set_value(1).run()
    assert link_of(app)["kernel"] == "Typed"
    given, _, _ = shown(app)
    np.testing.assert_allclose(given["kernel"], np.full((3, 1), 1 / 9), atol=1e-6)
    again = visit("convolution", **link_of(app))
    assert shown(again)[0]["kernel"] == given["kernel"]


def test_typed_cells_are_read_like_a_link():
    """Cells in place of those before; nothing counts 0; what is too large is bounded."""
    before = np.ones((2, 2), np.float32)
    typed = typed_kernel.edited(before, {0: {"2": 5}, 1: {"1": None, "2": float("inf")}})
    np.testing.assert_array_equal(typed, [[1, 5], [0, 0]])
    assert typed_kernel.edited(before, {0: {"1": -1e9}})[0, 0] == -typed_kernel.LARGEST
    assert typed_kernel.spelled(typed) == "1,5;0,0"
    assert before.min() == 1
    for kernel in KERNELS.values():
        read = typed_kernel.read(typed_kernel.spelled(kernel.weights))
        np.testing.assert_allclose(read, kernel.weights, atol=5e-7)


def test_scales_say_what_colours_mean():
    """About 0 where weights add up to 0; else from black to white; an image's are the input's."""
    values = np.array([[-30, 0, 60]], np.float32)
    edge, blur = np.array([[-1.0, 1.0]]), np.array([[0.5, 0.5]])
    options = {"look": TRUE, "coloured": False}
    assert scale_of(values, edge, 255, **options) == Scale(-60, 60, signed=True)
    assert scale_of(values, blur, 255, **options) == Scale(-30, 60, signed=False)
    assert scale_of(abs(values), blur, 255, **options) == Scale(0, 255, signed=False)
    assert scale_of(values, edge, 255, look=AS_IMAGE, coloured=False) == Scale(0, 255, signed=False)
    middle = coloured(values, Scale(-60, 60, signed=True))[0]
    np.testing.assert_array_equal(middle[1], (255, 255, 255))
    np.testing.assert_array_equal(middle[2], filtering.POSITIVE)
    assert middle[0, 2] > middle[0, 0]


def test_a_kernel_larger_than_the_input_is_refused():
    """As for a photo of a few pixels."""
    tiny = photos.Photo("tiny", "tiny", "", np.zeros((2, 2, 3), np.uint8), "0")
    given = filter_inputs.find("Photo", tiny, None, coloured=False)
    kernel = Kernel("k", KERNELS["Sobel x"].weights, "")
    with pytest.raises(OptionError, match="does not fit"):
        filtering.apply(given, kernel, apart=False, backwards=False, look=TRUE)


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"from": "Patch of 12 x 12", "colour": "Colours, apart", "normalized": "true"},
        {"from": DIGIT, "kernel": "Typed", "weights": WEIGHTS, "flipped": "true"},
        {"from": DIGIT, "kernel": "Emboss", "backwards": "true", "flipped": "true"},
        {"image": "coffee", "colour": "Colours, added up", "kernel": "Gaussian 5 x 5"},
    ],
)
def test_the_lines_of_the_page_give_its_numbers(visit, query, monkeypatch):
    """They are run as they stand."""
    monkeypatch.chdir(ROOT)
    app = visit("convolution", **query)
    _, pixels, result = shown(app)
    found = {}
    exec(compile(code_of(app), "the page", "exec"), found)
    np.testing.assert_array_equal(np.atleast_3d(found["pixels"]), pixels)
    np.testing.assert_array_equal(np.atleast_3d(found["result"]), result)


def test_another_lesson_keeps_the_kernel(visit):
    """Chosen here, it is chosen there; one's own is not offered there, and nothing breaks."""
    app = visit("convolution", kernel="Typed", weights=WEIGHTS)
    held = app.session_state[state.STATE].choices
    assert held.value(Key.WEIGHTS) == WEIGHTS
    app = visit("convolution", lesson="Sizes and pooling", kernel="Typed")
    assert not app.exception
