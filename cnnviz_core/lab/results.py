"""How a unit's value comes about, as frozen results: raw arrays, never a picture.

Arrays are NumPy; nothing here imports TensorFlow, so results travel between processes as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz_core.arrays import BoolArray, FloatArray, IntArray

Rule = Literal[
    "weigh", "max", "mean", "pass", "add", "subtract", "multiply", "average", "maximum", "minimum"
]
"""How what a window reads becomes one number: a weighted sum and a bias, the largest, the mean, or
the one number as it is; or several layers' numbers at one place, put together."""


@dataclass(frozen=True)
class Source:
    """One map that a unit reads.

    Attributes:
        layer: whose map it is; "" for the photo, resized, from 0 to 255.
        channel: which of its channels; 0, 1, 2 for the photo's red, green, blue.
    """

    layer: str
    channel: int


@dataclass(frozen=True, eq=False)
class Following:
    """One step that works on the sum at each place by itself.

    Attributes:
        layer: name of the layer that takes it; a convolution's own activation has that of the
            convolution.
        kind: the activation's function, such as "relu", or the layer's class.
        numbers: what it is made of, such as a batch normalization's "gamma", "beta", "mean",
            "variance" and "epsilon" for this channel.
        values: after it, float32 (rows, columns).
    """

    layer: str
    kind: str
    numbers: Mapping[str, float]
    values: FloatArray


@dataclass(frozen=True, eq=False)
class Workings:
    """How one channel of a layer is made from what comes before, at each of its places at once.

    The total at (y, x) is made by `rule` from `inputs[rows[y, i], columns[x, j], n]` over all i, j
    and n, for "weigh" times `weights[i, j, n]`, plus `bias`, plus `rest[y, x]`. Where `rows` or
    `columns` is -1 the window reads padding: zero to "weigh", nothing to all other rules.

    Attributes:
        layer: the layer that was asked for.
        channel: its channel.
        by: name of the layer that reads the window: the convolution before the activation that was
            asked for.
        kind: class name of that layer.
        rule: how what it reads becomes one number.
        sources: of each map read, (n,), which it is.
        inputs: the maps, float32 (height, width, n); a vector is of height and width 1.
        weights: float32 (kernel height, kernel width, n); None but for "weigh".
        bias: added to each sum; None where there is none.
        rows: int64 (rows of the output, kernel height).
        columns: int64 (columns of the output, kernel width).
        rest: float32 (rows, columns), the sum of what maps give that are not among `inputs`, as
            there are too many; None where all are there.
        left_out: how many those are.
        totals: float32 (rows, columns): what `rule` gives with bias and rest.
        following: what works on the totals at each place, in order: up to the layer that was asked
            for, and on, as long as only one layer takes it and needs that place alone.
        values: of the layer that was asked for, float32 (rows, columns), the network's own.
    """

    layer: str
    channel: int
    by: str
    kind: str
    rule: Rule
    sources: tuple[Source, ...]
    inputs: FloatArray
    weights: FloatArray | None
    bias: float | None
    rows: IntArray
    columns: IntArray
    rest: FloatArray | None
    left_out: int
    totals: FloatArray
    following: tuple[Following, ...]
    values: FloatArray


@dataclass(frozen=True, eq=False)
class Term:
    """What one map gives to a unit.

    Attributes:
        source: which map.
        patch: what the window reads of it, float32 (kernel height, kernel width); 0 in padding.
        kernel: the weights; None where nothing is weighed.
        products: patch times kernel; for "mean" the patch's share of it, for "max" the winner
            alone, for all other rules the patch itself.
        total: their sum.
    """

    source: Source
    patch: FloatArray
    kernel: FloatArray | None
    products: FloatArray
    total: float


@dataclass(frozen=True, eq=False)
class Arithmetic:
    """How one unit's value comes about.

    Attributes:
        layer: the layer that was asked for.
        channel: its channel.
        y: row of the unit.
        x: its column.
        by: name of the layer that reads the window.
        kind: class name of that layer.
        rule: how what it reads becomes one number.
        terms: what each map gives; for "weigh" the largest share first, else in the order in which
            the layer reads them.
        rows: int64 (kernel height,), the rows that the window reads, -1 for padding.
        columns: int64 (kernel width,), likewise.
        winner: for "max" the (row, column) within the window that won, else None.
        padded: bool (kernel height, kernel width), where it reads padding.
        bias: added to the sum; None where there is none.
        rest: what maps give that are not among `terms`, as they are too many.
        left_out: how many those are.
        total: what comes out of the window, with bias.
        following: each step that follows with the value after it.
        value: of the unit: the network's own.
    """

    layer: str
    channel: int
    y: int
    x: int
    by: str
    kind: str
    rule: Rule
    terms: tuple[Term, ...]
    rows: IntArray
    columns: IntArray
    winner: tuple[int, int] | None
    padded: BoolArray
    bias: float | None
    rest: float
    left_out: int
    total: float
    following: tuple[tuple[str, str, float], ...]
    value: float
