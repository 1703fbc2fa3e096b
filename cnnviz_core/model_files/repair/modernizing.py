"""Modernize a model's configuration: whatever Keras wrote it, today's can read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.repair import flat_images, keras1, layout, models, names, theano
from cnnviz_core.model_files.repair.context import Context, Json, copied, era_of, unpacked

if TYPE_CHECKING:
    from cnnviz_core.model_files.container.contents import Contents
    from cnnviz_core.model_files.repair.repairs import Repair


def modernize(contents: Contents) -> tuple[Json, tuple[Repair, ...]]:
    """Bring a configuration of any age into the form that Keras 3 writes.

    Nothing is trusted here and nothing is run: what this cannot translate stays as it is, for the
    check by the allow-list, or is refused.

    Returns:
        The configuration, a new one, and what was changed; of a clean file of Keras 3 an equal one,
        and nothing.

    Raises:
        ModelFileError: it is no configuration of a model, or Keras 3 cannot compute the same.
    """
    root = copied(contents.configuration)
    if isinstance(root, list):
        root = {"class_name": "Sequential", "config": {"name": "sequential", "layers": root}}
    if not isinstance(root, dict):
        raise ModelFileError("The file describes no model, so its layers are not known.")
    models.check_root(root)
    era = era_of(contents.version, root)
    context = Context(era, contents.version, theano.backend_of(contents, era))
    if context.era < 3:
        root = unpacked(root)
        models.check_root(root)
        context.find_signs(root)
        context.note(
            "The configuration was rewritten from Keras 1's form to that of Keras 3."
            if context.era == 1
            else "The configuration was rewritten from Keras 2's form to that of Keras 3."
        )
        keras1.spread_order(root, context)
        theano.check(root, context)
    model = names.without_slashes(models.model(root, context), context)
    models.check_input(model)
    flat_images.with_channel(model, context)
    return layout.channels_last(model, context), context.repairs()
