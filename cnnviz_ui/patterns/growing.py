"""Filter patterns: which can be grown, and the requests for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cnnviz_engine.requests.patterns import MOST_PATTERN_PIXELS, DreamRequest, PatternsRequest

if TYPE_CHECKING:
    from cnnviz_core.looking.results import LayerInfo, Structure
    from cnnviz_engine.requests.patterns import Preset
    from cnnviz_ui.frame.sidebar import Choice

Place = tuple[int, int]
PRESETS: dict[str, Preset] = {"Best": "best", "MACO": "maco", "Lecture": "lecture"}
SHEET_FILTERS = 512
"""Filters on a sheet; a wider layer has several sheets."""
SHEET_SIZE = 96
LARGE_SIZE = 192
"""Side in pixels of a pattern that is shown alone."""
FRAMES = 24


@dataclass(frozen=True)
class Options:
    """What is less often changed.

    Attributes:
        direction: 1 for what raises the value, -1 for what lowers it.
        faces: patterns that differ from one another.
        against: channel whose value is subtracted.
        place: cell of the map to look at, None for all of it.
        seed: of the start.
        compare: whether every preset is shown.
    """

    direction: Literal[1, -1] = 1
    faces: int = 1
    against: int | None = None
    place: Place | None = None
    seed: int = 0
    compare: bool = False


def layers_with_patterns(structure: Structure) -> tuple[str, ...]:
    """The layers whose channels can be driven: all with height and width but the input itself."""
    inputs = {layer.name for layer in structure.layers if not layer.inputs}
    return tuple(name for name in structure.spatial_layers() if name not in inputs)


def default_layer(structure: Structure) -> str | None:
    """A convolution halfway down that looks at more than one cell: its patterns are textures."""
    fields = {layer.name: layer.receptive_field for layer in structure.layers}
    wide = [
        layer.name
        for layer in structure.layers
        if layer.has_kernel and layer.receptive_field not in map(fields.get, layer.inputs)
    ]
    names = wide or structure.kernel_layers()
    return names[len(names) // 2] if names else None


def layer_of(structure: Structure, name: str) -> LayerInfo:
    """A layer by its name."""
    return next(layer for layer in structure.layers if layer.name == name)


def channels_of(structure: Structure, name: str) -> int:
    """Number of channels of a layer."""
    return int(layer_of(structure, name).output_shape[-1] or 1)


def centre_of(structure: Structure, name: str) -> Place | None:
    """Row and column of the cell in the middle of a layer's map at the network's own input size."""
    height, width = layer_of(structure, name).output_shape[:2]
    return (height // 2, width // 2) if height and width else None


def sheets_of(structure: Structure, layer: str) -> int:
    """Number of sheets that hold all filters of a layer."""
    return -(-channels_of(structure, layer) // SHEET_FILTERS)


def sheet_request(
    choice: Choice, structure: Structure, layer: str, *, sheet: int, preset: Preset, seed: int
) -> PatternsRequest:
    """Every filter of a layer, or of one sheet of a wide one."""
    first = sheet * SHEET_FILTERS
    last = min(first + SHEET_FILTERS, channels_of(structure, layer))
    return PatternsRequest(
        model=choice.model,
        layer=layer,
        indices=tuple(range(first, last)),
        size=SHEET_SIZE,
        preset=preset,
        seed=seed,
    )


def filter_request(
    choice: Choice,
    structure: Structure,
    layer: str,
    channel: int,
    *,
    preset: Preset,
    options: Options,
) -> PatternsRequest:
    """One filter alone. A place needs the map of the network's own input size."""
    size = LARGE_SIZE if options.place is None else None
    return PatternsRequest(
        model=choice.model,
        layer=layer,
        indices=(channel,),
        against=options.against,
        place=options.place,
        direction=options.direction,
        faces=options.faces,
        preset=preset,
        size=size,
        frames=_frames(structure, options.faces, size),
        seed=options.seed,
    )


def class_request(
    choice: Choice,
    structure: Structure,
    target: int,
    against: int | None,
    *,
    preset: Preset,
    options: Options,
) -> PatternsRequest:
    """One class; subtracting it from itself would leave nothing, so then it stands alone."""
    return PatternsRequest(
        model=choice.model,
        layer=None,
        indices=(target,),
        against=against if against != target else None,
        direction=options.direction,
        faces=options.faces,
        preset=preset,
        frames=_frames(structure, options.faces, None),
        seed=options.seed,
    )


def dream_request(choice: Choice, layer: str, channel: int | None, seed: int) -> DreamRequest:
    """The photo changed to excite a layer, or one channel of it."""
    return DreamRequest(
        model=choice.model,
        image=choice.photo.digest,
        layer=layer,
        index=channel,
        frames=_frames_of(1, *choice.photo.pixels.shape[:2]),
        seed=seed,
    )


def direction_of(request: PatternsRequest | DreamRequest) -> Literal[1, -1]:
    """Whether the value was raised or lowered."""
    return request.direction if isinstance(request, PatternsRequest) else 1


def _frames(structure: Structure, faces: int, size: int | None) -> int:
    """As many frames as may be held at once: fewer of a network with a large input."""
    return _frames_of(faces, *(structure.input_size if size is None else (size, size)))


def _frames_of(faces: int, height: int, width: int) -> int:
    return max(0, min(FRAMES, MOST_PATTERN_PIXELS // (faces * height * width) - 1))
