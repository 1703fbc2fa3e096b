"""Digits written by hand, and clothes drawn by code."""

import importlib.util
from math import pi

import cv2
import numpy as np
import pytest
from sklearn.datasets import load_digits

from cnnviz_core.errors import ImageError
from cnnviz_core.lab.gabor import response_magnitude
from cnnviz_core.sets import small_pictures, written_digits


def test_digits_are_the_first_of_scikit_learn():
    """Reduced again, without their frame, they are what it has, but for the enlargement's rims."""
    data = load_digits()
    for number, picture in zip(small_pictures.DIGITS, small_pictures.digits(), strict=True):
        assert data.target[number] == number
        small = cv2.resize(picture, (10, 10), interpolation=cv2.INTER_AREA)[1:-1, 1:-1]
        expected = data.images[number] / 16 * 255
        assert np.corrcoef(small.ravel(), expected.ravel())[0, 1] > 0.98


def test_where_digits_are_not_installed_a_sentence_says_so(monkeypatch):
    """As where the package does not carry its data."""
    small_pictures.digits.cache_clear()
    written_digits.written_digits.cache_clear()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ImageError, match="not installed"):
        small_pictures.digits()


def test_each_weave_answers_to_its_own_filter():
    """Level stripes of the shirt, upright ones of the trousers, slanted ones of the shoe."""
    waves = {"shirt": (1 / 6, pi / 2), "trousers": (1 / 4, 0), "shoe": (0.257, pi / 4)}
    clothes = dict(zip(small_pictures.CLOTHES, small_pictures.clothes(), strict=True))
    for name, own in waves.items():
        answers = {
            wave: np.median(response_magnitude(clothes[name], *wave, 3)[clothes[name] > 100])
            for wave in waves.values()
        }
        assert max(answers, key=answers.get) == own
        assert answers[own] > 15


def test_nobody_changes_pictures_that_all_share():
    """Each call gives the same arrays, which cannot be written to."""
    assert small_pictures.clothes() is small_pictures.clothes()
    assert not small_pictures.clothes().flags.writeable
    assert not small_pictures.digits().flags.writeable
