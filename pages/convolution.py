"""Convolution: a small grid of numbers slides over an image; by hand, with numbers to be read."""

from cnnviz_ui.frame import shell
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.page import opening
from cnnviz_ui.frame.sidebar import current
from cnnviz_ui.lab import by_hand, gabor, numbers, sizes
from cnnviz_ui.widgets import controls

LESSONS = {
    "Filter": by_hand.draw,
    "Sizes and pooling": sizes.draw,
    "Gabor": gabor.draw,
    "An image is numbers": numbers.draw,
}


def show() -> None:
    """One lesson at a time; each draws its own controls above its picture."""
    choice = current()
    opening(
        "Convolution",
        "A small grid of numbers slides over the image; at each place, what it covers is "
        "multiplied with it and added up: the first thing that a network does to a photo.",
    )
    lesson = controls.option("Lesson", tuple(LESSONS), key=Key.LESSON, in_sight=False)
    LESSONS[lesson](choice)


if __name__ == "__main__":
    shell.run()
