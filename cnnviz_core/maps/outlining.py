"""Found objects as pictures: boxes drawn on an image, and a mask's part of it alone.

Images are RGB uint8 (height, width, 3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from cnnviz_core.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cnnviz_core.arrays import ImageArray
    from cnnviz_core.maps.results import Box

BOX_COLOUR = (20, 120, 150)
WHITE = (255, 255, 255)


def draw_boxes(image: ImageArray, boxes: Sequence[Box]) -> ImageArray:
    """Draw boxes on an image with white rims, the first one thickest; several carry numbers.

    Args:
        image: (height, width, 3), RGB uint8, of any size: boxes are scaled to it.
        boxes: around regions of the image.
    """
    drawn = image.copy()
    width = max(2, round(max(image.shape[:2]) / 200))
    for order, box in reversed(list(enumerate(boxes))):
        scale_y, scale_x = (
            side / full for side, full in zip(image.shape, box.image_size, strict=False)
        )
        first = round(box.left * scale_x), round(box.top * scale_y)
        last = round(box.right * scale_x) - 1, round(box.bottom * scale_y) - 1
        line = width if order == 0 else max(1, width // 2)
        for colour, thickness in ((WHITE, line + 2 * max(1, line // 2)), (BOX_COLOUR, line)):
            cv2.rectangle(drawn, first, last, colour, thickness)
            if len(boxes) > 1:
                place = first[0] + 3 * width, max(first[1], 0) + 8 * width
                font, size = cv2.FONT_HERSHEY_SIMPLEX, width / 5
                cv2.putText(drawn, str(order + 1), place, font, size, colour, thickness)
    return drawn


def cut_out(image: ImageArray, mask: NDArray[np.bool_], *, dimmed: bool = False) -> ImageArray:
    """The masked part of an image on white, or on the rest in dark grey.

    Args:
        image: (height, width, 3), RGB uint8.
        mask: (height, width), True where the image stays.
        dimmed: whether the rest stays in sight.

    Raises:
        OptionError: sizes differ.
    """
    if mask.shape != image.shape[:2]:
        raise OptionError(
            f"A mask of {mask.shape} was given for an image of {image.shape[:2]}; both must be of "
            "one size."
        )
    rest = np.full_like(image, 255)
    if dimmed:
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None]
        rest = np.repeat(grey // 4, 3, axis=2)
    return np.where(mask[..., None], image, rest)
