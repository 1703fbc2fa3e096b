"""What mypy knows of a result from its request alone. Checked by mypy; nothing here is run."""

from typing import assert_type

from cnnviz_core.arrays import BoolArray, FloatArray
from cnnviz_core.lab.gabor_results import GaborFits
from cnnviz_core.lab.results import Workings
from cnnviz_core.looking.results import (
    Kernels,
    LayerGlimpse,
    LayerSparsity,
    Prediction,
    Structure,
)
from cnnviz_core.maps.results import Attribution
from cnnviz_core.maximization.results import Patterns
from cnnviz_core.model_files.telling.summary import ModelSummary
from cnnviz_core.trust.results import Curve, PlacementCheck, SanityCheck
from cnnviz_engine import Engine, Job
from cnnviz_engine.requests.arithmetic import WorkingsRequest
from cnnviz_engine.requests.attribution import AttributionRequest
from cnnviz_engine.requests.gabor import GaborFitsRequest
from cnnviz_engine.requests.inspection import InspectRequest
from cnnviz_engine.requests.looking import (
    ActivationsRequest,
    DescribeRequest,
    GlimpsesRequest,
    KernelsRequest,
    PredictRequest,
    SparsityRequest,
)
from cnnviz_engine.requests.maps import (
    FaithfulnessRequest,
    GrabCutRequest,
    PlacementRequest,
    RandomizationRequest,
)
from cnnviz_engine.requests.patterns import DreamRequest, PatternsRequest
from cnnviz_ui.frame.results import ask
from cnnviz_ui.widgets import snippets


def a_page_is_told_the_result_of_each_request(
    described: DescribeRequest,
    inspected: InspectRequest,
    predicted: PredictRequest,
    activations: ActivationsRequest,
    glimpses: GlimpsesRequest,
    sparsity: SparsityRequest,
    kernels: KernelsRequest,
    workings: WorkingsRequest,
) -> None:
    """`ask` gives the type that the request's class names, or None."""
    assert_type(ask(described, noun=""), Structure | None)
    assert_type(ask(inspected, noun=""), ModelSummary | None)
    assert_type(ask(predicted, noun=""), Prediction | None)
    assert_type(ask(activations, noun=""), FloatArray | None)
    assert_type(ask(glimpses, noun=""), tuple[LayerGlimpse, ...] | None)
    assert_type(ask(sparsity, noun=""), tuple[LayerSparsity, ...] | None)
    assert_type(ask(kernels, noun=""), Kernels | None)
    assert_type(ask(workings, noun=""), Workings | None)


def so_it_is_of_maps_and_patterns(
    attribution: AttributionRequest,
    faithfulness: FaithfulnessRequest,
    placement: PlacementRequest,
    randomization: RandomizationRequest,
    cut: GrabCutRequest,
    grown: PatternsRequest | DreamRequest,
) -> None:
    """Also of several kinds of request that give the same."""
    assert_type(ask(attribution, noun=""), Attribution | None)
    assert_type(ask(faithfulness, noun=""), tuple[Curve, Curve, Curve] | None)
    assert_type(ask(placement, noun=""), PlacementCheck | None)
    assert_type(ask(randomization, noun=""), SanityCheck | None)
    assert_type(ask(cut, noun=""), BoolArray | None)
    assert_type(ask(grown, noun=""), Patterns | None)


def so_it_is_of_filters(fits: GaborFitsRequest) -> None:
    """What a network learned, and the Gabor filters that come closest."""
    assert_type(ask(fits, noun=""), GaborFits | None)


def a_job_knows_what_it_gives(engine: Engine, request: PredictRequest) -> None:
    """From the engine to the result."""
    job = engine.submit(request)
    assert_type(job, Job[Prediction])
    assert_type(job.result(), Prediction)
    assert_type(job.preview, Prediction | None)


def a_preview_is_drawn_by_what_takes_the_result(request: AttributionRequest) -> None:
    """A page cannot hand a function that draws something else."""

    def draw_pattern(pattern: Patterns) -> None: ...
    def draw_map(attribution: Attribution) -> None: ...

    ask(request, noun="", preview=draw_map)
    ask(request, noun="", preview=draw_pattern)  # type: ignore[arg-type]


def lines_are_of_the_request_and_its_own_result(
    request: AttributionRequest, found: Attribution, other: Patterns, described: DescribeRequest
) -> None:
    """A request that has no lines to show, and another's result, are refused."""
    snippets.code(request, found)
    snippets.code(request, other)  # type: ignore[misc]
    snippets.code(described, other)  # type: ignore[arg-type]
