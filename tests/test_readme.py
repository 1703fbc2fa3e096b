"""README's Python is run as a reader would run it: block after block, in an empty folder."""

import re

import keras
import numpy as np
from keras import layers
from PIL import Image

from tests.places import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def student():
    """A small network of two classes, as somebody may have trained it."""
    inputs = keras.Input((32, 32, 3))
    x = layers.Conv2D(4, 3, activation="relu")(inputs)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(2, activation="softmax")(x), name="student")


def test_the_blocks_run_one_after_another(photo, tmp_path, monkeypatch, capsys):
    """With a photo and a model file of the names that README uses, every line of it works."""
    Image.fromarray(photo).save(tmp_path / "photo.jpg")
    student().save(tmp_path / "student.h5")
    monkeypatch.chdir(tmp_path)
    names = {}
    for number, block in enumerate(BLOCKS, start=1):
        exec(compile(block, f"README.md, block {number}", "exec"), names)
    assert names["image"].shape == photo.shape
    assert names["picture"].shape == photo.shape
    assert {tuple(maps.shape) for maps in names["maps"].values()} >= {(64, 64, 48)}
    assert names["patterns"].alive.all()
    assert names["dream"].reached > names["dream"].start
    assert names["model"].labels == ("husky", "wolf")
    assert np.isfinite(names["why_not_a_rose"].values).all()
    assert "ends in softmax" in capsys.readouterr().out
