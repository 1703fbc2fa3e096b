"""Controls of filter patterns: the row that each mode has, and the less used ones behind "More"."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

from streamlit.delta_generator import DeltaGenerator

from cnnviz_core.looking.results import Structure
from cnnviz_engine.requests.patterns import DreamRequest, PatternsRequest, Preset
from cnnviz_ui.explain import pickers
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.sidebar import Choice
from cnnviz_ui.patterns import first_look, growing
from cnnviz_ui.widgets import controls
from cnnviz_ui.widgets.drawer import folded_controls

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

Columns = Sequence[DeltaGenerator]
Mode = Callable[[Choice, Structure, Columns], None]
OnePicker = Callable[[Choice, Structure, Columns], tuple[PatternsRequest, growing.Options] | None]
DIRECTIONS: dict[str, Literal[1, -1]] = {"Likes": 1, "Dislikes": -1}
FACES = {"1": 1, "4": 4}
PLACES = ("Whole map", "Centre cell")
ORDERS = ("Best first", "By number")
NATURAL = "MACO"
NO_OTHER_CHANNEL = "No other channel"
ALL_CHANNELS = "All channels"
PRESET_WORDS = (
    "Best: robust to small moves, in natural colours. MACO: the spectrum of natural photos is "
    "kept, only phases change. Lecture: plain ascent from grey noise."
)


def whole_layer(
    choice: Choice, structure: Structure, columns: Columns
) -> tuple[PatternsRequest, str]:
    """Every filter of a layer, and in which order."""
    with columns[0]:
        layer = _layer(structure)
    with columns[1]:
        order = controls.select("Order", ORDERS, key=Key.ORDER)
    with columns[2]:
        preset = _preset(list(growing.PRESETS), Key.PRESET)
    with columns[3], _more():
        seed = controls.seed_picker()
    sheet = controls.page_picker(growing.sheets_of(structure, layer), 0)
    request = growing.sheet_request(choice, structure, layer, sheet=sheet, preset=preset, seed=seed)
    return request, order


def one_filter(
    choice: Choice, structure: Structure, columns: Columns
) -> tuple[PatternsRequest, growing.Options] | None:
    """One filter, and how to look at it; None while it is not known which to open with."""
    with columns[0]:
        layer = _layer(structure)
    first = first_look.telling_channel(choice, structure, layer)
    if first is None:
        return None
    with columns[1]:
        channel = controls.channel_picker(growing.channels_of(structure, layer), first)
    with columns[2]:
        preset = _preset(list(growing.PRESETS), Key.PRESET)
    with columns[3], _more():
        options = _filter_options(structure, layer, channel)
    request = growing.filter_request(
        choice, structure, layer, channel, preset=preset, options=options
    )
    return request, options


def one_class(
    choice: Choice, structure: Structure, columns: Columns
) -> tuple[PatternsRequest, growing.Options] | None:
    """One class, alone or against another; by default with the spectrum of natural photos.

    None while it is not known which to open with.
    """
    labels = controls.class_labels(structure)
    first = first_look.best_class(choice, structure)
    if first is None:
        return None
    with columns[0]:
        target = controls.class_picker(structure, best_first=False, default=first) or 0
    with columns[1]:
        chosen = controls.select(
            "Against",
            [pickers.NO_OTHER_CLASS, *labels],
            key=Key.AGAINST,
            help_text="What raises the one class over the other.",
        )
    with columns[2]:
        names = sorted(growing.PRESETS, key=lambda name: name != NATURAL)
        preset = _preset(names, Key.CLASS_PRESET)
    with columns[3], _more():
        options = growing.Options(
            _direction(), _faces(), seed=controls.seed_picker(), compare=_compare()
        )
    against = labels.index(chosen) if chosen in labels else None
    request = growing.class_request(
        choice, structure, target, against, preset=preset, options=options
    )
    return request, options


def dream(choice: Choice, structure: Structure, columns: Columns) -> DreamRequest:
    """A layer, or one channel of it, that the photo is made to excite."""
    with columns[0]:
        layer = _layer(structure)
    names = [str(index) for index in range(growing.channels_of(structure, layer))]
    with columns[1]:
        chosen = controls.select("Channel", [ALL_CHANNELS, *names], key=Key.DREAM)
    with columns[3], _more():
        seed = controls.seed_picker()
    return growing.dream_request(choice, layer, int(chosen) if chosen in names else None, seed)


def play_toggle() -> bool:
    """Whether the picture moves."""
    words = "From the start to the end."
    return controls.toggle("Play how it grew", key=Key.PLAY, help_text=words)


def _layer(structure: Structure) -> str:
    names = growing.layers_with_patterns(structure)
    return controls.layer_picker(names, growing.default_layer(structure))


def _more() -> AbstractContextManager[None]:
    return folded_controls("More", ":material/tune:")


def _filter_options(structure: Structure, layer: str, channel: int) -> growing.Options:
    centre = growing.centre_of(structure, layer)
    other_channels = [str(index) for index in range(growing.channels_of(structure, layer))]
    direction, faces = _direction(), _faces()
    against = controls.select(
        "Against",
        [NO_OTHER_CHANNEL, *other_channels],
        key=Key.OTHER,
        help_text="What raises the one channel over another of the same layer.",
    )
    place = controls.option("Place", PLACES if centre else PLACES[:1], key=Key.PLACE)
    return growing.Options(
        direction,
        faces,
        int(against) if against in other_channels and against != str(channel) else None,
        centre if place != PLACES[0] else None,
        controls.seed_picker(),
        _compare(),
    )


def _preset(names: Sequence[str], key: Key) -> Preset:
    return growing.PRESETS[controls.select("Preset", names, key=key, help_text=PRESET_WORDS)]


def _direction() -> Literal[1, -1]:
    words = "Likes: what raises the value. Dislikes: what lowers it."
    return DIRECTIONS[
        controls.option("Shows", list(DIRECTIONS), key=Key.DIRECTION, help_text=words)
    ]


def _faces() -> int:
    words = "Patterns made to differ from one another: one filter may look for several things."
    return FACES[controls.option("Faces", list(FACES), key=Key.FACES, help_text=words)]


def _compare() -> bool:
    return controls.toggle("Compare presets", key=Key.COMPARE)
