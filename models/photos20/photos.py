"""Reading a folder of photos, one sub-folder a class."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image


class Photos(NamedTuple):
    """Photos of one size with their classes.

    Attributes:
        images: (count, side, side, 3), RGB, 0 to 255.
        classes: (count,), index into `labels`.
        labels: Folder names in alphabetical order, underscores turned to spaces.
    """

    images: NDArray[np.uint8]
    classes: NDArray[np.int64]
    labels: list[str]


def read_photo(path: Path, side: int) -> NDArray[np.uint8]:
    """Read a photo and squash the whole of it to a square, with antialiasing.

    Args:
        path: Picture file.
        side: Height and width of the result in pixels.

    Returns:
        (side, side, 3), RGB, 0 to 255.
    """
    with Image.open(path) as photo:
        square = photo.convert("RGB").resize((side, side), Image.Resampling.BILINEAR)
    return np.asarray(square)


def read_photos(folder: Path, side: int) -> Photos:
    """Read every `*.jpg` below `folder`, one sub-folder a class.

    Args:
        folder: Folder of class folders.
        side: Height and width of the results in pixels.

    Raises:
        FileNotFoundError: There is no photo below `folder`.
    """
    names = sorted(path.name for path in folder.iterdir() if path.is_dir())
    files = [
        (path, index)
        for index, name in enumerate(names)
        for path in sorted((folder / name).glob("*.jpg"))
    ]
    if not files:
        message = f"no photo at {folder}/<class>/*.jpg; --data expects train and val folders"
        raise FileNotFoundError(message)
    images = np.stack([read_photo(path, side) for path, _ in files])
    classes = np.array([index for _, index in files])
    return Photos(images, classes, [name.replace("_", " ") for name in names])


def to_network(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Scale pixels from 0..255 to -1..1, the "tf" preprocessing."""
    return (images / 127.5 - 1.0).astype(np.float32)
