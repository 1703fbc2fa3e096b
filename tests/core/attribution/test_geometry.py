"""Maps lie on the photo: any size, any aspect, any orientation of the camera."""

import io

import keras
import numpy as np
import pytest
from keras import layers
from PIL import Image

from cnnviz_core import explain, read_image
from cnnviz_core.attribution.catalogue import METHODS
from cnnviz_core.network.wrapping import wrap

FEW = {"num_masks": 1500, "num_steps": 8, "top_channels": 8}
BLIND = {
    # The slope of a sum is the same everywhere,
    "saliency",
    "smooth_grad",
    "guided_backpropagation",
    # and a plain lamp hidden behind its own mean colour is still a lamp.
    "lime",
}
"""Methods that cannot see a plain lamp by what they are."""
SIZES = [(64, 64), (40, 300), (301, 77), (900, 640), (23, 31)]


@pytest.fixture(scope="module")
def bright_finder():
    """A network whose first class is the brightness of the picture, cell by cell."""
    inputs = keras.Input((64, 64, 3))
    x = layers.Conv2D(2, 4, strides=4, activation="relu", name="cells")(inputs)
    x = layers.GlobalAveragePooling2D()(x)
    network = keras.Model(inputs, layers.Dense(2, activation="softmax")(x))
    kernel = np.ones((4, 4, 3, 2), np.float32) / 48
    kernel[..., 1] *= -1
    network.layers[1].set_weights([kernel, np.zeros(2, np.float32)])
    network.layers[-1].set_weights([60 * np.eye(2, dtype=np.float32), np.float32([-3.5, 0])])
    return wrap(network, name="bright", preprocessing="unit")


def photo_of_a_lamp(height, width):
    """A dark photo with one bright rectangle, and where it is."""
    top, left = round(0.62 * height), round(0.125 * width)
    bottom, right = round(0.87 * height), round(0.375 * width)
    photo = np.full((height, width, 3), 12, np.uint8)
    photo[top:bottom, left:right] = 250
    return photo, (top, left, bottom, right)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("method", sorted(METHODS.keys() - BLIND))
def test_maps_of_every_method_lie_on_the_object(bright_finder, method, size):
    """Whatever the photo's size and aspect, what is hot lies on the one thing there is."""
    photo, (top, left, bottom, right) = photo_of_a_lamp(*size)
    amount = FEW.get(METHODS[method].amount)
    attribution = explain(bright_finder, photo, 0, method=method, amount=amount)
    values = attribution.resized(*size).astype(float)
    values -= values.min() if method == "rise" else 0  # which is the mean score where nothing is
    rows, columns = np.indices(size)
    weights = np.where(values >= 0.7 * values.max(), values, 0)
    row, column = ((weights * axis).sum() / weights.sum() for axis in (rows, columns))
    slack = 0.5 + (0.1 if method == "rise" else 0.03) * np.array(size)
    centre = (top + bottom - 1) / 2, (left + right - 1) / 2
    assert abs(row - centre[0]) <= slack[0]
    assert abs(column - centre[1]) <= slack[1]


def turned(photo, orientation):
    """The photo as a camera held in that orientation writes it."""
    back = {
        1: lambda p: p,
        2: lambda p: p[:, ::-1],
        3: lambda p: p[::-1, ::-1],
        4: lambda p: p[::-1],
        5: lambda p: p.transpose(1, 0, 2),
        6: lambda p: np.rot90(p, 1),
        7: lambda p: p[::-1, ::-1].transpose(1, 0, 2),
        8: lambda p: np.rot90(p, -1),
    }[orientation](photo)
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(back)).save(content, "PNG", exif=exif)
    return content.getvalue()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_of_the_camera_is_undone_before_anything_is_explained(
    bright_finder, orientation
):
    """Photo and map stand upright together, however the camera was held."""
    photo, _ = photo_of_a_lamp(80, 120)
    upright = read_image(turned(photo, orientation))
    np.testing.assert_array_equal(upright, photo)
    expected = explain(bright_finder, photo, 0).values
    np.testing.assert_array_equal(explain(bright_finder, upright, 0).values, expected)
