"""Controls of every page that explains a class: method, layer, classes, and how to look at it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz_core.attribution.catalogue import METHODS, Method
from cnnviz_engine.requests.attribution import AttributionRequest
from cnnviz_engine.requests.looking import DescribeRequest, PredictRequest
from cnnviz_ui.explain import looks
from cnnviz_ui.frame import links, state
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.page import note
from cnnviz_ui.frame.results import ask
from cnnviz_ui.layers import showable
from cnnviz_ui.widgets import controls
from cnnviz_ui.widgets.drawer import folded_controls

if TYPE_CHECKING:
    from cnnviz_core.looking.results import Structure
    from cnnviz_ui.frame.sidebar import Choice

FAMILIES = ("class activation", "gradient", "perturbation", "superpixel")
NO_OTHER_CLASS = "No other class"
EARLY = (
    "The maps of an early layer tell edges and textures apart, hardly what the network took the "
    "photo for."
)
DEFAULT_AMOUNT = "Default"
AMOUNTS = (10, 25, 50, 100, 250, 500, 1000, 2000, 4000)
AMOUNT_NAMES = {
    "num_samples": "Samples",
    "num_masks": "Masks",
    "num_steps": "Steps",
    "top_channels": "Channels",
}


@dataclass(frozen=True)
class Subject:
    """What is explained on a page, whatever the method.

    Attributes:
        choice: model and photo.
        structure: the network, with the classes of the output chosen.
        output: name of the output, None on a network with one.
    """

    choice: Choice
    structure: Structure
    output: str | None = None


@dataclass(frozen=True)
class Classes:
    """A class by its index, None for the most probable one; and one to compare it with."""

    target: int | None = None
    against: int | None = None


def subject(choice: Choice) -> Subject | None:
    """The network, and on one with several outputs a picker of them; None while it is not there."""
    described = ask(DescribeRequest(model=choice.model), noun="The network")
    if described is None:
        return None
    if showable.unexplained(described):
        nothing_to_explain(described)
        return None
    if len(described.outputs) < 2:
        return Subject(choice, described)
    output = controls.select("Output", described.outputs, key=Key.OUTPUT)
    request = DescribeRequest(model=choice.model, output=output)
    chosen = ask(request, noun="The network")
    return None if chosen is None else Subject(choice, chosen, output)


def nothing_to_explain(structure: Structure) -> None:
    """Say why there are no classes of a photo, and link to what can be seen of such a network."""
    note(showable.unexplained(structure))
    links.tour(structure, photos=showable.takes_photos(structure))


def families(structure: Structure) -> tuple[str, ...]:
    """Families of methods that a network has; class activation needs a layer with maps."""
    return FAMILIES if structure.spatial_layers() else FAMILIES[1:]


def methods_of(*families: str) -> tuple[Method, ...]:
    """The methods of some families, in the catalogue's order."""
    return tuple(method for method in METHODS.values() if method.family in families)


def shows_edges(structure: Structure) -> str:
    """Title of a quick pixel method whose picture shows the object, which needs ReLUs to guide."""
    return METHODS["guided_backpropagation" if structure.relus else "saliency"].title


def method_picker(
    *families: str, key: Key = Key.METHOD, label: str = "Method", first: str | None = None
) -> Method:
    """A method by its published name; by default `first`, or the first of the families."""
    by_title = {method.title: method for method in methods_of(*families)}
    words = "\n".join(f"- **{method.title}**: {method.summary}" for method in by_title.values())
    chosen = controls.select(label, list(by_title), key=key, default=first, help_text=words)
    return by_title[chosen]


def layer_picker(structure: Structure) -> str | None:
    """The layer whose maps are weighed; None where the network has none with height and width."""
    names = structure.spatial_layers()
    if not names:
        return None
    chosen = controls.layer_picker(names, structure.default_layer)
    if _is_early(structure, chosen):
        st.button(
            "Early layer: back to the last",
            icon=":material/last_page:",
            type="tertiary",
            key="_last-layer",
            help=EARLY,
            on_click=lambda: state.forget(Key.LAYER),
        )
    return chosen


def _is_early(structure: Structure, name: str) -> bool:
    """Whether a layer has more cells than the one whose maps the network decides by."""
    cells = {
        layer.name: math.prod(side or 0 for side in layer.output_shape[:2])
        for layer in structure.layers
    }
    last = structure.default_layer
    return last is not None and cells.get(name, 0) > cells.get(last, 0) > 0


def class_pickers(asked: Subject) -> Classes:
    """The class to explain, and beside it one to compare it with."""
    first, second = st.columns(2, vertical_alignment="bottom")
    with first:
        target = controls.class_picker(asked.structure)
    with second:
        labels = controls.class_labels(asked.structure)
        chosen = controls.select(
            "Compared with",
            [NO_OTHER_CLASS, *labels],
            key=Key.AGAINST,
            help_text="What speaks for the one class rather than for the other; a class compared "
            "with itself is explained alone.",
        )
    return contrast(asked, target, labels.index(chosen) if chosen in labels else None)


def contrast(asked: Subject, target: int | None, against: int | None) -> Classes:
    """A contrast names both classes, so the most probable one is looked up.

    A class against itself would be zero everywhere: it is explained alone.
    """
    if against is None:
        return Classes(target)
    if target is None:
        request = prediction_request(asked)
        best = ask(request, asked.choice.photo, noun="Prediction")
        target = best.indices[0] if best is not None else None
    if target is None or target == against:
        return Classes(target)
    return Classes(target, against)


def prediction_request(asked: Subject) -> PredictRequest:
    """The best classes of the output chosen."""
    choice = asked.choice
    return PredictRequest(model=choice.model, image=choice.photo.digest, output=asked.output)


def amount_picker(method: Method, *, key: Key = Key.AMOUNT) -> int | None:
    """Number of samples, masks, steps or channels, where the method has one."""
    if method.amount is None:
        return None
    chosen = controls.select(
        AMOUNT_NAMES[method.amount],
        [DEFAULT_AMOUNT, *map(str, AMOUNTS)],
        key=key,
        help_text="More take longer and are more exact.",
    )
    return None if chosen == DEFAULT_AMOUNT else int(chosen)


def look_pickers() -> looks.Look:
    """The readable look with its colour map and intensity, or the lecture's."""
    if controls.option("Look", looks.PRESETS, key=Key.LOOK, help_text=looks.HELP) == "Lecture":
        first, key = looks.LECTURE, Key.LECTURE_INTENSITY
    else:
        chosen = controls.select("Colour map", list(looks.COLORMAPS), key=Key.COLORMAP)
        first, key = looks.Look(looks.COLORMAPS[chosen]), Key.INTENSITY
    intensity = controls.share_slider("Intensity", key=key, default=first.intensity)
    return replace(first, intensity=intensity)


def title(request: AttributionRequest) -> str:
    """The published name of a request's method."""
    return METHODS[request.method].title


def attribution_request(
    asked: Subject,
    method: Method,
    classes: Classes,
    *,
    layer: str | None = None,
    amount: int | None = None,
    seed: int = 0,
) -> AttributionRequest:
    """The request for a method's map; what the method does not take is left out."""
    return AttributionRequest(
        model=asked.choice.model,
        image=asked.choice.photo.digest,
        method=method.name,
        target=classes.target,
        against=classes.against,
        layer=layer if method.takes_layer else None,
        output=asked.output,
        amount=amount if method.amount else None,
        seed=seed if method.seeded else 0,
    )


def request_pickers(
    asked: Subject, *families: str, key: Key = Key.METHOD
) -> tuple[AttributionRequest, looks.Look]:
    """The whole row of controls, in one order on every page; `key` is the method's in the link."""
    widths = [3, 3, 6, 2] if families[0] == "class activation" else [4, 8, 2]
    columns = iter(st.columns(widths, vertical_alignment="bottom"))
    with next(columns):
        first = shows_edges(asked.structure) if key == Key.PIXEL_METHOD else None
        method = method_picker(*families, key=key, first=first)
    layer = None
    if len(widths) > 3:
        with next(columns):
            if method.takes_layer:
                layer = layer_picker(asked.structure)
    with next(columns):
        classes = class_pickers(asked)
    with next(columns), folded_controls("Options", ":material/tune:"):
        amount = amount_picker(method)
        seed = controls.seed_picker() if method.seeded else 0
        look = look_pickers()
    request = attribution_request(asked, method, classes, layer=layer, amount=amount, seed=seed)
    return request, look
