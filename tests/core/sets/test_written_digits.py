"""Digits written by hand: they are scikit-learn's own."""

import importlib.util

import numpy as np
import pytest
from sklearn.datasets import load_digits

from cnnviz_core.errors import ImageError
from cnnviz_core.sets.written_digits import BRIGHTEST, written_digits


def test_they_are_the_first_of_scikit_learn():
    """Pixel by pixel, each digit at its own place."""
    found = load_digits()
    assert found.target[:10].tolist() == list(range(10))
    np.testing.assert_array_equal(written_digits(), found.images[:10])
    assert written_digits().max() == BRIGHTEST
    assert not written_digits().flags.writeable


def test_without_scikit_learn_there_is_a_sentence(monkeypatch):
    """Not a fault of the missing file."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ImageError, match="scikit-learn"):
        written_digits.__wrapped__()
