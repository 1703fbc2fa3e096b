"""What a worker runs: from a request's JSON to the result of `cnnviz_core`.

TensorFlow is imported with the first job, never with this module.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np

import cnnviz_core as cnnviz
from cnnviz_core.errors import ModelNotFoundError
from cnnviz_core.zoo.cards import find_card
from cnnviz_engine.model_table import BYTES_PER_WEIGHT, loaded_models
from cnnviz_engine.requests.attribution import forget_maps
from cnnviz_engine.requests.base import is_upload
from cnnviz_engine.requests.catalogue import parse_request
from cnnviz_engine.requests.inspection import InspectRequest
from cnnviz_engine.sandbox import models

if TYPE_CHECKING:
    from cnnviz_core.network.model import LoadedModel
    from cnnviz_core.progress import OnStep

_loading = threading.Lock()  # one import of TensorFlow, and one load of a model, at a time


def run(request_json: str, image: Any, on_step: OnStep) -> Any:
    """Compute what a request asks for.

    Args:
        request_json: canonical JSON of a request.
        image: the pixels it names, or None where it names none.
        on_step: told of each step of a long method; False stops it.

    Raises:
        cnnviz_core.errors.CnnVizError: the request cannot be met.
    """
    request = parse_request(request_json)
    if isinstance(request, InspectRequest):
        return request.compute(models.inspected(request.model))
    return request.compute(_model(request.model, on_step), image, on_step)


def forget(name: str) -> None:
    """Drop an uploaded model, and the maps, which may be its own."""
    forget_maps()
    models.forget(name)


def warm_up(name: str) -> None:
    """Load a model, and trace its prediction and its Grad-CAM on a grey picture."""
    model = _model(name)
    grey = np.full((*model.input_size, 3), 128, np.uint8)
    cnnviz.predict(model, grey, top=5)
    cnnviz.grad_cam(model, grey, 0)


def _model(name: str, on_step: OnStep | None = None) -> LoadedModel:
    """The model of a card's or an upload's name; one that is loaded waits for no other's load."""
    if is_upload(name):
        return models.model(name)
    model = loaded_models().get(name)
    if model is not None:
        return model
    if find_card(name) is None:  # `load_model` takes any path, a request none
        raise ModelNotFoundError(
            f"No model is called {name[:120]!r}. Choose one of those that the app offers."
        )
    with _loading:
        model = loaded_models().get(name)
        if model is None:
            model = cnnviz.load_model(name, on_step=on_step)
            loaded_models().put(name, model, model.network.count_params() * BYTES_PER_WEIGHT)
    return model
