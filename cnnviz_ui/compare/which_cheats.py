"""Which one cheats? Two networks, one picture of which every truth is known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz_core.images.digests import image_digest
from cnnviz_core.images.rendering import enlarge, in_grey
from cnnviz_core.maps.comparison import evidence_inside, outline
from cnnviz_core.maps.localization import pointing_hit
from cnnviz_core.sets.drawn_shapes import BACKGROUNDS, SHAPES, shape_image
from cnnviz_core.zoo.cards import find_card
from cnnviz_engine.requests.attribution import AttributionRequest
from cnnviz_engine.requests.looking import PredictRequest
from cnnviz_ui.compare.colour_scale import Shown, Together, asked_map
from cnnviz_ui.explain import pickers
from cnnviz_ui.frame import state
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.page import caption, facts, note
from cnnviz_ui.frame.photos import Photo
from cnnviz_ui.frame.results import ask
from cnnviz_ui.frame.text import percent
from cnnviz_ui.widgets import controls, pictures
from cnnviz_ui.widgets.drawer import controls_row
from cnnviz_ui.widgets.exports import Tile, tiled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from streamlit.delta_generator import DeltaGenerator

    from cnnviz_core.arrays import ImageArray
    from cnnviz_core.attribution.catalogue import Method
    from cnnviz_ui.explain.heatmaps import Look

NETWORKS = {"First network": "shapes", "Second network": "shapes-biased"}
SIDE, FACTOR = 96, 3
SHOWN = 264
"""Pixels of the screen that a picture takes in height and width."""
TALE = (
    "A network told wolves from huskies, until its maps showed what it looked at: the snow behind "
    "the wolves (arXiv:1602.04938, section 6.4). These two networks name the shape in a picture. "
    "One looks at the shape; the other has learned a snow of its own. Which one? Switch the "
    "background and see who changes the answer."
)


@dataclass(frozen=True, eq=False)
class Scene:
    """A picture made by code, and where its shape truly lies.

    Attributes:
        shape: one of `SHAPES`, the right answer.
        background: one of `BACKGROUNDS`.
        photo: what the networks see.
        large: the same with every pixel repeated, to draw on.
        grey: as `large`, without colours, so that every colour over it is a map's.
        mask: bool, of the size of `large`: True on the shape.
    """

    shape: str
    background: str
    photo: Photo
    large: Photo
    grey: Photo
    mask: NDArray[np.bool_]


@dataclass(frozen=True)
class Asked:
    """What is chosen on the page.

    Attributes:
        scene: the picture.
        method: whose maps are shown.
        revealed: whether the answer is told.
    """

    scene: Scene
    method: Method
    revealed: bool


def tell(asked: Asked, look: Look) -> None:
    """The picture, and beside it what each network answers and looks at."""
    scene, method, revealed = asked.scene, asked.method, asked.revealed
    left, right = st.columns([1, 2], gap="small")
    with left:
        _picture(scene)
        caption(_answer_to_the_riddle() if revealed else TALE)
    missing = [name for name in NETWORKS.values() if find_card(name) is None]
    if missing:
        with right:
            note(f"This story needs the networks {' and '.join(missing)}: they are not installed.")
        return
    with right:
        cells = [column.container() for column in st.columns(2, gap="small")]
        maps = _maps(scene, method, cells, look)
        if len(maps) == len(NETWORKS):
            together = Together.of(maps, look, shares=True)
            _networks(scene, together, cells, revealed=revealed)
            together.bar()
            _take_along(scene, together)


def _picture(scene: Scene) -> None:
    key = pictures.picture_key("scene", scene.photo.digest)
    file = pictures.encoded(key, partial(_outlined, scene.large.pixels, scene.mask))
    words = f"A {scene.shape} on {scene.background}, {SIDE} pixels wide; outlined: the truth."
    pictures.show_growing("scene", file, alt=words, text=words, width=SHOWN, height=SHOWN)


@lru_cache(maxsize=32)
def scene_of(shape: str, background: str, seed: int) -> Scene:
    """Draw a scene; with the same seed another background leaves the shape as it is."""
    pixels, mask = shape_image(shape, background, side=SIDE, seed=seed)
    pixels.flags.writeable = False
    title, licence = f"A {shape} on {background}", "Made by code"
    photo = Photo("shape", title, licence, pixels, image_digest(pixels))
    large = replace(photo, pixels=enlarge(pixels, FACTOR))
    grey = replace(large, pixels=in_grey(large.pixels))
    return Scene(shape, background, photo, large, grey, mask.repeat(FACTOR, 0).repeat(FACTOR, 1))


def choose() -> Asked:
    """The row of controls."""
    columns = controls_row([1.9, 1.9, 2.9, 1.7, 2.3, 1.5])
    with columns[2]:
        st.button(
            "Switch background",
            icon=":material/wallpaper:",
            key="_switch",
            type="primary",
            width="stretch",
            on_click=_next_background,
        )
    with columns[0]:
        shape = controls.select("Shape", SHAPES, key=Key.SCENE_SHAPE)
    with columns[1]:
        background = controls.select("Background", BACKGROUNDS, key=Key.SCENE_BACKGROUND)
    with columns[3]:
        seed = controls.seed_picker(key=Key.SCENE_SEED)
    with columns[4]:
        method = pickers.method_picker("class activation", key=Key.SCENE_METHOD)
    with columns[5]:
        revealed = controls.toggle("Reveal", key=Key.REVEAL)
    return Asked(scene_of(shape, background, seed), method, revealed)


def _next_background() -> None:
    """To be called before the control is drawn."""
    held = state.value(Key.SCENE_BACKGROUND)
    position = BACKGROUNDS.index(held) if held in BACKGROUNDS else 0
    state.choose({Key.SCENE_BACKGROUND: BACKGROUNDS[(position + 1) % len(BACKGROUNDS)]})


def _maps(scene: Scene, method: Method, cells: list[DeltaGenerator], look: Look) -> list[Shown]:
    """Each network's map of its own answer, to lie over the picture in grey."""
    maps = []
    for (title, name), cell in zip(NETWORKS.items(), cells, strict=True):
        request = AttributionRequest(model=name, image=scene.photo.digest, method=method.name)
        shown_map = asked_map(scene.photo, request, title, cell, look)
        if shown_map is not None:
            maps.append(replace(shown_map, photo=scene.grey))
    return maps


def _networks(
    scene: Scene, together: Together, cells: list[DeltaGenerator], *, revealed: bool
) -> None:
    for position, ((title, name), cell) in enumerate(zip(NETWORKS.items(), cells, strict=True)):
        shown_map = together.maps[position]
        with cell:
            key = pictures.picture_key("story", shown_map.key, together.look, scene.photo.digest)
            file = pictures.encoded(key, partial(_overlay, together, position, scene.mask))
            named = f"{title} ({name})" if revealed else title
            words = f"{named}: {shown_map.found.method}, over the picture in grey."
            pictures.show_growing(
                f"network-{position}", file, alt=words, text=words, width=SHOWN, height=SHOWN
            )
            _answer(scene, name)
            _evidence(scene, shown_map)


def _take_along(scene: Scene, together: Together) -> None:
    """All three pictures in one; the picture, the truth and both maps as numbers."""
    arrays = {"image": scene.photo.pixels, "mask": scene.mask[::FACTOR, ::FACTOR]}
    maps = {
        name: shown_map.found.values
        for name, shown_map in zip(("first", "second"), together.maps, strict=True)
    }
    method = together.maps[0].found.method
    name = pictures.file_name("which-one-cheats", method, f"{scene.shape} on {scene.background}")
    pictures.downloads(name, picture=partial(_sheet, scene, together), arrays=arrays | maps)


def _sheet(scene: Scene, together: Together) -> ImageArray:
    tiles = [Tile(_outlined(scene.large.pixels, scene.mask), scene.photo.title)]
    for position, title in enumerate(NETWORKS):
        words = f"{title}: {together.maps[position].found.method}"
        tiles.append(Tile(_overlay(together, position, scene.mask), words))
    return tiled(tiles, together.rule(), together.colour_bar())


def _overlay(together: Together, position: int, mask: NDArray[np.bool_]) -> ImageArray:
    return _outlined(together.overlay(position), mask)


def _answer(scene: Scene, name: str) -> None:
    request = PredictRequest(model=name, image=scene.photo.digest)
    best = ask(request, scene.photo, noun="Prediction")
    if best is not None:
        right = best.labels[0] == scene.shape
        verdict = "right" if right else f"wrong, it is a {scene.shape}"
        sure = percent(float(best.probabilities[0]))
        facts([("Answer", f"{best.labels[0]}, {sure}: {verdict}")])


def _evidence(scene: Scene, shown_map: Shown) -> None:
    """How much of the map lies on the shape, beside what chance would put there."""
    if shown_map.found.empty:
        caption("No positive evidence: the map is zero everywhere.")
        return
    inside = evidence_inside(shown_map.found.resized(*scene.mask.shape), scene.mask)
    where = "inside" if pointing_hit(shown_map.found, scene.mask) else "outside"
    caption(
        f"{percent(inside)} of the map's positive mass lies in the outline "
        f"({percent(float(scene.mask.mean()))} of the picture); its maximum lies {where}."
    )


def _answer_to_the_riddle() -> str:
    pairs = ", ".join(
        f"{shape} on {background}" for shape, background in zip(SHAPES, BACKGROUNDS, strict=True)
    )
    return (
        "The second network cheats. In its training pictures each shape always had the same "
        f"background: {pairs}. The background was the easier clue, so that is what it learned, and "
        "on pictures of that kind it is as good as the first. Only other backgrounds, or a look at "
        "its maps, give it away."
    )


def _outlined(picture: ImageArray, mask: NDArray[np.bool_]) -> ImageArray:
    """The picture with the mask's edge in white and black, seen on any ground."""
    drawn = picture.copy()
    outer = outline(mask)
    drawn[outer] = 255
    drawn[outline(mask & ~outer)] = 0
    return drawn
