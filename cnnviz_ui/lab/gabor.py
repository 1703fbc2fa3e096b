"""The lesson on Gabor filters: one of them, a bank of them, and those that a network learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from cnnviz_core.errors import ImageError
from cnnviz_core.images.rendering import montage
from cnnviz_ui.frame import state
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.page import caption, problem
from cnnviz_ui.frame.text import number, percent
from cnnviz_ui.lab import gabor_code, gabor_pictures, learned_gabors
from cnnviz_ui.lab.gabor_pictures import Subject, Wave
from cnnviz_ui.widgets import controls, exports, pictures, tiles
from cnnviz_ui.widgets.drawer import controls_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz_core.arrays import FloatArray
    from cnnviz_ui.frame.photos import Photo
    from cnnviz_ui.frame.sidebar import Choice

ONE, BANK = "One filter", "Filter bank"
SLOWEST, FASTEST, WIDEST = 0.02, 0.5, 8.0


def draw(choice: Choice) -> None:
    """A filter and what answers to it on the left, what the network learned on the right."""
    columns = controls_row([24, 26, 22, 22, 22])
    with columns[0]:
        shown = controls.option("Shown", (ONE, BANK), key=Key.BANK)
    with columns[1]:
        name = controls.option("Tried on", gabor_pictures.INPUTS, key=Key.GABOR_INPUT)
    wave = _wave(columns[2:], alone=shown == ONE)
    left, right = st.columns([62, 36], gap="medium")
    with left:
        try:
            subject = gabor_pictures.subject(name, choice.photo)
        except ImageError as error:
            problem(str(error))
        else:
            (_one if shown == ONE else _bank)(subject, wave, choice.photo)
    with right:
        learned_gabors.draw(choice.model, _open)


def _wave(columns: Sequence[st.delta_generator.DeltaGenerator], *, alone: bool) -> Wave:
    """The filter that the sliders ask for; a bank has frequencies and angles of its own."""
    frequency, degrees = 0.12, 0.0
    if alone:
        with columns[0]:
            frequency = controls.slider(
                "Frequency (cycles per pixel)",
                SLOWEST,
                FASTEST,
                step=0.01,
                key=Key.FREQUENCY,
                default=frequency,
                help_text="Stripes in one pixel: 0.1 is one in ten pixels, 0.5 the finest.",
            )
        with columns[1]:
            degrees = controls.slider(
                "Angle θ (degrees)",
                0.0,
                175.0,
                step=5.0,
                key=Key.THETA,
                default=degrees,
                written="%.0f",
                help_text="The direction across the stripes: at 0° they stand upright.",
            )
    with columns[2 if alone else 0]:
        sigma = controls.slider(
            "Width \u03c3 (pixels)",
            1.0,
            WIDEST,
            step=0.5,
            key=Key.SIGMA,
            default=4.0,
            written="%.1f",
            help_text="Standard deviation of the bell that the stripes fade out with.",
        )
    return Wave(frequency, degrees, sigma)


def _open(frequency: float, degrees: float, sigma: float | None = None) -> None:
    """Show one filter, by the nearest steps of its controls; before they are drawn."""
    held: dict[Key, object] = {
        Key.BANK: ONE,
        Key.FREQUENCY: round(min(FASTEST, max(SLOWEST, frequency)), 2),
        Key.THETA: round(degrees / 5) * 5.0 % 180,
    }
    if sigma is not None:
        held[Key.SIGMA] = min(WIDEST, max(1.0, round(sigma * 2) / 2))
    state.choose(held)


def _one(subject: Subject, wave: Wave, photo: Photo) -> None:
    """The filter's two parts and its spectrum, beside what answers to it."""
    found = subject.responses(wave)
    high = float(max(response.max() for response in found))
    answer, kernel = st.columns([62, 20], gap="small")
    words = _answer_words(subject, wave, high)
    with answer:
        key = pictures.picture_key("gabor", subject.key, wave)
        file = pictures.encoded(
            key, lambda: gabor_pictures.response_picture(subject, found, wave, high), lossy=True
        )
        pictures.show_growing(
            "gabor",
            file,
            alt=f"What answers to the filter in {subject.words}",
            height=350,
            width=440,
        )
        caption(words)
        pictures.downloads(
            pictures.file_name("gabor", subject.name, number(wave.frequency)),
            picture=lambda: exports.sheet(
                gabor_pictures.response_picture(subject, found, wave, high), words
            ),
            arrays={"kernel": wave.kernel, "response": np.stack(found)},
            code=gabor_code.one_filter(subject, wave, photo),
        )
    with kernel:
        for name in gabor_pictures.PARTS:
            _part(name, wave)


def _part(name: str, wave: Wave) -> None:
    key = pictures.picture_key("gabor", name, wave)
    file = pictures.encoded(key, lambda: gabor_pictures.kernel_part(name, wave))
    pictures.show(
        file,
        alt=f"{name} of the filter",
        height=112,
        width=112,
        text=gabor_pictures.PART_WORDS[name],
    )


def _answer_words(subject: Subject, wave: Wave, high: float) -> str:
    if wave.leak > gabor_pictures.BLUR:
        return (
            f"So narrow a filter of so wide stripes hardly holds one: a plane without stripes "
            f"answers with {percent(wave.leak)} of its own level. It blurs, and tells no stripes; "
            "take a higher frequency or a larger width."
        )
    words = (
        f"What answers in {subject.words}: coloured where stripes are "
        f"{number(1 / wave.frequency)} pixels apart at this angle, brighter the stronger, up to "
        f"{number(high)} grey levels of 255; fainter than an eighth of that is left grey."
    )
    return f"{words} That is hardly any." if high < gabor_pictures.HARDLY else words


def _bank(subject: Subject, wave: Wave, photo: Photo) -> None:
    """Every filter of the bank with what answers to it; a click opens it by itself."""
    waves = gabor_pictures.bank_waves(wave.sigma)
    found = [subject.responses(each) for each in waves]
    words = (
        f"Rows: {', '.join(map(number, gabor_pictures.FREQUENCIES))} cycles per pixel; columns: "
        f"{', '.join(f'{angle}°' for angle in gabor_pictures.DEGREES)}. Each tile: {subject.words} "
        "and what answers to the filter in its corner, a row on one scale. A click opens it."
    )
    tiles.show(
        tiles.Tiles(
            pictures.picture_key("bank", subject.key, wave.sigma),
            lambda: gabor_pictures.bank_tiles(subject, found, wave.sigma),
            gabor_pictures.tile_size(subject),
            [_name(each) for each in waves],
            across=len(gabor_pictures.DEGREES),
            fixed=True,
            lossy=True,
        ),
        key="bank-tiles",
        label="Filter bank",
        on_tile=lambda tile: _open(waves[tile].frequency, waves[tile].degrees),
    )
    caption(words)
    pictures.downloads(
        pictures.file_name("gabor-bank", subject.name),
        picture=lambda: exports.sheet(
            montage(
                gabor_pictures.bank_tiles(subject, found, wave.sigma),
                columns=len(gabor_pictures.DEGREES),
            ),
            words,
        ),
        arrays=_bank_arrays(subject, found, wave.sigma),
        code=gabor_code.bank(subject, wave.sigma, photo),
    )


def _name(wave: Wave) -> str:
    return f"{number(wave.frequency)} cycles per pixel, {wave.degrees:.0f}°"


def _bank_arrays(
    subject: Subject, found: Sequence[Sequence[FloatArray]], sigma: float
) -> dict[str, np.ndarray]:
    shape = (len(gabor_pictures.FREQUENCIES), len(gabor_pictures.DEGREES), len(subject.images))
    responses = np.stack([response for responses in found for response in responses])
    return {
        "kernels": gabor_pictures.bank_kernels(sigma),
        "responses": responses.reshape(*shape, *responses.shape[1:]),
    }
