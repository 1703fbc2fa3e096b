"""What a file does not say outright: what its pixels go through, and what its numbers mean.

Each answer is a guess with its reason, for the person who knows better.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnviz_core.model_files.telling.summary import Guess
from cnnviz_core.network.endings import LOGITS, PROBABILITIES
from cnnviz_core.network.kinds import known

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cnnviz_core.model_files.allowed.networks import CheckedLayer, Network
    from cnnviz_core.model_files.telling.summary import Shape


@dataclass(frozen=True)
class Base:
    """A network of keras.applications, known by names that its layers have had since Keras 2.

    Attributes:
        title: as people call it.
        names: layers, all of which it has.
        preprocessing: what its `preprocess_input` does; None where it rescales pixels itself.
        without: what it expects where its own rescaling layer was left out.
    """

    title: str
    names: frozenset[str]
    preprocessing: str | None
    without: str = ""


def _base(title: str, names: str, preprocessing: str | None, without: str = "") -> Base:
    return Base(title, frozenset(names.split()), preprocessing, without)


BASES = (
    _base("MobileNet", "conv1 conv_dw_1 conv_pw_1 conv_pw_13", "tf"),
    _base("MobileNetV2", "Conv1 bn_Conv1 expanded_conv_depthwise block_16_project", "tf"),
    _base("MobileNetV3", "expanded_conv_depthwise expanded_conv_project", None, "tf"),
    _base("Xception", "block1_conv1 block1_conv1_bn block14_sepconv2", "tf"),
    _base("VGG", "block1_conv1 block1_conv2 block5_conv3", "caffe"),
    _base("ResNet", "conv1_conv conv2_block1_1_conv conv2_block1_0_bn", "caffe"),
    _base("ResNet", "conv1 bn_conv1 res2a_branch2a", "caffe"),
    _base("ResNet V2", "conv1_conv conv2_block1_preact_bn", "tf"),
    _base("Inception V3", "mixed0 mixed5 mixed10", "tf"),
    _base("Inception-ResNet V2", "mixed_5b block35_1_conv block8_10_conv", "tf"),
    _base("DenseNet", "conv2_block1_0_bn conv2_block1_1_conv pool2_conv", "torch"),
    _base("DenseNet", "conv2_block1_0_bn conv2_block1_1_conv pool2_bn", "torch"),
    _base("NASNet", "stem_conv1 stem_bn1", "tf"),
    _base("EfficientNet V2", "stem_conv stem_bn block1a_project_conv block2a_expand_conv", None),
    _base("EfficientNet", "stem_conv stem_bn block1a_dwconv", None, "torch"),
)
_CAREFUL = "Compare the predictions for a picture that you know."
_REGRESSION = (
    "mse",
    "meansquarederror",
    "mae",
    "meanabsoluteerror",
    "mape",
    "msle",
    "meanabsolutepercentageerror",
    "meansquaredlogarithmicerror",
    "huber",
    "huberloss",
    "logcosh",
    "cosinesimilarity",
    "poisson",
)


def guess_preprocessing(network: Network, channels: int, *, teachable: bool) -> Guess:
    """The pixel preprocessing that a network most likely expects.

    Args:
        network: the checked network.
        channels: of the picture.
        teachable: whether it is an export of Teachable Machine.
    """
    names = {name for path, _ in network.walk() for name in path}
    base = next((base for base in BASES if base.names <= names), None)
    inside = _rescaling_inside(network)
    if inside is not None:
        return Guess("raw", f"{inside} inside the network rescales the pixels itself.")
    if teachable:
        return Guess("tf", "Teachable Machine trains on pixels from -1 to 1.")
    if base is not None:
        mode = base.preprocessing or base.without or "tf"
        if channels == 3 or mode in ("tf", "unit"):
            known = "its own rescaling left out" if base.preprocessing is None else "as its base"
            return Guess(
                mode,
                f"It has the layers of {base.title}, {known}, for which keras.applications "
                f"prepares pixels this way. {_CAREFUL}",
            )
    return Guess(
        "unit",
        "Nothing in the file tells how pixels were prepared in training; dividing them by 255 is "
        f"what most lessons do. {_CAREFUL}",
    )


def _rescaling_inside(network: Network) -> str | None:
    """What rescales pixels before the first layer that computes with weights; None if nothing."""
    for _, layer in network.walk():
        kind = known(layer.class_name)
        if kind.rescales:
            return f"The layer {layer.name!r} ({layer.class_name})"
        if kind.arithmetic and not _tensors_only(layer):
            return f"The operation {layer.name!r} ({layer.class_name})"
        if not (kind.keeps_scale or kind.arithmetic or layer.inner is not None):
            return None
    return None


def _tensors_only(layer: CheckedLayer) -> bool:
    """Whether a sum or product joins tensors, as a merging layer does, rather than a constant."""
    return all(len(call.inputs()) > 1 for call in layer.calls)


def guess_meaning(shape: Shape, activation: str, loss: str | None) -> Guess:
    """Whether an output lists class scores.

    Args:
        shape: of the output, without the batch axis.
        activation: what it ends in.
        loss: what the file says it was trained on, if it says so.
    """
    if len(shape) != 1 or shape[0] is None:
        return Guess("numbers", "It gives a map or a picture, not a list of scores.")
    if activation in PROBABILITIES:
        return Guess("classes", f"It ends in {activation}.")
    if loss is not None and "crossentropy" in loss:
        return Guess("classes", "It was trained on a cross-entropy, so its numbers are logits.")
    if loss in _REGRESSION:
        return Guess("numbers", f"It was trained as a regression ({loss}).")
    if shape[0] == 1:
        return Guess("numbers", "One number without a sigmoid is most likely a measure, as an age.")
    if activation not in LOGITS:
        return Guess("numbers", f"It ends in {activation}, which gives no probabilities.")
    if activation != "linear":
        return Guess("classes", f"It ends in {activation}, so its numbers are logits.")
    return Guess("classes", "A list of numbers without an activation is taken for logits.")


def losses_named(value: Any) -> dict[str | None, str]:
    """Losses of a compile section in small letters without separators, by output; None for all."""
    if isinstance(value, dict) and not value.keys() & {"class_name", "config"}:
        named = {str(key): _loss_name(loss) for key, loss in value.items()}
        return {key: name for key, name in named.items() if name}
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    name = _loss_name(value)
    return {None: name} if name else {}


def _loss_name(value: Any) -> str | None:
    if isinstance(value, dict):
        inner = value.get("config")
        value = inner if isinstance(inner, str) else value.get("class_name")
    if not isinstance(value, str):
        return None
    return "".join(_letters(value)) or None


def _letters(text: str) -> Iterable[str]:
    return (letter for letter in text[:80].lower() if letter.isalnum())
