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
from cnnviz_core.zoo.cards import find_card
from cnnviz_engine.byte_table import ByteTable
from cnnviz_engine.requests.pattern_previews import with_small_previews
from cnnviz_engine.requests.requests import (
    ActivationsRequest,
    AttributionRequest,
    DescribeRequest,
    DreamRequest,
    FaithfulnessRequest,
    GrabCutRequest,
    InspectRequest,
    KernelsRequest,
    PatternsRequest,
    PredictRequest,
    RandomizationRequest,
    SparsityRequest,
    is_upload,
    parse_request,
    pattern_excess,
)
from cnnviz_engine.sandbox import models
from cnnviz_engine.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from cnnviz_core.progress import OnStep

_BYTES_PER_WEIGHT = 4
_MAP_BYTES = 16 * 2**20
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
        return models.summary(request.model)
    return _TASKS[type(request)](_model(request.model, on_step), request, image, on_step)


def forget(name: str) -> None:
    """Drop an uploaded model, and the maps, which may be its own."""
    _maps.cache_clear()
    models.forget(name)


def warm_up(name: str) -> None:
    """Load a model, and trace its prediction and its Grad-CAM on a grey picture."""
    core, model = _core(), _model(name)
    grey = np.full((*model.input_size, 3), 128, np.uint8)
    core.predict(model, grey, top=5)
    core.grad_cam(model, grey, 0)


@lru_cache(maxsize=1)
def _models() -> ByteTable[str, Any]:
    return ByteTable(Settings.from_environment().model_bytes)


@lru_cache(maxsize=1)
def _maps() -> ByteTable[str, Any]:
    return ByteTable(_MAP_BYTES)


def _core() -> ModuleType:
    return importlib.import_module("cnnviz_core")


def _model(name: str, on_step: OnStep | None = None) -> Any:
    """The model of a card's or an upload's name; one that is loaded waits for no other's load."""
    if is_upload(name):
        return models.model(name)
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
            model = _core().load_model(name, on_step=on_step)
            _models().put(name, model, model.network.count_params() * _BYTES_PER_WEIGHT)
    return model


def _describe(model: Any, request: DescribeRequest, image: Any, on_step: OnStep) -> Any:
    return _core().structure(model.with_output(request.output))


def _predict(model: Any, request: PredictRequest, image: Any, on_step: OnStep) -> Any:
    return _core().predict(model.with_output(request.output), image, top=request.top)


def _activations(model: Any, request: ActivationsRequest, image: Any, on_step: OnStep) -> Any:
    return _core().activations(model, image, [request.layer])[request.layer]


def _sparsity(model: Any, request: SparsityRequest, image: Any, on_step: OnStep) -> Any:
    return _core().sparsity(model, image)


def _kernels(model: Any, request: KernelsRequest, image: Any, on_step: OnStep) -> Any:
    return _core().kernels(model, request.layer)


def _attribution(model: Any, request: AttributionRequest, image: Any, on_step: OnStep) -> Any:
    """A map; of the last ones, those that are finished are kept for what starts from them."""
    found = _maps().get(request.key)
    if found is None:
        went_on = [True]

        def watched(step: int, total: int, preview: Any = None) -> bool:
            went_on[0] = on_step(step, total, preview) is not False
            return went_on[0]

        found = _core().explain(
            model,
            image,
            _target(request),
            method=request.method,
            layer=request.layer,
            output=request.output,
            amount=request.amount,
            seed=request.seed,
            on_step=watched,
        )
        if went_on[0]:
            _maps().put(request.key, found, found.values.nbytes)
    return found


def _target(request: AttributionRequest) -> Any:
    if request.against is None:
        return request.target
    return _core().Contrast(request.target, request.against)


def _starting_map(model: Any, request: AttributionRequest, image: Any, on_step: OnStep) -> Any:
    """A map that other work starts from, without its previews: that work has others."""
    return _attribution(model, request, image, lambda step, total, _: on_step(step, total, None))


def _faithfulness(model: Any, request: FaithfulnessRequest, image: Any, on_step: OnStep) -> Any:
    core, asked = _core(), request.attribution
    if request.baseline is None:
        found = _starting_map(model, asked, image, on_step)
    else:
        found = core.baseline_map(request.baseline, image, model.input_size)
    measures = (core.deletion, core.insertion, core.road)
    return tuple(
        measure(
            model,
            image,
            found,
            target=_target(asked),
            output=asked.output,
            on_step=_part(number, len(measures), on_step),
        )
        for number, measure in enumerate(measures)
    )


def _part(number: int, parts: int, on_step: OnStep) -> OnStep:
    """Tell the steps of one of several parts in percent of all, without previews."""

    def told(step: int, total: int, preview: Any = None) -> bool | None:
        return on_step(round(100 * (number + step / total) / parts), 100, None)

    return told


def _randomization(model: Any, request: RandomizationRequest, image: Any, on_step: OnStep) -> Any:
    asked = request.attribution
    return _core().randomization_check(
        model,
        image,
        asked.method,
        _target(asked),
        layer=asked.layer,
        output=asked.output,
        amount=asked.amount,
        seed=asked.seed,
        on_step=on_step,
    )


def _grabcut(model: Any, request: GrabCutRequest, image: Any, on_step: OnStep) -> Any:
    found = _starting_map(model, request.attribution, image, on_step)
    return _core().grabcut(image, found)


def _patterns(model: Any, request: PatternsRequest, image: Any, on_step: OnStep) -> Any:
    if request.size is None and (excess := pattern_excess(request.amount, *model.input_size)):
        raise OptionError(excess)
    return _core().maximize(
        model,
        [_objective(request, index) for index in request.indices],
        size=request.size,
        steps=request.steps,
        preset=request.preset,
        faces=request.faces,
        frames=request.frames,
        seed=request.seed,
        on_step=with_small_previews(on_step),
    )


def _objective(request: PatternsRequest, index: int) -> Any:
    unit = _unit(request, index)
    if request.against is not None:
        unit = unit - _unit(request, request.against)
    return request.direction * unit


def _unit(request: PatternsRequest, index: int) -> Any:
    core = _core()
    if request.layer is None:
        return core.ClassLogit(index)
    if request.place is None:
        return core.Channel(request.layer, index)
    return core.Neuron(request.layer, index, *request.place)


def _dream(model: Any, request: DreamRequest, image: Any, on_step: OnStep) -> Any:
    core, layer = _core(), request.layer
    return core.deep_dream(
        model,
        image,
        core.Layer(layer) if request.index is None else core.Channel(layer, request.index),
        steps=request.steps,
        frames=request.frames,
        seed=request.seed,
        on_step=with_small_previews(on_step),
    )


_TASKS: dict[type, Callable[[Any, Any, Any, OnStep], Any]] = {
    DescribeRequest: _describe,
    PredictRequest: _predict,
    ActivationsRequest: _activations,
    SparsityRequest: _sparsity,
    KernelsRequest: _kernels,
    AttributionRequest: _attribution,
    FaithfulnessRequest: _faithfulness,
    RandomizationRequest: _randomization,
    GrabCutRequest: _grabcut,
    PatternsRequest: _patterns,
    DreamRequest: _dream,
}
