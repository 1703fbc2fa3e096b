"""Feature visualization by gradient ascent.

Objectives are importable without TensorFlow; `maximize` loads it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "ascent": ["maximize"],
        "objectives": ["Channel", "ClassLogit", "Neuron", "Objective", "WeightedSum"],
    },
)
