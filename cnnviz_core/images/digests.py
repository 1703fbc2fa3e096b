"""An image's identity: what a request names and a worker trusts."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cnnviz_core.arrays import ImageArray


def image_digest(image: ImageArray) -> str:
    """SHA-256 over an image's shape and bytes, in hexadecimal.

    Args:
        image: uint8 array of any shape; the order of its memory makes no difference.

    Raises:
        ValueError: the array is not uint8.
    """
    if image.dtype != np.uint8:
        raise ValueError(f"An image is a uint8 array; received {image.dtype}.")
    digest = hashlib.sha256(repr(image.shape).encode())
    digest.update(np.ascontiguousarray(image).data)
    return digest.hexdigest()
