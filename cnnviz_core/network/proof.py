"""The proof, made once when a model is loaded, that what is shown of it is true.

The flat graph must give the network's own output, and the activation of the logits must be that
output. A network where the first fails is refused; one where the second fails is shown with its
output as it is, and every result says "score" in place of "logit".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from cnnviz_core.errors import UnsupportedModelError
from cnnviz_core.network.compiled_parts import CompiledParts, End
from cnnviz_core.network.heads import Head

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnnviz_core.arrays import FloatArray


def prove(
    name: str,
    whole: Callable[[FloatArray], tf.Tensor],
    parts: CompiledParts,
    batches: Sequence[FloatArray],
) -> CompiledParts:
    """Run a network whole and in parts on a few inputs, and compare.

    Args:
        name: of the network, for sentences.
        whole: gives the network's own output for a batch of images.
        parts: its parts, with the head as its layers say it is.
        batches: preprocessed inputs, (1, height, width, channels) each.

    Returns:
        The parts, or one that takes the output as it is where logits are not proved.

    Raises:
        UnsupportedModelError: the network cannot be run, gives no numbers, or its parts do not
            give what the whole gives.
    """
    logits, followed, expected = (
        np.concatenate(values)
        for values in zip(*(_outputs(name, whole, parts, batch) for batch in batches), strict=True)
    )
    if not np.isfinite(expected).all():
        raise UnsupportedModelError(
            f"{name!r} answers a picture with values that are not numbers (NaN or "
            "infinity). Its weights are damaged, or its training diverged."
        )
    relative, absolute = (1e-4, 1e-6) if _is_exact(parts) else (5e-2, 5e-3)
    # Beside large outputs small ones carry the large ones' rounding.
    absolute *= max(1.0, float(np.abs(expected).max()))
    if not np.allclose(followed, expected, rtol=relative, atol=absolute):
        raise UnsupportedModelError(
            f"{name!r} followed layer by layer gives another output than as a whole, so "
            "nothing shown of it could be trusted."
        )
    if parts.head.kind == "none":
        return parts
    if parts.head.kind == "linear":
        # Logits take both signs and any size; what stays within 0 and 1 went through an activation.
        proved = not (expected.min() >= 0 and expected.max() <= 1)
    else:
        rebuilt = parts.head.probabilities(tf.constant(logits))
        proved = np.allclose(rebuilt, expected, rtol=relative, atol=absolute)
    if proved or parts.head.kind == "score":
        return parts
    unproved = Head("score", parts.head.units, {})
    return CompiledParts(parts.graph, unproved, parts.size, parts.constants)


def _outputs(
    name: str, whole: Callable[[FloatArray], tf.Tensor], parts: CompiledParts, batch: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Logits and output by the parts, and output by the whole, (1, units) each."""
    ends = parts.outputs((End.LOGITS, End.OUTPUT))
    try:
        logits, followed = ends(tf.constant(batch))
        expected = whole(batch)
    except (ValueError, TypeError, NotImplementedError, tf.errors.OpError) as error:
        # The last line is the error; code that is traced puts its own lines before.
        reason = (str(error).strip().splitlines() or ["no reason"])[-1].strip()[:200]
        raise UnsupportedModelError(f"{name!r} cannot be run on a picture: {reason}") from error
    first, second, third = (
        tf.cast(tensor, tf.float32).numpy() for tensor in (logits, followed, expected)
    )
    return first, second, third


def _is_exact(parts: CompiledParts) -> bool:
    """Whether every layer computes in 32 bits or more."""
    dtypes = {getattr(step.operation, "compute_dtype", "float32") for step in parts.graph.steps}
    return not dtypes & {"float16", "bfloat16", "float8"}
