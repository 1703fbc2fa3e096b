"""Models that Theano computed: where it filled borders otherwise than Keras 3, they are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnviz_core.model_files.repair.context import Context, Json, layer_entries, refuse, whole_list

if TYPE_CHECKING:
    from cnnviz_core.model_files.container.contents import Contents

CONVOLUTIONS = frozenset(
    {"Conv2D", "Convolution2D", "AtrousConvolution2D", "SeparableConv2D", "DepthwiseConv2D"}
    | {"SeparableConvolution2D", "Conv2DTranspose", "Deconvolution2D"}
)
POOLING = frozenset({"MaxPooling2D", "AveragePooling2D"})


def backend_of(contents: Contents, era: int) -> str | None:
    """The backend that computed the model: Keras 1 did not write it.

    TensorFlow's names of weights end in ":0", Theano's do not.
    """
    if era > 1 or contents.backend is not None or not contents.store.arrays:
        return contents.backend
    suffixed = any(path.endswith(":0") for path in contents.store.arrays)
    return "tensorflow" if suffixed else "theano"


def check(root: Json, context: Context) -> None:
    """Refuse layers whose output has the size of their input, where Theano centred it otherwise.

    It puts as many zeros before as behind; TensorFlow puts the odd one behind. Both agree for odd
    kernels without strides.

    Raises:
        ModelFileError: the model has such a layer.
    """
    if context.backend != "theano":
        return
    for entry in layer_entries(root):
        config, class_name = entry["config"], entry["class_name"]
        padding = config.get("padding", config.get("border_mode"))
        if class_name not in CONVOLUTIONS | POOLING or padding != "same":
            continue
        if class_name in POOLING or not _centred(config):
            raise refuse(
                config.get("name", class_name),
                "pads as Theano did, which Keras 3 cannot; a layer with padding 'valid' can be"
                " read.",
            )


def _centred(config: Json) -> bool:
    kernel: Any = config.get("kernel_size", [config.get("nb_row"), config.get("nb_col")])
    strides = config.get("strides", config.get("subsample"))
    kernel, strides = whole_list(kernel, 2), whole_list(strides, 2)
    if kernel is None or strides is None:
        return False
    return all(side % 2 == 1 for side in kernel) and all(side == 1 for side in strides)
