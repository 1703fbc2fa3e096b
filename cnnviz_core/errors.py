"""What a user can cause. Each message says what was received, what was expected and what to do.

Pages show these messages as they are; every other exception is a defect and fails loudly.
"""


class CnnVizError(Exception):
    """Base of every error whose message is written for the person at the screen."""


class ImageError(CnnVizError):
    """The bytes given are not a picture that can be read safely."""


class ModelNotFoundError(CnnVizError):
    """No bundled model, keras.applications name or file answers to the name given."""


class ModelFileError(CnnVizError):
    """A model file exists but cannot be used."""


class WeightsUnavailableError(CnnVizError):
    """Pretrained weights are neither in Keras's cache nor reachable, or are not the right ones.

    Of all messages this one is for whoever runs the program; it names no folder by its path.
    """


class UnsupportedModelError(CnnVizError):
    """The network cannot be traced layer by layer, or has no image input."""


class LayerNotFoundError(CnnVizError):
    """The model has no layer of the name given."""


class NoClassesError(CnnVizError):
    """The network gives no class scores, so there is no class to ask about."""


class NotSpatialError(CnnVizError):
    """The layer's output has no height and width."""


class ArchitectureError(CnnVizError):
    """The method is not defined on a network of this build."""


class UnreachedError(CnnVizError):
    """The score to explain does not depend on the layer."""


class EmptyMapError(CnnVizError):
    """The map singles no place out, so nothing can be located or compared by it."""


class NoKernelError(CnnVizError):
    """The layer has no convolution kernel to show."""


class TargetError(CnnVizError):
    """The class asked for does not exist in the model's output."""


class OptionError(CnnVizError):
    """An option of a method lies outside what it accepts."""
