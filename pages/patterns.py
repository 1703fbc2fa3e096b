"""Patterns: the input that a filter, or a class, likes best."""

from functools import partial

from cnnviz_core.looking.results import Structure
from cnnviz_engine.requests.looking import DescribeRequest
from cnnviz_ui.frame import shell
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.page import note, opening
from cnnviz_ui.frame.results import ask
from cnnviz_ui.frame.sidebar import Choice, current
from cnnviz_ui.patterns import dreaming, growing, pickers, sheet, view
from cnnviz_ui.patterns.words import noun
from cnnviz_ui.widgets import controls, drawer

CLASS = "Class"


def show() -> None:
    """Controls above; the pattern, or a sheet of them, below, growing while it is computed."""
    choice = current()
    opening(
        "Patterns",
        "Starting from noise, or from your photo, a picture is changed step by step so that a "
        "filter, a class or a layer answers more and more strongly. It shows what they look for.",
    )
    structure = ask(DescribeRequest(model=choice.model), noun="The network")
    if structure is None:
        return
    first, *columns = drawer.controls_row([5, 2.8, 2.1, 1.7, 1.5])
    with first:
        modes = [name for name in MODES if name != CLASS or not structure.classless]
        mode = controls.option("Show", modes, key=Key.MODE)
    if mode != CLASS and not growing.layers_with_patterns(structure):
        alternative = "another model" if structure.classless else "Class, or another model"
        note(f"This model has no layer with height and width. Choose {alternative}.")
        return
    MODES[mode](choice, structure, columns)


def _whole_layer(choice: Choice, structure: Structure, columns: pickers.Columns) -> None:
    request, order = pickers.whole_layer(choice, structure, columns)
    grown = ask(request, noun=noun(structure, request), preview=sheet.draw_preview)
    if grown is not None:
        sheet.draw(grown, request, structure, order)


def _large(
    picker: pickers.OnePicker, choice: Choice, structure: Structure, columns: pickers.Columns
) -> None:
    picked = picker(choice, structure, columns)
    if picked is None:
        return
    request, options = picked
    if options.compare:
        view.compare_presets(request, structure)
        return
    grown = ask(request, noun=noun(structure, request), preview=view.draw_preview)
    if grown is not None:
        view.draw(grown, request, structure)


def _dream(choice: Choice, structure: Structure, columns: pickers.Columns) -> None:
    request = pickers.dream(choice, structure, columns)
    dream = ask(request, choice.photo, noun=dreaming.noun(request), preview=view.draw_preview)
    if dream is not None:
        dreaming.draw(dream, request, choice.photo)


MODES: dict[str, pickers.Mode] = {
    "Whole layer": _whole_layer,
    controls.ONE_FILTER: partial(_large, pickers.one_filter),
    CLASS: partial(_large, pickers.one_class),
    "DeepDream": _dream,
}

if __name__ == "__main__":
    shell.run()
