"""A small grid, drawn: the pixels that a window reads at its first places, and what they give."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from cnnviz_core.lab.axes import find_axes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cnnviz_core.lab.axes import Axis, Padding

SIDE = 7
"""Pixels of the drawn input, down and across."""
_NAMES = ("first", "second")
"""Classes of the window's places; each is numbered too, for who does not tell their colours."""


def drawn_windows(
    kernel_shape: tuple[int, int], *, stride: int, padding: Padding, dilation: int
) -> str:
    """An input of `SIDE` x `SIDE` pixels with its padding, and the first two places of the window.

    Returns:
        HTML for `sizes.css`: a grid of the input beside one of the result.

    Raises:
        OptionError: the window does not fit.
    """
    down, across = find_axes((SIDE, SIDE), kernel_shape, stride, padding, dilation)
    places = [place for place in ((0, 0), (0, 1)) if place[1] < across.out]
    cells = SIDE + across.before + across.after + across.out
    return (
        f"<div class='windows' role='img' aria-label='{_words(down, across, len(places))}' "
        f"style='--cells: {cells}'>{_input(down, across, places)}<b>→</b>"
        f"{_result(down, across, places)}</div>"
    )


def _input(down: Axis, across: Axis, places: list[tuple[int, int]]) -> str:
    """Pixels in full lines, zeros of padding in dashed ones; a frame around each window."""
    rows = range(-down.before, SIDE + down.after)
    columns = range(-across.before, SIDE + across.after)
    cells = []
    for y, x in product(rows, columns):
        inside = 0 <= y < SIDE and 0 <= x < SIDE
        reading = [
            name
            for name, place in zip(_NAMES, places, strict=False)
            if y in _read(down, place[0]) and x in _read(across, place[1])
        ]
        kind = "" if inside else "zero "
        cells.append(f"<i class='{kind}{' '.join(reading)}'>{'' if inside else '0'}</i>")
    frames = [
        f"<u class='{name}' style='grid-area: {place[0] * down.stride + 1} / "
        f"{place[1] * across.stride + 1} / span {down.extent} / span {across.extent}'></u>"
        for name, place in zip(_NAMES, places, strict=False)
    ]
    return _grid([*cells, *frames], len(columns))


def _read(axis: Axis, place: int) -> set[int]:
    """What a window reads along one axis, padding too: from -before on."""
    start = place * axis.stride - axis.before
    return {start + tap * axis.dilation for tap in range(axis.kernel)}


def _result(down: Axis, across: Axis, places: list[tuple[int, int]]) -> str:
    cells = []
    for place in product(range(down.out), range(across.out)):
        number = places.index(place) if place in places else None
        name = _NAMES[number] if number is not None else ""
        cells.append(f"<i class='{name}'>{number + 1 if number is not None else ''}</i>")
    return _grid(cells, across.out)


def _grid(cells: Iterable[str], columns: int) -> str:
    return f"<span style='--columns: {columns}'>{''.join(cells)}</span>"


def _words(down: Axis, across: Axis, places: int) -> str:
    zeros = (
        f"with {down.before} rows of zeros above and {down.after} below, {across.before} columns "
        f"of zeros on the left and {across.after} on the right"
    )
    padded = down.before + down.after + across.before + across.after > 0
    return (
        f"An input of {SIDE} by {SIDE} pixels {zeros if padded else 'without padding'}; a window "
        f"of {down.kernel} by {across.kernel} at its "
        f"{'first place and the next' if places > 1 else 'only place'}; a result of "
        f"{down.out} by {across.out}."
    )
