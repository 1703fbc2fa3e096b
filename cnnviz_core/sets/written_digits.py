"""Ten digits written by hand, the first of scikit-learn's: 8 x 8 pixels from 0 to 16."""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from pathlib import Path

import numpy as np

from cnnviz_core.arrays import ImageArray
from cnnviz_core.errors import ImageError

BRIGHTEST = 16


@lru_cache(maxsize=1)
def written_digits() -> ImageArray:
    """The first 0 to 9, as `sklearn.datasets.load_digits` gives them.

    Returns:
        uint8 (10, 8, 8), bright on black, read-only.

    Raises:
        ImageError: scikit-learn is not installed with its data.
    """
    # Found without importing the package, which would cost more than half a second.
    found = importlib.util.find_spec("sklearn")
    folder = Path(found.origin).parent if found is not None and found.origin else Path()
    try:
        rows = np.loadtxt(folder / "datasets/data/digits.csv.gz", delimiter=",", max_rows=10)
    except (OSError, ValueError) as error:
        raise ImageError("The digits of scikit-learn are not installed here.") from error
    pictures = rows[:, :64].reshape(-1, 8, 8).astype(np.uint8)
    pictures.flags.writeable = False
    return pictures
