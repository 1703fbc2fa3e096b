"""The science of cnnviz: pure functions of a model and an image.

`import cnnviz_core as cnnviz` is light; TensorFlow is loaded by the first function that needs it.
The public names are those of `__init__.pyi`, which type checkers read too.

Images are RGB uint8 (height, width, 3) of any size; every function preprocesses for itself. What
every function refuses alike: an image that is none (`ImageError`) and, where a class is asked for,
a network without classes (`NoClassesError`).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
