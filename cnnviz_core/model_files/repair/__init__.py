"""Configurations that any Keras since 1.2 wrote, in the form that Keras 3 writes."""

from cnnviz_core.model_files.repair.modernizing import modernize

__all__ = ["modernize"]
