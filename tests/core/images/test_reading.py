"""Any bytes give pixels or a plain sentence."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cnnviz_core import read_image
from cnnviz_core.errors import ImageError
from cnnviz_core.images.reading import MAX_BYTES, MAX_SIDE

BASE = np.arange(12 * 8 * 3, dtype=np.uint8).reshape(8, 12, 3)


def encoded(picture, kind, **options):
    """A Pillow picture as file bytes."""
    buffer = io.BytesIO()
    picture.save(buffer, format=kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_lossless_formats_keep_every_pixel(kind, tmp_path):
    """Pixels come back as stored, from bytes and from a path."""
    data = encoded(Image.fromarray(BASE), kind)
    np.testing.assert_array_equal(read_image(data), BASE)
    path = tmp_path / "named.txt"
    path.write_bytes(data)
    np.testing.assert_array_equal(read_image(path), BASE)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "GIF"])
def test_lossy_formats_come_close(kind):
    """A smooth picture survives compression within a few levels."""
    y, x = np.mgrid[0:64, 0:64]
    smooth = np.stack([x * 3, y * 3, 190 - x], axis=-1).astype(np.uint8)
    options = {} if kind == "GIF" else {"quality": 95}
    picture = read_image(encoded(Image.fromarray(smooth), kind, **options)).astype(float)
    assert np.abs(picture - smooth).mean() < (12 if kind == "GIF" else 3)


@pytest.mark.parametrize(
    ("orientation", "upright"),
    [
        (1, lambda a: a),
        (2, lambda a: a[:, ::-1]),
        (3, lambda a: a[::-1, ::-1]),
        (4, lambda a: a[::-1]),
        (5, lambda a: a.swapaxes(0, 1)),
        (6, lambda a: np.rot90(a, -1)),
        (7, lambda a: a.swapaxes(0, 1)[::-1, ::-1]),
        (8, lambda a: np.rot90(a)),
    ],
)
def test_camera_orientation_is_applied(orientation, upright):
    """All eight EXIF orientations come out upright."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(Image.fromarray(BASE), "PNG", exif=exif)
    np.testing.assert_array_equal(read_image(data), upright(BASE))


def test_unreadable_metadata_turns_nothing():
    """A picture whose metadata is broken is shown as it lies."""
    data = encoded(Image.fromarray(BASE), "PNG", exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff")
    np.testing.assert_array_equal(read_image(data), BASE)


def test_transparency_is_laid_on_white():
    """A see-through pixel is white, a half one half way, a palette's transparent colour white."""
    rgba = np.zeros((1, 3, 4), np.uint8)
    rgba[0, :, 0] = 200
    rgba[0, :, 3] = 0, 128, 255
    pixels = read_image(encoded(Image.fromarray(rgba), "PNG"))[0]
    assert pixels[0].tolist() == [255, 255, 255]
    np.testing.assert_allclose(pixels[1], [227, 127, 127], atol=1)
    assert pixels[2].tolist() == [200, 0, 0]
    palette = Image.new("P", (2, 1))
    palette.putpalette([10, 20, 30, 40, 50, 60])
    palette.putpixel((1, 0), 1)
    pixels = read_image(encoded(palette, "PNG", transparency=0))[0]
    assert pixels.tolist() == [[255, 255, 255], [40, 50, 60]]


def test_deep_grey_is_scaled_not_clipped():
    """16-bit grey keeps its gradation: 65535 is white, half is middle grey."""
    deep = np.array([[0, 256, 32768, 65535]], np.uint16)
    picture = read_image(encoded(Image.fromarray(deep), "PNG"))
    assert picture[0, :, 0].tolist() == [0, 1, 128, 255]
    assert (picture[..., 0] == picture[..., 2]).all()


def test_float_grey_is_scaled_by_its_own_range():
    """Float TIFFs in [0, 1] map to 0..255; others by their extremes; NaN is refused."""
    unit = Image.fromarray(np.array([[0, 0.5, 1]], np.float32))
    assert read_image(encoded(unit, "TIFF"))[0, :, 0].tolist() == [0, 128, 255]
    wide = Image.fromarray(np.array([[-10, 0, 10]], np.float32))
    assert read_image(encoded(wide, "TIFF"))[0, :, 0].tolist() == [0, 128, 255]
    whole = Image.fromarray(np.array([[0, 100, 200]], np.int32))
    assert read_image(encoded(whole, "TIFF"))[0, :, 0].tolist() == [0, 128, 255]
    with pytest.raises(ImageError, match="damaged"):
        read_image(encoded(Image.fromarray(np.array([[np.nan, 1]], np.float32)), "TIFF"))


def test_cmyk_grey_and_two_colours_become_rgb():
    """Ink, grey and bilevel pictures have three channels and the right colours."""
    cmyk = Image.new("CMYK", (4, 4), (0, 255, 255, 0))
    red = read_image(encoded(cmyk, "TIFF"))
    assert red[0, 0].tolist() == [255, 0, 0]
    jpeg_red = read_image(encoded(cmyk, "JPEG", quality=95))[0, 0]
    np.testing.assert_allclose(jpeg_red, [255, 0, 0], atol=6)
    assert read_image(encoded(Image.new("L", (2, 2), 77), "PNG"))[0, 0].tolist() == [77] * 3
    assert read_image(encoded(Image.new("1", (2, 2), 1), "PNG"))[0, 0].tolist() == [255] * 3


def test_animation_shows_its_first_frame():
    """Only the first frame counts."""
    frames = [Image.new("RGB", (3, 3), colour) for colour in ("red", "blue")]
    picture = read_image(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert picture[0, 0].tolist() == [255, 0, 0]


def test_large_pictures_are_reduced():
    """The longer side is at most 2048 and the aspect stays."""
    picture = read_image(encoded(Image.new("RGB", (4000, 2000), "green"), "PNG"))
    assert picture.shape == (1024, MAX_SIDE, 3)
    assert picture[500, 1000].tolist() == [0, 128, 0]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "not a picture that can be read. Send a JPEG"),
        (b"hello, I am a text", "not a picture that can be read"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture that can be read"),
        (b"%PDF-1.4", "not a picture that can be read"),
        (b"\x00" * (MAX_BYTES + 1), "has 64 MB; pictures up to 64 MB"),
    ],
)
def test_other_files_are_refused(data, sentence):
    """What is no picture of a known format gets a sentence."""
    with pytest.raises(ImageError, match=sentence):
        read_image(data)


def test_formats_outside_the_list_are_refused():
    """Formats that Pillow knows and this list does not are not even opened."""
    for kind in ("PPM", "TGA", "ICO"):
        with pytest.raises(ImageError, match="not a picture that can be read"):
            read_image(encoded(Image.fromarray(BASE), kind))


@pytest.mark.parametrize(("side", "said"), [(5_000, "5000 x 5000"), (30_000, "far more than that")])
def test_bomb_is_refused_before_unpacking(side, said, monkeypatch):
    """A small file of too many pixels is refused from its header: nothing is ever unpacked."""
    data = encoded(Image.new("1", (side, side)), "PNG")
    assert len(data) < 200_000
    monkeypatch.setattr(Image.Image, "load", lambda _: pytest.fail("unpacked"))
    with pytest.raises(ImageError, match=f"up to 24 million pixels are read; this one has {said}"):
        read_image(data)


def test_missing_file():
    """A path that cannot be read gives its name, not its folder."""
    with pytest.raises(ImageError, match=r"The file 'none.png' cannot be read"):
        read_image("some/where/none.png")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"])
def test_cut_anywhere_gives_pixels_or_a_sentence(kind):
    """A file cut at any byte is shown or refused, never a traceback."""
    data = encoded(Image.fromarray(BASE), kind)
    sentences = []
    for end in range(len(data)):
        try:
            assert read_image(data[:end]).dtype == np.uint8
        except ImageError as error:
            sentences.append(str(error))
    assert len(sentences) > len(data) // 3
    assert all("picture" in sentence for sentence in sentences)


def assert_pixels_or_sentence(data):
    """Reading ends in an RGB array of bounded size or in an ImageError that is a sentence."""
    outcome = outcome_of(data)
    if isinstance(outcome, str):
        assert outcome.endswith(".")
    else:
        assert outcome.dtype == np.uint8
        assert max(outcome.shape[:2]) <= MAX_SIDE


def outcome_of(data):
    """The pixels, or the sentence."""
    try:
        return read_image(data)
    except ImageError as error:
        return str(error)


@given(
    st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a", b"BM", b"II*\x00"]),
    st.binary(max_size=300),
)
def test_any_bytes(magic, rest):
    """Random bytes behind a right beginning give pixels or a sentence."""
    assert_pixels_or_sentence(magic + rest)


def with_metadata(kind):
    """A file as cameras write them, with orientation, maker and times."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x0132] = 6, "Maker", "2026:01:01 00:00:00"
    exif[0x011A] = 72.0
    options = {} if kind == "GIF" else {"exif": exif}
    return encoded(Image.fromarray(BASE), kind, **options)


@given(
    st.sampled_from(["PNG", "JPEG", "GIF", "TIFF", "WEBP"]),
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=3),
)
def test_changed_bytes(kind, changes):
    """A real file with metadata and a few bytes changed gives pixels or a sentence."""
    data = bytearray(with_metadata(kind))
    for place, value in changes:
        data[place % len(data)] = value
    assert_pixels_or_sentence(bytes(data))
