"""What leaves of maps that stand side by side: one picture of all, the arrays, and their code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz_ui.widgets import exports, pictures, snippets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cnnviz_core.arrays import FloatArray, ImageArray
    from cnnviz_ui.compare.colour_scale import Shown, Together
    from cnnviz_ui.widgets.exports import ColourBar, Tile


def take_along(
    together: Together,
    names: Sequence[str],
    words: Sequence[str],
    *,
    title: str,
    called: Sequence[str] = (),
    more: Sequence[Tile] = (),
    bars: Sequence[ColourBar] = (),
    arrays: Mapping[str, FloatArray] | None = None,
    then: str = "",
) -> None:
    """Buttons for all of some maps.

    Args:
        together: the maps.
        names: of the maps in the arrays and in the code, where they are variables.
        words: what each shows.
        title: what stands side by side, at the head of the picture and in the files' name.
        called: what the maps are called in the rule of their colours; nothing where words tell.
        more: pictures that follow the maps.
        bars: what the colours of those mean.
        arrays: that follow the maps' own.
        then: code that gives those.
    """
    named = dict(zip(names, together.maps, strict=True))
    first = together.maps[0]

    def picture() -> ImageArray:
        overlays = [exports.Tile(together.overlay(place), text) for place, text in enumerate(words)]
        tiles = [*overlays, *more]
        return exports.tiled(
            tiles,
            together.rule(called),
            together.colour_bar(),
            *bars,
            columns=columns_of(len(tiles)),
            head=f"{title}: {first.photo.title}",
        )

    pictures.downloads(
        pictures.file_name(title, first.model, first.found.target.label, first.photo.name),
        picture=picture,
        arrays={name: one.found.values for name, one in named.items()} | dict(arrays or {}),
        code=snippets.several(
            {name: snippets.Part(one.request, one.found, one.photo) for name, one in named.items()},
            then=f"arrays = {{{', '.join(map(_entry, named, named.values()))}}}\n{then}",
        ),
    )


def columns_of(count: int) -> int:
    """Tiles a row, so that rows are even."""
    return min(count, 3 if count in (3, 5, 6, 9) else 4)


def _entry(name: str, one: Shown) -> str:
    """Of a dictionary in code: the values as shown beside others, from zero."""
    return f"{name!r}: {name}.values{f' - {name}.floor' if one.raised else ''}"
