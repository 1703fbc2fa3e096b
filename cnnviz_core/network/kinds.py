"""What each kind of layer does to what it is given: the one place that knows layers by name.

A kind is the name of a class: of `keras.layers`, of the operations behind `keras.ops`, or of the
two layers that keras.applications brings along. What is said of it holds when the network is asked,
not trained, and for arrays with channels last. Of a kind that has no row nothing is known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

BY_SETTING = ""
"""The activation of a layer that applies whichever its setting names."""


@dataclass(frozen=True)
class Kind:
    """What a layer of a kind does.

    Attributes:
        passes_on: it gives its input, unchanged.
        reshapes: it gives the values of its input in their order, in another shape or type.
        elementwise: a value that it gives depends on one value of each input alone.
        by_cell: a cell (all channels at one place) depends on one cell of each input alone. Of a
            kind that is not elementwise and has a setting `axis`, that holds for the last axis.
        pads: it puts zeros around its input.
        window: setting with the height and width of the window that one cell sees; "" without.
        repeats: setting with the number of cells that each becomes, down and across; "" without.
        linear: each channel is linear (or affine) in the same channel of the single input.
        keeps_scale: a flat picture stays as bright as it is, but for a border of zeros.
        rescales: it multiplies and shifts each channel by numbers that no training found.
        arithmetic: a sum, difference, product or quotient, of tensors or of one and numbers.
        normalizes: it takes off a mean or a size that it measures or learned.
        activation: the function that is all it does, by the name in `keras.activations`,
            `BY_SETTING`, or None.
        kernels: weights, one after the other, by which it multiplies at each cell.
        transposed: it multiplies at each cell of its input, and its kernel has filters before
            input channels.
        depthwise: its first kernel sees each channel by itself.
    """

    passes_on: bool = False
    reshapes: bool = False
    elementwise: bool = False
    by_cell: bool = False
    pads: bool = False
    window: str = ""
    repeats: str = ""
    linear: bool = False
    keeps_scale: bool = False
    rescales: bool = False
    arithmetic: bool = False
    normalizes: bool = False
    activation: str | None = None
    kernels: tuple[str, ...] = ()
    transposed: bool = False
    depthwise: bool = False

    @property
    def keeps_values(self) -> bool:
        """Whether it gives the values of its input in their order, whatever their shape or type."""
        return self.passes_on or self.reshapes

    @property
    def activates(self) -> bool:
        """Whether all it does is to apply an activation."""
        return self.activation is not None

    @property
    def pools(self) -> bool:
        """Whether it gives the largest or the mean value in a window."""
        return self.window == "pool_size"


UNKNOWN = Kind()
_VALUE = Kind(elementwise=True, by_cell=True)
_PASSING = replace(_VALUE, passes_on=True, linear=True, keeps_scale=True)
_RESCALING = replace(_VALUE, rescales=True, linear=True)
_CONVOLUTION = Kind(window="kernel_size", kernels=("kernel",))
_POOLING = Kind(window="pool_size", keeps_scale=True)


def _all(names: str, kind: Kind) -> dict[str, Kind]:
    return dict.fromkeys(names.split(), kind)


def _activations(names: str, kind: Kind) -> dict[str, Kind]:
    """Rows of layers and operations that are activations, from pairs `Class=function`."""
    pairs = (pair.split("=") for pair in names.split())
    return {name: replace(kind, activation=function) for name, function in pairs}


KINDS = {
    "InputLayer": Kind(linear=True, keeps_scale=True),
    **_all(
        "Identity Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D AlphaDropout"
        " GaussianDropout GaussianNoise ActivityRegularization StochasticDepth StopGradient Copy"
        " AugMix CutMix MixUp RandAugment RandomBrightness RandomColorDegeneration"
        " RandomColorJitter RandomContrast RandomElasticTransform RandomErasing RandomFlip"
        " RandomGaussianBlur RandomGrayscale RandomHue RandomInvert RandomPerspective"
        " RandomPosterization RandomRotation RandomSaturation RandomSharpness RandomShear"
        " RandomTranslation RandomZoom",
        _PASSING,
    ),
    **_all("Flatten Reshape Squeeze", Kind(reshapes=True, keeps_scale=True)),
    "Cast": replace(_VALUE, reshapes=True, linear=True, keeps_scale=True),
    "ZeroPadding2D": Kind(by_cell=True, pads=True, linear=True, keeps_scale=True),
    "Cropping2D": Kind(by_cell=True, linear=True, keeps_scale=True),
    **_all("Resizing CenterCrop RandomCrop", Kind(linear=True, keeps_scale=True)),
    "GetItem": Kind(keeps_scale=True),
    "UpSampling2D": Kind(repeats="size", linear=True, keeps_scale=True),
    "MaxPooling2D": _POOLING,
    "AveragePooling2D": replace(_POOLING, linear=True),
    "Conv2D": _CONVOLUTION,
    "DepthwiseConv2D": replace(_CONVOLUTION, depthwise=True),
    "SeparableConv2D": replace(
        _CONVOLUTION, depthwise=True, kernels=("depthwise_kernel", "pointwise_kernel")
    ),
    "Conv2DTranspose": Kind(kernels=("kernel",), transposed=True),
    "Dense": Kind(by_cell=True, kernels=("kernel",)),
    **_all("Rescaling Normalization", _RESCALING),
    "LayerScale": replace(_VALUE, linear=True),
    "BatchNormalization": replace(_VALUE, linear=True, normalizes=True),
    "LayerNormalization": Kind(by_cell=True, normalizes=True),
    **_all("GroupNormalization RMSNormalization UnitNormalization", Kind(normalizes=True)),
    **_all("Add Subtract Multiply Divide TrueDivide", replace(_VALUE, arithmetic=True)),
    **_all("Maximum Minimum Average", _VALUE),
    "Concatenate": Kind(by_cell=True),
    **_all(
        "Absolute Abs Negative Exp Expm1 Log Log1p Sqrt Square Sin Cos Sign Floor Ceil Reciprocal"
        " Round Clip Rsqrt LogicalNot Where FloorDivide Power Mod Greater GreaterEqual Less"
        " LessEqual Equal NotEqual LogicalAnd LogicalOr",
        _VALUE,
    ),
    "Activation": Kind(by_cell=True, activation=BY_SETTING),
    **_activations(
        "ReLU=relu LeakyReLU=leaky_relu PReLU=leaky_relu ELU=elu Relu=relu Relu6=relu6"
        " Sigmoid=sigmoid SparseSigmoid=sparse_sigmoid HardSigmoid=hard_sigmoid"
        " LogSigmoid=log_sigmoid Silu=silu HardSilu=hard_silu Tanh=tanh HardTanh=hard_tanh"
        " TanhShrink=tanh_shrink Softplus=softplus Softsign=softsign SparsePlus=sparse_plus"
        " Squareplus=squareplus Elu=elu Celu=celu Selu=selu Gelu=gelu LeakyRelu=leaky_relu"
        " HardShrink=hard_shrink SoftShrink=soft_shrink Threshold=threshold Mish=mish",
        _VALUE,
    ),
    **_activations(
        "Softmax=softmax LogSoftmax=log_softmax Sparsemax=sparsemax", Kind(by_cell=True)
    ),
}


def known(name: str) -> Kind:
    """What is known of the kind of that name: `UNKNOWN`, of which nothing holds, where no row is.

    Where a layer and an operation have one name, they do the same; of the two called "Average" the
    layer is meant, which averages tensors. The operation leaves out an axis.
    """
    return KINDS.get(name, UNKNOWN)
