"""From what a window reads to one number, and a unit's arithmetic out of its layer's workings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz_core.errors import OptionError
from cnnviz_core.lab.results import Arithmetic, Term
from cnnviz_core.lab.taps import OUTSIDE
from cnnviz_core.options import require_whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cnnviz_core.arrays import FloatArray, IntArray
    from cnnviz_core.lab.results import Rule, Workings

    Numbers = NDArray[np.float64]

MOST_TERMS = 512
"""Terms of a unit that are told one by one; of all others the sum."""
_BORDER = ((0, 1), (0, 1), (0, 0))
_MERGED: dict[Rule, Callable[[Numbers], Numbers]] = {
    "add": lambda maps: maps.sum(axis=-1),
    "subtract": lambda maps: maps[..., 0] - maps[..., 1],
    "multiply": lambda maps: maps.prod(axis=-1),
    "average": lambda maps: maps.mean(axis=-1),
    "maximum": lambda maps: maps.max(axis=-1),
    "minimum": lambda maps: maps.min(axis=-1),
}


def combined(
    rule: Rule, inputs: FloatArray, weights: FloatArray | None, rows: IntArray, columns: IntArray
) -> Numbers:
    """What a window gives at each of its places, without bias.

    Args:
        rule: how what it reads becomes one number.
        inputs: (height, width, n).
        weights: (kernel height, kernel width, n) for "weigh", else None.
        rows: (rows, kernel height), see `Workings`.
        columns: (columns, kernel width), likewise.

    Returns:
        float64 (rows, columns).
    """
    if rule == "weigh":
        assert weights is not None
        return _weighed(np.asarray(inputs, np.float64), weights, rows, columns)
    if rule in _MERGED:
        return _MERGED[rule](np.asarray(inputs, np.float64))
    if rule == "max":
        return _pooled(inputs, -np.inf, np.max, rows, columns)
    count = 1 if rule == "pass" else _inside(rows)[:, None] * _inside(columns)[None, :]
    return _pooled(inputs, 0.0, np.sum, rows, columns) / count


def _pooled(
    inputs: FloatArray,
    border: float,
    pool: Callable[..., Numbers],
    rows: IntArray,
    columns: IntArray,
) -> Numbers:
    """What `pool` makes of each window of the one map: down first, then across."""
    padded = _with_border(inputs, border)[..., 0]
    down = np.stack([pool(padded[places], axis=0) for places in rows])
    return np.stack([pool(down[:, places], axis=1) for places in columns], axis=1)


def given_by_each(
    inputs: FloatArray, weights: FloatArray, rows: IntArray, columns: IntArray
) -> FloatArray:
    """What each map gives to a weighted sum, float32 (rows, columns, n)."""
    padded = np.pad(inputs, _BORDER)
    shares = np.zeros((len(rows), len(columns), inputs.shape[-1]), np.float32)
    for i, j in np.ndindex(weights.shape[:2]):
        shares += padded[rows[:, i, None], columns[:, j]] * weights[i, j]
    return shares


def arithmetic_at(workings: Workings, y: int, x: int) -> Arithmetic:
    """How the value of one unit comes about.

    Args:
        workings: of the unit's channel.
        y: row of the unit, from 0.
        x: its column.

    Returns:
        Its terms, the largest share first where they are weighed; of more than `MOST_TERMS` the
        others are summed.

    Raises:
        OptionError: the channel has no such place.
    """
    height, width = workings.totals.shape
    y = _require_place("y", y, height)
    x = _require_place("x", x, width)
    rows, columns = workings.rows[y], workings.columns[x]
    padded = (rows == OUTSIDE)[:, None] | (columns == OUTSIDE)[None, :]
    patches = np.where(padded[..., None], 0, workings.inputs[np.ix_(rows, columns)])
    products = _products(workings, patches, padded)
    totals = products.sum(axis=(0, 1), dtype=np.float64)
    order = np.argsort(-np.abs(totals), kind="stable")
    told = order[:MOST_TERMS] if workings.rule == "weigh" else np.arange(len(totals))
    rest = float(totals.sum() - totals[told].sum())
    return Arithmetic(
        layer=workings.layer,
        channel=workings.channel,
        y=y,
        x=x,
        by=workings.by,
        kind=workings.kind,
        rule=workings.rule,
        terms=tuple(_term(workings, patches, products, totals, int(n)) for n in told),
        rows=rows,
        columns=columns,
        winner=_winner(patches[..., 0], padded) if workings.rule == "max" else None,
        padded=padded,
        bias=workings.bias,
        rest=rest + (0.0 if workings.rest is None else float(workings.rest[y, x])),
        left_out=workings.left_out + len(totals) - len(told),
        total=float(workings.totals[y, x]),
        following=tuple(
            (step.layer, step.kind, float(step.values[y, x])) for step in workings.following
        ),
        value=float(workings.values[y, x]),
    )


def _products(workings: Workings, patches: FloatArray, padded: NDArray[np.bool_]) -> FloatArray:
    if workings.weights is not None:
        return np.asarray(patches * workings.weights)
    if workings.rule == "mean":
        return np.asarray(patches / max(1, int(np.count_nonzero(~padded))))
    if workings.rule == "max":
        place = _winner(patches[..., 0], padded)
        won = np.zeros_like(patches)
        won[place] = patches[place]
        return won
    return patches


def _term(
    workings: Workings, patches: FloatArray, products: FloatArray, totals: Numbers, n: int
) -> Term:
    kernel = None if workings.weights is None else workings.weights[..., n]
    return Term(workings.sources[n], patches[..., n], kernel, products[..., n], float(totals[n]))


def _winner(patch: FloatArray, padded: NDArray[np.bool_]) -> tuple[int, int]:
    """Where in the window the largest is; padding never wins."""
    i, j = np.unravel_index(np.where(padded, -np.inf, patch).argmax(), patch.shape)
    return int(i), int(j)


def _weighed(inputs: Numbers, weights: FloatArray, rows: IntArray, columns: IntArray) -> Numbers:
    """Each place of the kernel weighs all maps at once; then each window takes what it reads."""
    total = np.zeros((len(rows), len(columns)))
    for i, across in enumerate(weights.astype(np.float64)):
        weighed = _with_border(inputs @ across.T, 0.0)
        for j in range(len(across)):
            total += weighed[rows[:, i, None], columns[:, j], j]
    return total


def _with_border(inputs: NDArray[np.floating], value: float) -> Numbers:
    """The maps with one row and one column more, which the index -1 then reads."""
    return np.pad(np.asarray(inputs, np.float64), _BORDER, constant_values=value)


def _inside(places: IntArray) -> IntArray:
    return np.asarray((places != OUTSIDE).sum(axis=1))


def _require_place(name: str, place: int, size: int) -> int:
    try:
        return require_whole(name, place, least=0, most=size - 1)
    except OptionError as error:
        raise OptionError(f"{error} The map has {size} there.") from error
