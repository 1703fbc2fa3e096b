"""What the page of patterns opens with: what the photo in use says of the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz_engine.requests.looking import ActivationsRequest, PredictRequest
from cnnviz_ui.frame.results import ask
from cnnviz_ui.layers import channels, showable

if TYPE_CHECKING:
    from cnnviz_core.looking.results import Structure
    from cnnviz_ui.frame.sidebar import Choice


def best_class(choice: Choice, structure: Structure) -> int | None:
    """The class that the network takes the photo for; None while that is not known.

    The first where the network takes no photos.
    """
    if not showable.takes_photos(structure):
        return 0
    request = PredictRequest(model=choice.model, image=choice.photo.digest)
    best = ask(request, choice.photo, noun="Prediction")
    return best.indices[0] if best is not None else None


def telling_channel(choice: Choice, structure: Structure, layer: str) -> int | None:
    """The channel of a layer that varies most over the photo; None while that is not known.

    The first where the network takes no photos.
    """
    if not showable.takes_photos(structure):
        return 0
    request = ActivationsRequest(model=choice.model, image=choice.photo.digest, layer=layer)
    values = ask(request, choice.photo, noun="Activations")
    return channels.most_telling(values) if values is not None else None
