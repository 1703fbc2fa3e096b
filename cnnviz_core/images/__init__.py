"""Pixels, without a network: reading, preparing, resizing and colouring them."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submodules=["rendering"])
