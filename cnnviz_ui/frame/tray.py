"""The photos that a visitor brought, all in one value: any change gives a new tray."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cnnviz_core.errors import ImageError
from cnnviz_ui.frame.photos import Photo

MOST_PHOTOS = 24
"""A class's photos side by side; more are a data set, not a tray."""
MOST_BYTES = 160 * 2**20
"""Of the pixels of one tray; a dozen photos of the largest size that is kept."""


@dataclass(frozen=True)
class Tray:
    """A visitor's own photos, in the order in which they came.

    Attributes:
        photos: each under a name of its own, which follows from its pixels.
    """

    photos: tuple[Photo, ...] = ()

    @property
    def names(self) -> list[str]:
        """What links call the photos."""
        return [photo.name for photo in self.photos]

    def find(self, name: str) -> Photo | None:
        """The photo of a name, if it is here."""
        return next((photo for photo in self.photos if photo.name == name), None)

    def with_photo(self, photo: Photo) -> Tray:
        """With a photo at the end; one with the same pixels stays where it is, with its label.

        Raises:
            ImageError: the tray is full.
        """
        if self.find(photo.name) is not None:
            return self
        self.require_room()
        held = sum(each.pixels.nbytes for each in self.photos)
        if held + photo.pixels.nbytes > MOST_BYTES:
            raise ImageError("There is no room for a photo of this size. Remove another one first.")
        return Tray((*self.photos, photo))

    def require_room(self) -> None:
        """See whether another photo can come at all, before it is decoded.

        Raises:
            ImageError: the tray is full.
        """
        if len(self.photos) >= MOST_PHOTOS:
            raise ImageError(f"{MOST_PHOTOS} photos are held already. Remove one to add another.")

    def without(self, name: str) -> Tray:
        """Without the photo of a name."""
        return Tray(tuple(photo for photo in self.photos if photo.name != name))

    def labelled(self, name: str, label: str) -> Tray:
        """With another word for what a photo shows; empty where nobody says."""
        return Tray(
            tuple(
                replace(photo, label=label) if photo.name == name else photo
                for photo in self.photos
            )
        )
