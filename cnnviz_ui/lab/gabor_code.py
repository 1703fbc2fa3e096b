"""Python that reproduces what the lesson on Gabor filters shows, with `cnnviz_core` alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz_core.lab.code_lines import lines_of
from cnnviz_core.lab.pixel_basics import reduced
from cnnviz_engine.requests.reproducing import call
from cnnviz_ui.lab import gabor_pictures
from cnnviz_ui.widgets import snippets

if TYPE_CHECKING:
    from cnnviz_ui.frame.photos import Photo
    from cnnviz_ui.lab.gabor_pictures import Subject, Wave

_IMPORTS = "from math import radians\n\nimport cv2\nimport numpy as np\n"
_SMALL = "from cnnviz_core.sets import small_pictures\n"


def one_filter(subject: Subject, wave: Wave, photo: Photo) -> str:
    """The lines that give `kernel` and `response`, (pictures, height, width)."""
    values = f"{wave.frequency!r}, radians({wave.degrees!r}), {wave.sigma!r}"
    each = f"{call('response_magnitude', 'image', values)} for image in images"
    lines = f"kernel = {call('gabor_kernel', values)}\nresponse = np.stack([{each}])\n"
    return _on(subject, photo, lines)


def bank(subject: Subject, sigma: float, photo: Photo) -> str:
    """The lines that give `kernels`, and `responses` by frequency, angle and picture."""
    response = call("response_magnitude", "image", f"frequency, theta, {sigma!r}")
    lines = (
        f"frequencies = {list(gabor_pictures.FREQUENCIES)}\n"
        f"thetas = [radians(angle) for angle in {list(gabor_pictures.DEGREES)}]\n"
        f"kernels = {call('filter_bank', 'frequencies', 'thetas', repr(sigma))}\n"
        "responses = np.array([\n"
        f"    [[{response} for image in images]\n"
        "     for theta in thetas] for frequency in frequencies\n])\n"
    )
    return _on(subject, photo, lines)


def _on(subject: Subject, photo: Photo, lines: str) -> str:
    if subject.name == gabor_pictures.PHOTO:
        before = f"{lines_of(reduced, 'image')}images = [image]\n"
        return snippets.of_photo(photo, before + lines, imports=_IMPORTS)
    before = f"images = small_pictures.{subject.name.lower()}()\n"
    return f"{_IMPORTS}import cnnviz_core as cnnviz\n{_SMALL}\n{before}{lines}"
