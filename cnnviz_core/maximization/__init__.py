"""Feature visualization by gradient ascent.

Objectives are importable without TensorFlow; `maximize` loads it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "ascent": ["maximize"],
        "dreaming": ["deep_dream"],
        "measuring": ["measured"],
        "objectives": ["Channel", "ClassLogit", "Layer", "Neuron", "Objective", "WeightedSum"],
    },
)
