"""Gabor filters, and what pictures answer to them, as pictures."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, radians
from typing import TYPE_CHECKING

import cv2
import numpy as np

from cnnviz_core.images.levels import levels
from cnnviz_core.images.rendering import colorize, enlarge, montage, overlay_on_grey
from cnnviz_core.lab.gabor import REACH, filter_bank, gabor_kernel, response_magnitude, spectrum
from cnnviz_core.lab.pixel_basics import reduced
from cnnviz_core.sets import small_pictures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cnnviz_core.arrays import FloatArray, ImageArray
    from cnnviz_ui.frame.photos import Photo

PHOTO, DIGITS, CLOTHES = "Photo", "Digits", "Clothes"
REAL, IMAGINARY, SPECTRUM = "Real part", "Imaginary part", "Spectrum"
PARTS = (REAL, IMAGINARY, SPECTRUM)
INPUTS = (PHOTO, DIGITS, CLOTHES)
FREQUENCIES, DEGREES = (0.1, 0.16, 0.26), (0, 45, 90, 135)
"""Of the bank."""
PART_WORDS = {
    REAL: "Real part: a stripe in the middle",
    IMAGINARY: "Imaginary part: an edge in the middle",
    SPECTRUM: "Spectrum: the waves that it answers to",
}
HARDLY = 10.0
"""Grey levels below which an answer is hardly one: not shown as if it were the strongest."""
FAINT = 1 / 8
"""Share of the strongest answer below which nothing is coloured."""
BLUR = 0.3
"""Where a plane answers with more of its level than this, the filter rather blurs."""
_SMALL_FACTOR = 10
_LARGE_SIDE = 480
_TILE, _INSET = 240, 64
_GAP = 4
GREY = 128


@dataclass(frozen=True)
class Wave:
    """A Gabor filter as the controls say it: cycles per pixel, degrees, pixels."""

    frequency: float
    degrees: float
    sigma: float

    @property
    def kernel(self) -> NDArray[np.complex128]:
        """The complex filter."""
        return gabor_kernel(self.frequency, radians(self.degrees), self.sigma)

    @property
    def leak(self) -> float:
        """Share of its own level with which a plane without any structure answers."""
        return float(abs(self.kernel.sum()))


@dataclass(frozen=True, eq=False)
class Subject:
    """Pictures that filters are tried on.

    Attributes:
        name: one of `INPUTS`.
        key: names the pictures: equal keys, equal pictures.
        images: RGB uint8, all of one size.
        words: what they are.
    """

    name: str
    key: str
    images: tuple[ImageArray, ...]
    words: str

    def responses(self, wave: Wave) -> list[FloatArray]:
        """How strongly each place of each picture answers."""
        angle = radians(wave.degrees)
        return [
            response_magnitude(image, wave.frequency, angle, wave.sigma) for image in self.images
        ]


def subject(name: str, photo: Photo) -> Subject:
    """The pictures of a name; small ones are four of a kind."""
    if name == PHOTO:
        image = reduced(photo.pixels)
        return Subject(name, photo.digest, (image,), f"the photo at {_size(image)} pixels")
    grey = small_pictures.digits() if name == DIGITS else small_pictures.clothes()
    images = tuple(np.repeat(each[..., None], 3, axis=2) for each in grey)
    kind = "handwritten digits" if name == DIGITS else "clothes drawn by code"
    return Subject(name, name, images, f"four {kind} of {_size(images[0])} pixels each")


def kernel_part(name: str, wave: Wave) -> ImageArray:
    """One of `PARTS`: real and imaginary part on one scale, mid grey for zero, or the spectrum."""
    if name == SPECTRUM:
        # Its rows run upwards in books; here they run down, as those of the picture do.
        return _with_axes(_large(colorize(spectrum(wave.kernel), "inferno", low=0.0)))
    kernel = _framed(wave)
    part = kernel.real if name == REAL else kernel.imag
    return _large(_about_zero(part, float(np.abs(kernel).max())))


def response_picture(
    chosen: Subject, found: Sequence[FloatArray], wave: Wave, high: float
) -> ImageArray:
    """What answers, laid over each picture in grey; small ones two a row.

    What the brightest plane would answer with is not coloured, as it says nothing of stripes, nor
    is the faintest: it would darken the picture like something that is in it.
    """
    scale = max(high, HARDLY)
    drawn = [
        overlay_on_grey(
            image,
            response,
            opacity=1.0,
            scale=scale,
            floor=min(scale, wave.leak * float(image.max()) + FAINT * scale),
        )
        for image, response in zip(chosen.images, found, strict=True)
    ]
    if len(drawn) == 1:
        return drawn[0]
    return montage(np.stack([enlarge(each, _SMALL_FACTOR) for each in drawn]), columns=2, gap=_GAP)


def bank_waves(sigma: float) -> list[Wave]:
    """The filters of the bank, rows of one frequency."""
    return [Wave(wave, angle, sigma) for wave in FREQUENCIES for angle in DEGREES]


def bank_kernels(sigma: float) -> NDArray[np.complex128]:
    """The same filters, complex (frequencies, angles, side, side)."""
    return filter_bank(FREQUENCIES, [radians(angle) for angle in DEGREES], sigma)


def bank_tiles(chosen: Subject, found: Sequence[Sequence[FloatArray]], sigma: float) -> ImageArray:
    """What answers to each filter of a bank, with the filter in a corner; a row has one scale."""
    highs = [max(float(response.max()) for response in responses) for responses in found]
    across = len(DEGREES)
    rows = [max(highs[start : start + across]) for start in range(0, len(highs), across)]
    tiles = [
        _with_inset(_fitted(response_picture(chosen, responses, wave, high)), wave)
        for responses, wave, high in zip(
            found, bank_waves(sigma), np.repeat(rows, across).tolist(), strict=True
        )
    ]
    return np.stack(tiles)


def tile_size(chosen: Subject) -> tuple[int, int]:
    """Height and width of a tile of the bank."""
    height, width = chosen.images[0].shape[:2]
    scale = _TILE / max(height, width)
    return max(_INSET, round(height * scale)), max(_INSET, round(width * scale))


def _fitted(picture: ImageArray) -> ImageArray:
    height, width = picture.shape[:2]
    scale = _TILE / max(height, width)
    size = max(_INSET, round(width * scale)), max(_INSET, round(height * scale))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _with_inset(picture: ImageArray, wave: Wave) -> ImageArray:
    kernel = _framed(wave).real
    inset = _about_zero(kernel, float(np.abs(kernel).max()))
    drawn = picture.copy()
    size = (_INSET, _INSET)
    drawn[:_INSET, :_INSET] = cv2.resize(inset, size, interpolation=cv2.INTER_LINEAR)
    return drawn


def _framed(wave: Wave) -> NDArray[np.complex128]:
    """The filter with zeros around it, so that it has one size at every angle."""
    kernel = wave.kernel
    side = 2 * ceil(REACH * wave.sigma) + 1
    framed = np.zeros((side, side), np.complex128)
    top, left = ((side - length) // 2 for length in kernel.shape)
    framed[top : top + kernel.shape[0], left : left + kernel.shape[1]] = kernel
    return framed


def _large(picture: ImageArray) -> ImageArray:
    return enlarge(picture, max(1, _LARGE_SIDE // len(picture)))


def _about_zero(values: NDArray[np.floating], largest: float) -> ImageArray:
    """Values in grey: mid grey is zero, white the largest, black as much below."""
    grey = levels(values / (largest or 1) / 2 + 0.5)
    return np.repeat(grey[..., None], 3, axis=-1)


def _with_axes(picture: ImageArray) -> ImageArray:
    """Thin lines through the frequency zero, which lies in the middle."""
    drawn = picture.copy()
    middle = len(drawn) // 2
    drawn[middle] = drawn[:, middle] = GREY
    return drawn


def _size(image: ImageArray) -> str:
    return f"{image.shape[0]} \u00d7 {image.shape[1]}"
