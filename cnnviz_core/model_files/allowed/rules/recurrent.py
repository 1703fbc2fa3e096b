"""Recurrent layers, as they read the rows of an image one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnviz_core.model_files.allowed.networks import Variable
from cnnviz_core.model_files.allowed.rules import checks
from cnnviz_core.model_files.allowed.rules.checks import Unfit
from cnnviz_core.model_files.allowed.rules.convolution import trained
from cnnviz_core.model_files.allowed.rules.geometry import Shape
from cnnviz_core.model_files.allowed.rules.objects import SEED, activation
from cnnviz_core.model_files.allowed.rules.rule import (
    REQUIRED,
    Rule,
    Setting,
    Sized,
    Tensor,
    count,
    known_side,
    layer,
    need_rank,
    plain,
)
from cnnviz_core.model_files.limits import MAX_STEPS


def _recurrent(cell: str, gates: int) -> Any:
    """Sizes of a layer whose cell has some gates.

    Its states come along as outputs where it is told to hand them over.
    """

    def size(settings: Mapping[str, Any], shape: Shape) -> Sized:
        need_rank(shape, 3)
        if (shape[1] or 0) > MAX_STEPS:  # a step takes its time, however few numbers it has
            raise Unfit(f"called on a sequence of at most {MAX_STEPS} steps")
        units, channels = settings["units"], known_side(shape)
        wide = gates * units
        named: list[tuple[str, tuple[int, ...]]] = [
            ("kernel", (channels, wide)),
            ("recurrent_kernel", (units, wide)),
        ]
        bias: tuple[int, ...] = (2, wide) if settings.get("reset_after") else (wide,)
        if settings["use_bias"]:
            named.append(("bias", bias))
        steps = (shape[1],) if settings["return_sequences"] else ()
        outputs = [Tensor((shape[0], *steps, units))]
        if settings["return_state"]:
            outputs += [Tensor((shape[0], units))] * (2 if cell == "lstm_cell" else 1)
        return Sized(
            tuple(outputs),
            tuple(
                Variable(f"{cell}/{name}", sides, f"cell/vars/{index}")
                for index, (name, sides) in enumerate(named)
            ),
            count(*shape[:2], wide) * (channels + units),
            count(*shape[:2], wide),
        )

    return plain(size)


_FLAG = Setting(checks.boolean, False)
_RATE = Setting(checks.number(0, 1), 0.0)
_NO = Setting(checks.choice(False), False)
_SETTINGS = {
    "units": Setting(checks.whole(1, 65536), REQUIRED),
    "activation": Setting(activation, "tanh"),
    "use_bias": Setting(checks.boolean, True),
    "return_sequences": _FLAG,
    "return_state": _FLAG,
    "go_backwards": _FLAG,
    "stateful": _NO,
    "unroll": Setting(checks.boolean, False, written=False),
    "zero_output_for_mask": _FLAG,
    "dropout": _RATE,
    "recurrent_dropout": _RATE,
    "seed": Setting(SEED, None),
    **trained("kernel", "recurrent", "bias"),
}
_GATED = {"recurrent_activation": Setting(activation, "sigmoid")}
_LSTM = {**_SETTINGS, **_GATED, "unit_forget_bias": Setting(checks.boolean, True)}
_GRU = {**_SETTINGS, **_GATED, "reset_after": Setting(checks.boolean, True)}
RULES: dict[str, Rule] = {
    **layer("SimpleRNN", _SETTINGS, _recurrent("simple_rnn_cell", 1)),
    **layer("LSTM", _LSTM, _recurrent("lstm_cell", 4)),
    **layer("GRU", _GRU, _recurrent("gru_cell", 3)),
}
