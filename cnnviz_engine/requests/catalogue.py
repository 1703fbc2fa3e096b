"""Every kind of request, found by its name in JSON."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, TypeAdapter

from cnnviz_engine.requests import (
    arithmetic,
    attribution,
    gabor,
    inspection,
    looking,
    maps,
    patterns,
)
from cnnviz_engine.requests.base import ModelRequest
from cnnviz_engine.requests.inspection import InspectRequest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

AnyRequest = ModelRequest[Any] | InspectRequest

FAMILIES = (looking, arithmetic, attribution, maps, patterns, inspection, gabor)
"""The files whose requests can be asked; a new family is named here and nowhere else."""


def _requests_of(family: ModuleType) -> Iterator[type[AnyRequest]]:
    for member in vars(family).values():
        if isinstance(member, type) and issubclass(member, ModelRequest | InspectRequest):
            own = member.__module__ == family.__name__  # not one that it builds upon
            if own and "kind" in member.model_fields:
                yield member


REQUESTS = tuple(request for family in FAMILIES for request in _requests_of(family))
"""The class of each kind."""
_UNION: Any = Annotated[reduce(or_, REQUESTS), Field(discriminator="kind")]
_ADAPTER: TypeAdapter[AnyRequest] = TypeAdapter(_UNION)


def parse_request(text: str) -> AnyRequest:
    """Read a request back from its JSON.

    Raises:
        pydantic.ValidationError: the text is not a request.
    """
    return _ADAPTER.validate_json(text)
