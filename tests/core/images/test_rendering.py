"""Pictures from arrays: colours, overlays, montages."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from cnnviz_core.errors import OptionError
from cnnviz_core.images import rendering


def test_palette_is_opencvs_in_rgb():
    """Jet begins blue and ends red: the channels are RGB, not OpenCV's BGR."""
    jet = rendering.palette("jet")
    assert jet[0].tolist() == [0, 0, 128]
    assert jet[255].tolist() == [128, 0, 0]
    expected = cv2.applyColorMap(np.arange(256, dtype=np.uint8)[:, None], cv2.COLORMAP_VIRIDIS)
    np.testing.assert_array_equal(rendering.palette("viridis"), expected[:, 0, ::-1])


@pytest.mark.parametrize("name", ["viridis", "cividis", "inferno"])
def test_perceptual_maps_grow_lighter(name):
    """Lightness (CIE L*) of the perceptual maps rises all the way, so order can be read in grey."""
    lab = cv2.cvtColor(rendering.palette(name)[None].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    lightness = lab[0, :, 0]
    assert (np.diff(lightness) > -0.35).all()
    assert lightness[-1] - lightness[0] > 50


def test_normalize_maps_limits_and_clips():
    """`low` is 0, `high` is 1, beyond is clipped, a constant is 0 and never NaN."""
    values = np.array([-1.0, 0, 1, 3, 9])
    np.testing.assert_allclose(rendering.normalize(values, 0, 4), [0, 0, 0.25, 0.75, 1])
    np.testing.assert_array_equal(rendering.normalize(np.full(3, 7.0)), [0, 0, 0])


def test_shared_scale_gives_equal_values_equal_colours():
    """With one range two pictures agree; each by its own they do not."""
    first, second = np.array([[0.0, 1, 2]]), np.array([[1.0, 2, 4]])
    first_colours = rendering.colorize(first, low=0, high=4)
    second_colours = rendering.colorize(second, low=0, high=4)
    assert first_colours[0, 1].tolist() == second_colours[0, 0].tolist()
    assert rendering.colorize(first)[0, 1].tolist() != rendering.colorize(second)[0, 0].tolist()


def test_overlay_is_the_weighted_mean():
    """Image plus 0.4 of the colours, over 1.4; intensity 0 gives the image back."""
    image = np.full((1, 2, 3), 100, np.uint8)
    heat = np.array([[0.0, 2.0]], np.float32)
    overlaid = rendering.overlay(image, heat)
    jet = rendering.palette("jet").astype(float)
    expected = np.rint((100 + 0.4 * jet[[0, 255]]) / 1.4)
    np.testing.assert_array_equal(overlaid[0], expected)
    np.testing.assert_array_equal(rendering.overlay(image, heat, intensity=0), image)


def test_overlays_share_a_scale():
    """Half of the shared scale has the colour of the middle, whatever the map's own maximum."""
    image = np.full((1, 2, 3), 100, np.uint8)
    small = rendering.overlay(image, np.array([[0.0, 2.0]], np.float32), scale=4.0)
    large = rendering.overlay(image, np.array([[2.0, 4.0]], np.float32), scale=4.0)
    np.testing.assert_array_equal(small[0, 1], large[0, 0])
    assert small[0, 1].tolist() != large[0, 1].tolist()
    raised = rendering.overlay(image, np.array([[2.0, 4.0]], np.float32), floor=2.0)
    np.testing.assert_array_equal(raised, rendering.overlay(image, np.array([[0.0, 2.0]], "f4")))


def test_diverging_map_is_balanced_about_white():
    """Both ends are equally dark, blue below and red above, and white in the middle."""
    colours = rendering.palette("diverging")
    lab = cv2.cvtColor(colours[None].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[0]
    np.testing.assert_allclose(lab[:, 0], lab[::-1, 0], atol=1.5)
    assert (np.diff(lab[:128, 0]) > 0).all()
    assert np.ptp(colours[127:129].astype(int)) <= 8
    assert colours[127].min() > 235
    assert (lab[:120, 2] < 0).all()
    assert (lab[136:, 2] > 0).all()


def test_diverging_map_survives_colour_blindness():
    """Without the red-green axis of colour the two sides still differ by far."""
    lab = cv2.cvtColor(
        rendering.palette("diverging")[None].astype(np.float32) / 255, cv2.COLOR_RGB2LAB
    )[0]
    away = lab[::-1, 2] - lab[:, 2]
    assert (away[:100] > 15).all()


def test_signed_overlay_shows_sign_by_colour_and_strength_by_opacity():
    """Zero leaves the grey image, the largest magnitude has the full colour, half of it half."""
    image = np.full((1, 5, 3), (40, 90, 200), np.uint8)
    grey = float(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[0, 0])
    heat = np.array([[-2.0, -1.0, 0.0, 1.0, 2.0]], np.float32)
    overlaid = rendering.overlay_signed(image, heat, opacity=0.5).astype(float)
    assert overlaid[0, 2].tolist() == [grey] * 3
    assert overlaid[0, 0, 2] > overlaid[0, 0, 0]
    assert overlaid[0, 4, 0] > overlaid[0, 4, 2]
    for strong, half in ((0, 1), (4, 3)):
        np.testing.assert_allclose(
            overlaid[0, half] - grey, (overlaid[0, strong] - grey) / 2, atol=1
        )
    doubled = rendering.overlay_signed(image, heat, scale=4.0, opacity=0.5)
    np.testing.assert_array_equal(doubled[0, 4], overlaid[0, 3])


def test_overlay_on_grey_is_the_maps_colour_alone_and_denser_the_stronger():
    """Nothing leaves the image in grey; a quarter is half as dense as the maximum."""
    image = np.full((1, 4, 3), (40, 90, 200), np.uint8)
    grey = rendering.in_grey(image)[0, 0].astype(float)
    assert np.ptp(grey) == 0
    heat = np.array([[-3.0, 0.0, 1.0, 4.0]], np.float32)
    overlaid = rendering.overlay_on_grey(image, heat, opacity=0.6)[0]
    colours = rendering.palette("inferno").astype(float)
    np.testing.assert_array_equal(overlaid[:2], [grey, grey])
    for pixel, density, colour in ((2, 0.3, colours[64]), (3, 0.6, colours[255])):
        np.testing.assert_allclose(overlaid[pixel], grey + density * (colour - grey), atol=1)
    doubled = rendering.overlay_on_grey(image, heat, opacity=0.6, scale=16.0)
    np.testing.assert_array_equal(doubled[0, 3], overlaid[2])
    raised = rendering.overlay_on_grey(image, heat + 5, opacity=0.6, floor=5.0)
    np.testing.assert_array_equal(raised[0], overlaid)
    np.testing.assert_array_equal(
        rendering.overlay_on_grey(image, heat, opacity=0), rendering.in_grey(image)
    )


def test_grey_image_is_as_bright_as_the_eye_sees_it():
    """Green counts most and blue least, as in ITU-R BT.601; three equal channels stay."""
    primaries = np.eye(3, dtype=np.uint8)[None] * 255
    assert rendering.in_grey(primaries)[0, :, 0].tolist() == [76, 150, 29]
    even = np.full((1, 1, 3), 77, np.uint8)
    np.testing.assert_array_equal(rendering.in_grey(even), even)


def test_overlay_of_nothing_is_even():
    """A map of zeros colours every pixel alike."""
    image = np.full((3, 3, 3), 50, np.uint8)
    overlaid = rendering.overlay(image, np.zeros((3, 3), np.float32))
    assert (overlaid == overlaid[0, 0]).all()


def test_lecture_look_is_the_lectures():
    """Mean 128, deviation 64, clipped; a blank channel is 0."""
    rng = np.random.default_rng(0)
    maps = np.concatenate([rng.normal(5, 3, (9, 9, 2)), np.full((9, 9, 1), 4.2)], axis=2)
    looks = rendering.lecture_look(maps)
    channel = maps[..., 0]
    expected = np.clip((channel - channel.mean()) / channel.std() * 64 + 128, 0, 255).astype(
        np.uint8
    )
    np.testing.assert_array_equal(looks[..., 0], expected)
    assert not looks[..., 2].any()


@pytest.mark.parametrize(
    ("count", "columns", "gap"), [(5, 3, 2), (4, 16, 1), (1, 16, 0), (6, 3, 1)]
)
def test_montage_places_tiles_where_centres_say(count, columns, gap):
    """The pixel at each reported centre is that tile's, and the rest is background."""
    tiles = np.zeros((count, 5, 7, 3), np.uint8)
    tiles += np.arange(100, 100 + count, dtype=np.uint8)[:, None, None, None]
    picture = rendering.montage(tiles, columns=columns, gap=gap)
    for tile, (x, y) in enumerate(rendering.montage_centres(count, 5, 7, columns=columns, gap=gap)):
        assert picture[int(y), int(x)].tolist() == [100 + tile] * 3
    assert (picture[..., 0] >= 100).sum() == count * 35
    used = min(columns, count)
    assert picture.shape[1] == used * (7 + gap) - gap


def test_rgb_kernels_show_sign_about_grey():
    """Zero is mid grey, the strongest weight full, sign by light and dark, each filter alone."""
    weights = np.zeros((1, 3, 3, 2), np.float32)
    weights[0, 0, :, 0] = 2
    weights[0, 1, :, 0] = -2
    weights[0, 0, 1, 1] = -0.5
    tiles = rendering.rgb_kernels(weights)
    assert tiles.shape == (2, 1, 3, 3)
    assert tiles[0, 0].tolist() == [[255] * 3, [0] * 3, [128] * 3]
    assert tiles[1, 0, 0].tolist() == [128, 0, 128]


def test_grey_kernels_share_the_layers_scale():
    """Tiles are (filter, input channel); the layer's minimum is black and its maximum white."""
    weights = np.arange(2 * 2 * 3 * 4, dtype=np.float32).reshape(2, 2, 3, 4)
    tiles = rendering.grey_kernels(weights)
    assert tiles.shape == (4, 3, 2, 2, 3)
    assert tiles[0, 0, 0, 0, 0] == 0
    assert tiles[3, 2, 1, 1, 0] == 255
    assert tiles[2, 1, 0, 1, 0] == round(weights[0, 1, 1, 2] / 47 * 255)


def test_png_round_trip_without_metadata():
    """The PNG holds the pixels and nothing else."""
    picture = np.random.default_rng(0).integers(0, 255, (5, 6, 3)).astype(np.uint8)
    opened = Image.open(io.BytesIO(rendering.to_png(picture)))
    np.testing.assert_array_equal(np.asarray(opened), picture)
    assert opened.info == {}


def test_refusals():
    """Unknown colour maps, wrong sizes and intensities are refused."""
    image, heat = np.zeros((2, 2, 3), np.uint8), np.zeros((2, 3), np.float32)
    with pytest.raises(OptionError, match=r"'rainbow' is unknown. Choose one of jet"):
        rendering.colorize(heat, "rainbow")
    with pytest.raises(OptionError, match="resize it to the image first"):
        rendering.overlay(image, heat)
    with pytest.raises(OptionError, match="0 to 1 was expected"):
        rendering.overlay(image, heat[:, :2], intensity=1.5)
    for over_grey in (rendering.overlay_signed, rendering.overlay_on_grey):
        with pytest.raises(OptionError, match="resize it to the image first"):
            over_grey(image, heat)
        with pytest.raises(OptionError, match="0 to 1 was expected"):
            over_grey(image, heat[:, :2], opacity=-0.1)
