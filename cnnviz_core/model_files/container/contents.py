"""What a model file holds, once its container was checked: a configuration and arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np


@dataclass(frozen=True)
class ArrayEntry:
    """An array of an HDF5 file, not yet read.

    Attributes:
        path: from the file's root, without a slash in front.
        shape: its sides.
        dtype: NumPy's name of its type: floats, integers or bool.
    """

    path: str
    shape: tuple[int, ...]
    dtype: str


class WeightStore(Protocol):
    """A checked HDF5 file: hard links, plain arrays, bounded text."""

    @property
    def arrays(self) -> Mapping[str, ArrayEntry]:
        """Every array by its path."""

    @property
    def groups(self) -> frozenset[str]:
        """Paths of all groups; the root's is empty."""

    def read(self, path: str) -> np.ndarray[Any, Any]:
        """The values of an array."""

    def text(self, group: str, attribute: str) -> str | None:
        """An attribute of a group as text; None where there is none."""

    def texts(self, group: str, attribute: str) -> tuple[str, ...] | None:
        """A list of texts, also one that Keras has cut into `attribute0`, `attribute1`, ..."""


@dataclass(frozen=True)
class Contents:
    """A model file, unpacked.

    Attributes:
        container: "keras" for the zip archive of Keras 3 (and 2.12 on), "hdf5" for the older one.
        configuration: the parsed JSON of the model's configuration, of plain types and bounded;
            None for a file of weights alone.
        version: of the Keras that wrote it, as it says itself; None where it does not.
        backend: the backend that wrote it, likewise ("theano" stores other kernels).
        store: its arrays.
        weights: path of the group that holds the model's weights: "" in an archive, "model_weights"
            or "" in HDF5.
        labels: class labels that came along, as in a Teachable Machine export.
        inside: name of the file inside a zip that was read, where the upload was such a zip.
        misnamed: whether the content is another container than the file's name says.
    """

    container: Literal["keras", "hdf5"]
    configuration: Any
    version: str | None
    backend: str | None
    store: WeightStore
    weights: str
    labels: tuple[str, ...] | None = None
    inside: str | None = None
    misnamed: bool = False
