"""The public API as type checkers see it. Nothing here is run: mypy checks it, in `make check`.

A line with `type: ignore` is one that must be an error; where it is none, mypy says so
(`warn_unused_ignores`).
"""

from collections.abc import Sequence
from typing import assert_type

import numpy as np
from numpy.typing import NDArray

import cnnviz_core as cnnviz
from cnnviz_core import rendering
from cnnviz_core.arrays import FloatArray, ImageArray


def reading(data: bytes) -> None:
    """From files to models and images."""
    model = cnnviz.load_model("photos20", labels=["a"], preprocessing="tf")
    assert_type(model, cnnviz.LoadedModel)
    assert_type(cnnviz.available_models(), tuple[cnnviz.ModelCard, ...])
    assert_type(cnnviz.read_image(data), ImageArray)
    file = cnnviz.inspect_model_file(data, name="student.h5")
    assert_type(file, cnnviz.ModelFile)
    assert_type(file.summary(), cnnviz.ModelSummary)
    assert_type(file.build(labels=("husky", "wolf")), cnnviz.LoadedModel)
    assert_type(cnnviz.shapes(3, background="class", seed=0), cnnviz.Shapes)
    assert_type(cnnviz.shape_image("disc", "dots", seed=0), tuple[ImageArray, NDArray[np.bool_]])


def looking(model: cnnviz.LoadedModel, image: ImageArray) -> None:
    """What a network shows by itself."""
    assert_type(cnnviz.predict(model, image, top=3), cnnviz.Prediction)
    assert_type(cnnviz.structure(model), cnnviz.Structure)
    assert_type(cnnviz.structure(model).layers, tuple[cnnviz.LayerInfo, ...])
    assert_type(cnnviz.kernels(model, "conv"), cnnviz.Kernels)
    assert_type(cnnviz.workings(model, image, "conv", 0), cnnviz.Workings)
    assert_type(cnnviz.arithmetic(model, image, "conv", 0, 1, 2), cnnviz.Arithmetic)
    maps = cnnviz.activations(model, image, ["conv"])
    assert_type(maps, dict[str, FloatArray])
    assert_type(cnnviz.dead_channels(maps["conv"]), NDArray[np.bool_])
    assert_type(cnnviz.sparsity(model, image), tuple[cnnviz.LayerSparsity, ...])
    assert_type(cnnviz.layer_glimpses(model, image), tuple[cnnviz.LayerGlimpse, ...])
    assert_type(cnnviz.radial_power(image), cnnviz.Spectrum)


def gabor_filters(model: cnnviz.LoadedModel, image: ImageArray) -> None:
    """Filters made by a formula, and those that a network has learned."""
    assert_type(cnnviz.gabor_kernel(0.2, 0.5, 3, phase=1), NDArray[np.complex128])
    assert_type(cnnviz.response_magnitude(image, 0.2, 0.5, 3), FloatArray)
    assert_type(cnnviz.filter_bank([0.1, 0.2], [0.0], 3), NDArray[np.complex128])
    assert_type(cnnviz.fit_gabor(np.eye(7)), cnnviz.GaborFit)
    assert_type(cnnviz.gabor_fits(model, layer="conv", seed=1), cnnviz.GaborFits)
    assert_type(cnnviz.gabor_fits(model).fits, tuple[cnnviz.GaborFit | None, ...])


def by_hand(image: ImageArray) -> None:
    """Convolution without a network."""
    kernel = cnnviz.KERNELS["Sobel x"]
    assert_type(kernel, cnnviz.HandKernel)
    assert_type(cnnviz.convolve(image, kernel.weights, stride=(2, 1), padding="same"), FloatArray)
    assert_type(cnnviz.convolve(image, kernel.weights, padding=((1, 0), (0, 1))), FloatArray)
    assert_type(cnnviz.convolve_transposed(image, kernel.weights, stride=2), FloatArray)
    assert_type(cnnviz.pool(image, 2, kind="average"), FloatArray)
    assert_type(cnnviz.output_size(7, 3, padding=1), cnnviz.OutputSize)
    assert_type(cnnviz.output_size((7, 8), (3, 2), stride=(2, 1)), cnnviz.OutputSize)
    cnnviz.convolve(image, kernel.weights, padding="full")  # type: ignore[arg-type]
    cnnviz.pool(image, 2, kind="least")  # type: ignore[arg-type]


def class_activation(model: cnnviz.LoadedModel, image: ImageArray) -> None:
    """Maps of a layer."""
    rather = cnnviz.Contrast("cat", 3)
    assert_type(cnnviz.class_activation_map(model, image, 1), cnnviz.Attribution)
    assert_type(cnnviz.grad_cam(model, image, "cat", signed=True), cnnviz.Attribution)
    assert_type(cnnviz.grad_cam_plus_plus(model, image, rather), cnnviz.Attribution)
    assert_type(cnnviz.hires_cam(model, image, layer="conv"), cnnviz.Attribution)
    assert_type(cnnviz.layer_cam(model, image, None, output="a"), cnnviz.Attribution)
    assert_type(cnnviz.score_cam(model, image, top_channels=8), cnnviz.Attribution)
    assert_type(cnnviz.eigen_cam(model, image), cnnviz.Attribution)


def stop(step: int, total: int, so_far: object) -> bool:
    """What a long method may be given to report to."""
    return step < total and so_far is None


def pixel_attribution(model: cnnviz.LoadedModel, image: ImageArray) -> None:
    """Maps at the input."""
    assert_type(cnnviz.saliency(model, image), cnnviz.Attribution)
    assert_type(cnnviz.input_times_gradient(model, image), cnnviz.Attribution)
    assert_type(cnnviz.guided_backpropagation(model, image), cnnviz.Attribution)
    assert_type(cnnviz.smooth_grad(model, image, seed=1, on_step=stop), cnnviz.Attribution)
    assert_type(cnnviz.integrated_gradients(model, image, on_step=stop), cnnviz.Attribution)
    assert_type(cnnviz.occlusion(model, image, patch=8, on_step=stop), cnnviz.Attribution)
    assert_type(cnnviz.rise(model, image, num_masks=8, on_step=stop), cnnviz.Attribution)
    assert_type(cnnviz.lime(model, image, num_samples=8, on_step=stop), cnnviz.Attribution)
    assert_type(cnnviz.xrai(model, image, num_steps=8, on_step=stop), cnnviz.Attribution)
    assert_type(cnnviz.explain(model, image, method="lime", amount=9), cnnviz.Attribution)
    assert_type(cnnviz.METHODS["lime"], cnnviz.Method)


def localizing(image: ImageArray, found: cnnviz.Attribution | cnnviz.BaselineMap) -> None:
    """From a map to a place."""
    assert_type(cnnviz.bounding_box(found, image.shape[:2]), cnnviz.Box)
    assert_type(cnnviz.bounding_boxes(found, image.shape[:2], most=2), tuple[cnnviz.Box, ...])
    assert_type(cnnviz.grabcut(image, found), NDArray[np.bool_])
    assert_type(rendering.overlay(image, found.resized(*image.shape[:2])), ImageArray)


def trusting(model: cnnviz.LoadedModel, image: ImageArray, found: cnnviz.Attribution) -> None:
    """A map held against the network."""
    baseline = cnnviz.baseline_map("centre", image, model.input_size)
    assert_type(baseline, cnnviz.BaselineMap)
    assert_type(cnnviz.deletion(model, image, baseline, target=3), cnnviz.Curve)
    assert_type(cnnviz.insertion(model, image, found, on_step=stop), cnnviz.Curve)
    assert_type(cnnviz.road(model, image, found, seed=1), cnnviz.Curve)
    assert_type(cnnviz.placement_check(model, image, found), cnnviz.PlacementCheck)
    assert_type(cnnviz.randomization_check(model, image, "grad_cam"), cnnviz.SanityCheck)


def growing(model: cnnviz.LoadedModel, image: ImageArray) -> None:
    """Pictures that units like."""
    both: Sequence[cnnviz.Objective] = [
        cnnviz.Channel("conv", 1) - 0.5 * cnnviz.Neuron("conv", 1, y=2, x=3),
        -cnnviz.ClassLogit("cat"),
    ]
    assert_type(cnnviz.maximize(model, both, preset="maco", on_step=stop), cnnviz.Patterns)
    assert_type(cnnviz.deep_dream(model, image, cnnviz.Layer("conv")), cnnviz.Patterns)


def refusing(model: cnnviz.LoadedModel, image: ImageArray, values: FloatArray) -> None:
    """Each line is an error that is seen before anything runs."""
    cnnviz.grad_cam(1, 2, 3, nonsense=5)  # type: ignore[arg-type, call-arg]
    cnnviz.grad_cam(model, image, "cat", "conv")  # type: ignore[call-arg]
    cnnviz.grad_cam(model, values)  # type: ignore[arg-type]
    cnnviz.rise(model, image, num_masks="many")  # type: ignore[arg-type]
    cnnviz.maximize(model, cnnviz.Channel("conv", 1), preset="worst")  # type: ignore[arg-type]
    cnnviz.deletion(model, image)  # type: ignore[call-arg]
    cnnviz.baseline_map("sides", image, (8, 8))  # type: ignore[arg-type]
    print(cnnviz.saliency(model, image).heatmap)  # type: ignore[attr-defined]
    print(cnnviz.grad_cam_3d)  # type: ignore[attr-defined]
    print(rendering.overlays)  # type: ignore[attr-defined]
    cnnviz.Target(3, "cat").index = 4  # type: ignore[misc]
    raise cnnviz.errors.OptionError("each error has its sentence")
