"""Model files that the stand-in engine knows by their bytes, and what it says of them."""

from __future__ import annotations

from dataclasses import replace

from cnnviz_core.attribution.catalogue import METHODS
from cnnviz_core.errors import ModelFileError, NotSpatialError
from cnnviz_core.model_files.telling.summary import Guess, InputSummary, ModelSummary, OutputSummary

GOOD = b"three classes"
CLASSLESS = b"a regression"
VECTOR = b"a picture and two numbers"
LONG_VECTOR = b"a picture and forty numbers"
SPECTRAL = b"five channels"
GREY = b"one channel"
FLAT = b"dense layers alone"
LABELLED = b"with labels inside"
BROKEN = b"no model"
REFUSAL = "This is a picture in JPEG format, not a model. Save it with model.save('model.keras')."
CLASSLESS_SENTENCE = "own answers a picture with one number, not with class scores."

_CLASSES = OutputSummary("dense", (3,), "softmax", Guess("classes", "It ends in softmax."))
_NUMBER = OutputSummary("age", (1,), "linear", Guess("numbers", "It was trained as a regression."))
_IMAGE = InputSummary("photo", (128, 128, 3), True)
_FOUND = ModelSummary(
    name="sequential_1",
    kind="Sequential",
    container="hdf5",
    version="2.4.0",
    file_bytes=2_300_000,
    inputs=(_IMAGE,),
    outputs=(_CLASSES,),
    layers=(("Conv2D", 3), ("Dense", 2)),
    parameters=61_000,
    multiply_adds=12_000_000,
    repairs=("groups was left out of <b>dw_1</b> (DepthwiseConv2D).",),
    notes=(),
    labels=None,
    preprocessing=Guess("tf", "Teachable Machine trains on pixels from -1 to 1."),
)


def _with_vector(length):
    return replace(_FOUND, inputs=(_IMAGE, InputSummary("age *and* size", (length,), False)))


SUMMARIES = {
    GOOD: _FOUND,
    CLASSLESS: replace(_FOUND, outputs=(_NUMBER,), repairs=()),
    VECTOR: _with_vector(2),
    LONG_VECTOR: _with_vector(40),
    SPECTRAL: replace(_FOUND, inputs=(InputSummary("photo", (128, 128, 5), True),)),
    GREY: replace(_FOUND, inputs=(InputSummary("photo", (128, 128, 1), True),)),
    FLAT: replace(_FOUND, layers=(("Dense", 2),)),
    LABELLED: replace(_FOUND, labels=("<i>cat</i>", "**dog**", "$x$")),
}
CHANNELS = {SPECTRAL: 5, GREY: 1}


def channels(upload):
    """Of the image that an upload takes."""
    return CHANNELS.get(upload.content, 3)


def summary(upload):
    """What a file is, or why it is none."""
    if upload.content not in SUMMARIES:
        raise ModelFileError(REFUSAL)
    return SUMMARIES[upload.content]


def described(network, upload):
    """A structure as that of an upload."""
    without = CLASSLESS_SENTENCE if upload.content == CLASSLESS else ""
    flat = [layer for layer in network.layers if not layer.spatial]
    return replace(
        network,
        model="own",
        layers=tuple(flat) if upload.content == FLAT else network.layers,
        default_layer=None if upload.content == FLAT else network.default_layer,
        labels=() if without else network.labels,
        classless=without,
        channels=channels(upload),
    )


def require_maps(upload, request):
    """Refuse, as the core does, what weighs the maps of a layer where there are none."""
    method = METHODS.get(getattr(request, "method", None))
    if upload.content == FLAT and method is not None and method.takes_layer:
        raise NotSpatialError("own has no layer with height and width.")
