"""Class activation maps: the channels of a layer, weighed for one target.

Notation: A^k is channel k of the layer's output, y the score explained (a class's logit, or the
difference of two), g^k its gradient with respect to A^k, Z the number of cells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz_core.attribution.layer_maps import LayerMaps, layer_maps
from cnnviz_core.attribution.mean_and_dense import dense_after_mean
from cnnviz_core.errors import ArchitectureError

if TYPE_CHECKING:
    from cnnviz_core.arrays import FloatArray, ImageArray
    from cnnviz_core.maps.results import Attribution
    from cnnviz_core.network.model import LoadedModel
    from cnnviz_core.targets import TargetLike


def class_activation_map(
    model: LoadedModel,
    image: ImageArray,
    target: TargetLike = None,
    *,
    layer: str | None = None,
    output: str | None = None,
) -> Attribution:
    """Weigh each channel by the weight that ties its mean to the class.

    CAM, Zhou et al. 2016 (arXiv:1512.04150), equation 2: M(i, j) = sum_k w_k A^k(i, j), where
    y = sum_k w_k mean(A^k) + b. So the map's mean plus the bias is the logit.

    Args:
        model: a network that ends in this layer, the mean over space, and one dense layer.
        image: (height, width, 3), RGB uint8, any size.
        target: class index or label, a `Contrast`, or None for the class of highest logit.
        layer: the layer that is averaged; None means the model's default layer.
        output: name of the output to explain, on a network with several.

    Returns:
        Map at the layer's resolution, signed, in logit units.

    Raises:
        ArchitectureError: between layer and logits lies more than a mean and a dense layer.
        TargetError, LayerNotFoundError, NotSpatialError: as for `grad_cam`.
    """
    maps = layer_maps(model, image, target, layer=layer, output=output)
    kernel, bias = dense_after_mean(maps.model, maps.layer, maps.values.shape[-1])
    direction = maps.score.direction
    attribution = maps.attribution(maps.values @ (kernel @ direction), method="CAM", signed=True)
    _require_cam(attribution, float(bias @ direction))
    return attribution


def _require_cam(attribution: Attribution, bias: float) -> None:
    """Refuse a map whose mean and bias are not the score: something else lies in between."""
    missing = attribution.score - bias - float(attribution.values.mean(dtype=np.float64))
    if abs(missing) > 1e-2 * max(1.0, float(np.abs(attribution.values).max())):
        raise ArchitectureError(
            "CAM needs a network whose score is the mean of the map and a bias; here they differ "
            f"by {missing:.3g}. Choose Grad-CAM, which needs no such end."
        )


def grad_cam(
    model: LoadedModel,
    image: ImageArray,
    target: TargetLike = None,
    *,
    layer: str | None = None,
    output: str | None = None,
    signed: bool = False,
) -> Attribution:
    """Weigh each channel by its mean gradient, sum, and keep the positive part.

    Grad-CAM, arXiv:1610.02391, equations 1 and 2:
    alpha_k = (1/Z) sum_ij g^k_ij and L = ReLU(sum_k alpha_k A^k).

    Args:
        model: a loaded model.
        image: (height, width, 3), RGB uint8, any size.
        target: class index or label, a `Contrast`, or None for the class of highest logit. On a
            single sigmoid 1 is the positive class and 0 the negative, whose logit is the
            positive's with its sign flipped.
        layer: a layer with height and width; None means the model's default layer.
        output: name of the output to explain, on a network with several.
        signed: keep what speaks against the target too, by leaving the ReLU out.

    Returns:
        Map at the layer's resolution, non-negative unless `signed`, in logit units.

    Raises:
        TargetError: no such class or output.
        LayerNotFoundError: no such layer.
        NotSpatialError: the layer's output has no height and width.
        UnreachedError: the score does not depend on the layer.
    """
    maps = layer_maps(model, image, target, layer=layer, output=output)
    alpha = maps.gradient().mean(axis=(0, 1))
    return maps.attribution(maps.values @ alpha, method="Grad-CAM", signed=signed)


def grad_cam_plus_plus(
    model: LoadedModel,
    image: ImageArray,
    target: TargetLike = None,
    *,
    layer: str | None = None,
    output: str | None = None,
) -> Attribution:
    """Weigh positive gradients by their share in the class, so that several objects count alike.

    Grad-CAM++, arXiv:1710.11063, equations 10 to 19 with Y = exp(y): alpha^k_ij =
    g^2 / (2 g^2 + sum_ab A^k_ab g^3), w_k = sum_ij alpha^k_ij ReLU(exp(y) g^k_ij), and
    L = ReLU(sum_k w_k A^k). The factor exp(y), the same for all k, is left out.

    Args, errors: as for `grad_cam`.

    Returns:
        Map at the layer's resolution, non-negative, in logit units.
    """
    maps = layer_maps(model, image, target, layer=layer, output=output)
    gradient = maps.gradient().astype(np.float64)
    total = maps.values.sum(axis=(0, 1), dtype=np.float64)
    share = 2 * gradient**2 + total * gradient**3
    alpha = gradient**2 / np.where(share == 0, 1, share)
    weights = (alpha * np.maximum(gradient, 0)).sum(axis=(0, 1))
    return maps.attribution(maps.values @ weights, method="Grad-CAM++")


def hires_cam(
    model: LoadedModel,
    image: ImageArray,
    target: TargetLike = None,
    *,
    layer: str | None = None,
    output: str | None = None,
    signed: bool = False,
) -> Attribution:
    """Multiply activations by gradients cell by cell, without averaging, and sum over channels.

    HiResCAM, arXiv:2011.08891, equation 4: L = sum_k g^k * A^k; its positive part by default.
    Where a linear head follows the layer, the signed map sums to the logit less the bias.

    Args, returns, errors: as for `grad_cam`.
    """
    maps = layer_maps(model, image, target, layer=layer, output=output)
    product = (maps.gradient() * maps.values).sum(axis=-1)
    return maps.attribution(product, method="HiResCAM", signed=signed)


def layer_cam(
    model: LoadedModel,
    image: ImageArray,
    target: TargetLike = None,
    *,
    layer: str | None = None,
    output: str | None = None,
) -> Attribution:
    """Weigh each activation by its own positive gradient; made for early layers too.

    LayerCAM, Jiang et al. 2021 (doi:10.1109/TIP.2021.3089943), equations 5 to 7:
    L = ReLU(sum_k ReLU(g^k) * A^k).

    Args, errors: as for `grad_cam`.

    Returns:
        Map at the layer's resolution, non-negative, in logit units.
    """
    maps = layer_maps(model, image, target, layer=layer, output=output)
    product = (np.maximum(maps.gradient(), 0) * maps.values).sum(axis=-1)
    return maps.attribution(product, method="LayerCAM")


def eigen_cam(
    model: LoadedModel,
    image: ImageArray,
    target: TargetLike = None,
    *,
    layer: str | None = None,
    output: str | None = None,
) -> Attribution:
    """Project the activations on their first principal direction: what the layer responds to most.

    Eigen-CAM, arXiv:2008.00299, equations 3 and 4: A = U S V^T with one row a cell, not centred,
    and L = A v_1. A singular vector has no sign of its own; it is turned so that the map's sum is
    positive, and the positive part is kept. The map is the same for every class.

    Args, errors: as for `grad_cam`; the target only names the score that stands beside the map.

    Returns:
        Map at the layer's resolution, non-negative, in units of the layer's activation.
    """
    maps = layer_maps(model, image, target, layer=layer, output=output)
    return maps.attribution(_first_component(maps), method="Eigen-CAM", units="activation")


def _first_component(maps: LayerMaps) -> FloatArray:
    rows, columns, channels = maps.values.shape
    cells = maps.values.reshape(-1, channels).astype(np.float64)
    left, singular, _ = np.linalg.svd(cells, full_matrices=False)
    projected = left[:, 0] * singular[0]
    sign = -1 if projected.sum() < 0 else 1
    return np.asarray(sign * projected, dtype=np.float32).reshape(rows, columns)
