"""What a worker runs: from a request's JSON to the result of `cnnviz_core`.

TensorFlow is imported with the first job, never with this module.
"""

from __future__ import annotations

import importlib
import threading
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz_core.errors import ModelNotFoundError, OptionError
from cnnviz_core.zoo import find_card
from cnnviz_engine.byte_table import ByteTable
from cnnviz_engine.requests import (
    ActivationsRequest,
    DescribeRequest,
    GradCamRequest,
    KernelsRequest,
    PatternsRequest,
    PredictRequest,
    SparsityRequest,
    parse_request,
    pattern_excess,
)
from cnnviz_engine.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from cnnviz_engine.progress import OnStep

_BYTES_PER_WEIGHT = 4
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
    return _TASKS[type(request)](_model(request.model), request, image, on_step)


def warm_up(name: str) -> None:
    """Load a model, and trace its prediction and its Grad-CAM on a grey picture."""
    core, model = _core(), _model(name)
    grey = np.full((*model.input_size, 3), 128, np.uint8)
    core.predict(model, grey, top=5)
    core.grad_cam(model, grey, 0)


@lru_cache(maxsize=1)
def _models() -> ByteTable[str, Any]:
    return ByteTable(Settings.from_environment().model_bytes)


def _core() -> ModuleType:
    return importlib.import_module("cnnviz_core")


def _model(name: str) -> Any:
    """The model of a card's name; one that is loaded never waits for another's load."""
    model = _models().get(name)
    if model is not None:
        return model
    if find_card(name) is None:  # `load_model` takes any path, a request none
        raise ModelNotFoundError(
            f"No model is called {name[:120]!r}. Choose one of those that the app offers."
        )
    with _loading:
        model = _models().get(name)
        if model is None:
            model = _core().load_model(name)
            _models().put(name, model, model.network.count_params() * _BYTES_PER_WEIGHT)
    return model


def _describe(model: Any, request: DescribeRequest, image: Any, on_step: OnStep) -> Any:
    return _core().structure(model)


def _predict(model: Any, request: PredictRequest, image: Any, on_step: OnStep) -> Any:
    return _core().predict(model, image, top=request.top)


def _activations(model: Any, request: ActivationsRequest, image: Any, on_step: OnStep) -> Any:
    return _core().activations(model, image, [request.layer])[request.layer]


def _sparsity(model: Any, request: SparsityRequest, image: Any, on_step: OnStep) -> Any:
    return _core().sparsity(model, image)


def _kernels(model: Any, request: KernelsRequest, image: Any, on_step: OnStep) -> Any:
    return _core().kernels(model, request.layer)


def _grad_cam(model: Any, request: GradCamRequest, image: Any, on_step: OnStep) -> Any:
    return _core().grad_cam(model, image, request.target, layer=request.layer)


def _patterns(model: Any, request: PatternsRequest, image: Any, on_step: OnStep) -> Any:
    core, layer = _core(), request.layer
    if request.size is None and (excess := pattern_excess(len(request.indices), *model.input_size)):
        raise OptionError(excess)
    objectives = [
        core.ClassLogit(index) if layer is None else core.Channel(layer, index)
        for index in request.indices
    ]
    return core.maximize(
        model,
        objectives,
        size=request.size,
        steps=request.steps,
        preset=request.preset,
        seed=request.seed,
        on_step=on_step,
    )


_TASKS: dict[type, Callable[[Any, Any, Any, OnStep], Any]] = {
    DescribeRequest: _describe,
    PredictRequest: _predict,
    ActivationsRequest: _activations,
    SparsityRequest: _sparsity,
    KernelsRequest: _kernels,
    GradCamRequest: _grad_cam,
    PatternsRequest: _patterns,
}
