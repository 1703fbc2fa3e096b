"""CONTRIBUTING's recipes: what they show works as it stands, or stands in the product."""

import re

import numpy as np
import tensorflow as tf

from cnnviz_core.attribution import gradient
from cnnviz_core.attribution.catalogue import Method
from cnnviz_core.network.wrapping import wrap
from tests.core import networks
from tests.core.replicas import replica_of
from tests.places import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def blocks(title):
    """The blocks of Python, whole or not, in the part of a title."""
    (part,) = (part for part in TEXT.split("\n## ") if part.startswith(f"{title}\n"))
    return re.findall(r"^```(?:python|text)\n(.*?)^```", part, re.DOTALL | re.MULTILINE)


def test_the_method_is_what_its_recipe_says(photo):
    """Put into its file it runs; its entry, its line of the stub and its proof fit it."""
    function, line, entry, proof, call = blocks("Add a method")
    names = dict(vars(gradient))
    exec(f"from __future__ import annotations\n{function}", names)
    (method,) = eval(f"({entry})", {"Method": Method})
    mean_gradient = names[method.name]
    model = wrap(networks.conv_mean_dense(), name="n", preprocessing="unit")
    result = mean_gradient(model, photo)
    assert (result.method, result.signed, result.layer) == (method.title, False, None)
    assert method.source in mean_gradient.__doc__
    assert line == f"from .attribution.gradient import {method.name} as {method.name}\n"
    assert f".{method.name}(" in call
    given = {"np": np, "tf": tf, "wrap": wrap, "networks": networks, "replica_of": replica_of}
    given["mean_gradient"] = mean_gradient
    exec(proof, given)
    given["test_mean_gradient_equals_the_tapes_gradient"](photo)


def test_requests_and_rules_are_quoted_as_they_are():
    """What the recipes show of the product, and of its tests, is there word for word."""
    folders = ("cnnviz_engine", "cnnviz_core", "tests/core")
    product = [path.read_text("utf-8") for name in folders for path in ROOT.glob(f"{name}/**/*.py")]
    quotes = blocks("Add a computation") + blocks("Add a rule for a layer of model files")
    assert len(quotes) == 4
    for quote in quotes:
        assert any(quote in text for text in product), quote
