"""The science of cnnviz: pure functions of a model and an image.

`import cnnviz_core as cnnviz` is light; TensorFlow is loaded by the first function that needs it.
Images are RGB uint8 (height, width, 3) of any size; every function preprocesses for itself.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["rendering"],
    submod_attrs={
        "feature_maps": ["activations", "dead_channels", "sparsity"],
        "attribution.cam": ["grad_cam"],
        "images": ["read_image"],
        "filters": ["kernels"],
        "loading": ["load_model"],
        "maximization": ["Channel", "ClassLogit", "maximize"],
        "model": ["LoadedModel"],
        "prediction": ["predict"],
        "architecture": ["structure"],
        "zoo": ["ModelCard", "available_models"],
    },
)
