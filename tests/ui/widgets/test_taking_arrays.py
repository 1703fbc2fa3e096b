"""Arrays to take along, whatever they are called."""

import io

import numpy as np

from cnnviz_ui.widgets import pictures


def test_arrays_may_have_any_name():
    """A layer may be called like an argument of NumPy's, and is in the file all the same."""
    arrays = {name: np.arange(6.0).reshape(2, 3) for name in ("file", "allow_pickle", "a.b")}
    with np.load(io.BytesIO(pictures._npz(arrays)), allow_pickle=False) as read:
        assert set(read.files) == set(arrays)
        for name, values in arrays.items():
            np.testing.assert_array_equal(read[name], values)
