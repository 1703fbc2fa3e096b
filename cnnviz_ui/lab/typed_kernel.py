"""Weights that visitors type: as a link says them, and the grid that they are typed in."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from cnnviz_ui.frame import binding, state
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.page import caption

if TYPE_CHECKING:
    from cnnviz_core.arrays import FloatArray

TYPED = "Typed"
MOST = 7
"""Rows and columns of a kernel."""
LARGEST = 1000.0
"""Absolute value of a weight."""
FIRST = "0,0,0;0,1,0;0,0,0"
_WEIGHT = re.compile(r"-?[0-9]{1,4}(\.[0-9]{1,6})?")
SIZES = ("_weight_rows", "_weight_columns")
"""Keys of the controls of its size; what they say is in the weights."""
_DRAWN = "_typed_weights"
"""Where the session keeps what the grid began with, what came of it, and its number."""


def read(text: str) -> FloatArray | None:
    """Weights as a link says them, rows apart by ";"; None where they are none."""
    rows = [row.split(",") for row in text.split(";")]
    if not 1 <= len(rows) <= MOST or not 1 <= len(rows[0]) <= MOST:
        return None
    words = [word for row in rows for word in row]
    if len({len(row) for row in rows}) != 1 or not all(map(_WEIGHT.fullmatch, words)):
        return None
    values = np.array(rows, np.float64).astype(np.float32)
    return values if np.abs(values).max() <= LARGEST else None


def spelled(weights: FloatArray) -> str:
    """Weights for a link: as short as they are read back with six decimals."""
    return ";".join(",".join(_number(weight) for weight in row) for row in weights.tolist())


def picked() -> FloatArray:
    """The weights that were typed, noted for the link."""
    bound = binding.bind(
        Key.WEIGHTS,
        FIRST,
        lambda words: words[0] if read(words[0]) is not None else None,
        lambda value: isinstance(value, str) and read(value) is not None,
        called="weights",
        offers="weights",
    )
    found = read(bound.shown(state.value(Key.WEIGHTS)))
    if found is None:
        raise TypeError("What a control shows fits it.")
    return found


def resized(weights: FloatArray, rows: int, columns: int) -> FloatArray:
    """Weights about the same middle, cut or with zeros around."""
    sized = np.zeros((rows, columns), np.float32)
    for place in np.ndindex(rows, columns):
        old = [place[axis] - (sized.shape[axis] - weights.shape[axis]) // 2 for axis in (0, 1)]
        if all(0 <= old[axis] < weights.shape[axis] for axis in (0, 1)):
            sized[place] = weights[old[0], old[1]]
    return sized


def edited(weights: FloatArray, changes: Any) -> FloatArray:
    """Weights with what was typed into a grid of them; nonsense counts 0.

    Args:
        weights: what the grid began with.
        changes: by row, what stands in columns of the names "1", "2" and so on.
    """
    typed = weights.copy()
    for row, cells in dict(changes).items():
        for name, value in cells.items():
            number = float(value) if isinstance(value, int | float) else 0.0
            number = number if math.isfinite(number) else 0.0
            typed[int(row), int(name) - 1] = round(max(-LARGEST, min(LARGEST, number)), 6)
    return typed


def grid(weights: FloatArray) -> None:
    """A grid to type in, which begins with the weights in use."""
    rows, columns = weights.shape
    for place, label, key, size in zip(
        st.columns(2), ("Rows", "Columns"), SIZES, (rows, columns), strict=True
    ):
        state.put(key, size)  # each time anew: the browser may first make it later
        place.number_input(label, 1, MOST, step=1, key=key, on_change=_resize, args=(weights,))
    base, key = _begun(weights)
    names = [str(column + 1) for column in range(columns)]
    st.data_editor(
        {name: base[:, column].tolist() for column, name in enumerate(names)},
        hide_index=True,
        width="content",
        num_rows="fixed",
        key=key,
        on_change=_type,
        args=(base, key),
        column_config={
            name: st.column_config.NumberColumn(min_value=-LARGEST, max_value=LARGEST, width=62)
            for name in names
        },
    )
    caption("Type into a cell. The kernel is then your own, and the link holds it.")


def _begun(weights: FloatArray) -> tuple[FloatArray, str]:
    """What the grid began with, and its key: the same grid as long as it is what is typed into."""
    kept = state.value(_DRAWN)
    if kept is not None and np.array_equal(kept[1], weights):
        return kept[0], f"_weights_{kept[2]}"
    count = kept[2] + 1 if kept is not None else 0
    state.put(_DRAWN, (weights, weights, count))
    return weights, f"_weights_{count}"


def _type(base: FloatArray, key: str) -> None:
    typed = edited(base, state.value(key)["edited_rows"])
    count = state.value(_DRAWN)[2]
    state.put(_DRAWN, (base, read(spelled(typed)), count))
    state.choose({Key.KERNEL: TYPED, Key.WEIGHTS: spelled(typed)})


def _resize(weights: FloatArray) -> None:
    rows, columns = (int(state.value(key)) for key in SIZES)
    state.choose({Key.KERNEL: TYPED, Key.WEIGHTS: spelled(resized(weights, rows, columns))})


def _number(weight: float) -> str:
    words = f"{weight:.6f}".rstrip("0").rstrip(".")
    return "0" if words == "-0" else words
