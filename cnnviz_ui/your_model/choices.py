"""What the owner of a model knows better than its file: class names, meaning, other inputs."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from cnnviz_core.zoo.weight_files import imagenet_labels_here
from cnnviz_ui.frame import own_model, state
from cnnviz_ui.frame.page import caption, heading, note
from cnnviz_ui.frame.text import count, plain
from cnnviz_ui.your_model import class_names
from cnnviz_ui.your_model.words import shape

if TYPE_CHECKING:
    from cnnviz_core.model_files.telling.summary import InputSummary
    from cnnviz_ui.frame.own import Own

MEANINGS = {"Class scores": True, "Measures, no classes": False}
FEW = 32
"""Values of an input that are set one by one; more are pasted."""
COLUMNS = 4
LABEL_MEGABYTES = 2


def meaning(mine: Own) -> None:
    """Whether a list of numbers is class scores; where there is no list, nothing to choose."""
    if mine.listed is None:
        return
    names = {value: name for name, value in MEANINGS.items()}
    key = f"_meaning-{mine.mark}"
    state.put(key, names[mine.tells_classes])
    st.segmented_control(
        "Its numbers are",
        list(MEANINGS),
        key=key,
        required=True,
        on_change=lambda: _mean(mine.mark, MEANINGS[state.value(key)]),
    )
    guessed = names[mine.listed.meaning.value == "classes"]
    caption(f"Guessed: {guessed[0].lower()}{guessed[1:]}. {mine.listed.meaning.reason}")


def names(mine: Own) -> None:
    """The classes' names: typed, pasted, or from a file; taken over once there are as many."""
    if not mine.classes:
        return
    heading("Class names")
    if sum(output.classes > 0 for output in mine.summary.outputs) > 1:
        note("This model has several outputs with classes; on the pages they go by numbers.")
        return
    key = f"_names-{mine.mark}"
    if state.value(key) is None:
        state.put(key, "\n".join(mine.upload.labels or mine.summary.labels or ()))
    st.text_area(
        "One a line in the order of training, between commas, or as class_indices prints them",
        key=key,
        height=118,
        placeholder="cat\ndog",
        on_change=lambda: _name(mine.mark, state.value(key)),
    )
    _standing(mine, class_names.parse(state.value(key)))
    st.file_uploader(
        "Or from a file, such as labels.txt",
        key="_names_file",
        max_upload_size=LABEL_MEGABYTES,
        on_change=_read,
        args=(mine.mark, key),
    )


def other_inputs(mine: Own) -> None:
    """Values of the inputs beside the image, by hand; zeros until then."""
    for input_summary in mine.summary.inputs:
        if input_summary.image:
            continue
        heading(
            f"Input {input_summary.name}",
            "Zeros until you set them; every page uses the same values.",
        )
        length = math.prod(side or 1 for side in input_summary.shape)
        if length <= FEW:
            _one_by_one(mine, input_summary, length)
        else:
            _pasted(mine, input_summary, length)


def _standing(mine: Own, labels: tuple[str, ...]) -> None:
    """How the names that were typed stand to the classes."""
    classes = mine.classes
    if not labels:
        caption(f"Without names the classes are called class 0 to class {classes - 1}.")
        return
    amiss = class_names.fit(labels, classes)
    if amiss:
        st.warning(
            plain(f"{amiss} Until they are as many, the names before stay in use."),
            icon=":material/rule:",
        )
    elif labels == imagenet_labels_here():
        caption(
            "Guessed: ImageNet's names, as it tells as many classes. Give others if it was trained "
            "on something else."
        )
    else:
        caption(f"{count(classes, 'class', 'classes')}, each with its name: in use.")


def _one_by_one(mine: Own, input_summary: InputSummary, length: int) -> None:
    held = mine.upload.inputs.get(input_summary.name, (0.0,) * length)
    for start in range(0, length, COLUMNS):
        columns = st.columns(COLUMNS, gap="small")
        for column, index in zip(columns, range(start, min(start + COLUMNS, length)), strict=False):
            key = f"_value-{mine.mark}-{input_summary.name}-{index}"
            column.number_input(
                f"Value {index}",
                value=held[index],
                format="%g",
                key=key,
                on_change=_set,
                args=(mine.mark, input_summary.name, length, {index: key}),
            )


def _pasted(mine: Own, input_summary: InputSummary, length: int) -> None:
    key = f"_values-{mine.mark}-{input_summary.name}"
    st.text_area(
        f"{length:,} numbers ({shape(input_summary.shape)}), between commas, blanks or lines",
        key=key,
        height=100,
        on_change=_set_all,
        args=(mine.mark, input_summary.name, length, key),
    )
    amiss = _amiss(str(state.value(key)), length)
    if amiss:
        st.warning(plain(amiss), icon=":material/rule:")


def _numbers(text: str) -> list[float] | None:
    """The numbers in a text; None where something in it is none."""
    try:
        numbers = [float(word) for word in re.split(r"[\s,;\[\]()]+", text) if word]
    except ValueError:
        return None
    return numbers if all(map(math.isfinite, numbers)) else None


def _amiss(text: str, length: int) -> str:
    """What is wrong with pasted numbers; empty where nothing is, or nothing was pasted."""
    numbers = _numbers(text)
    if numbers is None:
        return "Not everything here is a number. Until it is, the values before stay in use."
    if numbers and len(numbers) != length:
        return f"{len(numbers):,} numbers for {length:,} values. The values before stay in use."
    return ""


def _set(mark: str, name: str, length: int, keys: dict[int, str]) -> None:
    mine = own_model.still(mark)
    if mine is not None:
        values = {index: float(state.value(key)) for index, key in keys.items()}
        own_model.values_of(mine, name, values, length)


def _set_all(mark: str, name: str, length: int, key: str) -> None:
    mine, numbers = own_model.still(mark), _numbers(str(state.value(key)))
    if mine is not None and numbers is not None and len(numbers) in (0, length):
        values = dict(enumerate(numbers or [0.0] * length))
        own_model.values_of(mine, name, values, length)


def _mean(mark: str, classes: bool) -> None:
    mine = own_model.still(mark)
    if mine is not None:
        guessed = classes == (mine.summary.classes > 0)
        own_model.change(classes=None if guessed else classes, labels=None)


def _name(mark: str, text: str) -> None:
    """Take names over if they fit; without any, the file's own or numbers."""
    mine, labels = own_model.still(mark), class_names.parse(text)
    if mine is None:
        return
    if not labels or not class_names.fit(labels, mine.classes):
        own_model.change(labels=labels if labels and labels != mine.summary.labels else None)


def _read(mark: str, key: str) -> None:
    file = state.value("_names_file")
    if isinstance(file, UploadedFile):
        text = class_names.decode(file.getvalue())
        state.put(key, "\n".join(class_names.parse(text)))
        _name(mark, state.value(key))
