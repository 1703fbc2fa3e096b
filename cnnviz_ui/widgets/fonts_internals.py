"""A font to write into pictures with: the page's own, which Streamlit ships for browsers alone.

Pillow's own font lacks every letter beyond ASCII. There is no public way to Streamlit's file, whose
name holds a hash, so it is looked for; without it words are written in Pillow's.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import streamlit
from PIL import ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
PATTERN = "static/**/SourceSansVF-Upright*.woff2"
REGULAR = 400


@lru_cache(maxsize=8)
def font(size: int) -> Font:
    """The page's font, so many pixels high."""
    file = _file()
    if file is None:
        return ImageFont.load_default(size)
    found = ImageFont.truetype(file, size)
    found.set_variation_by_axes([REGULAR])
    return found


@lru_cache(maxsize=1)
def _file() -> Path | None:
    folder = Path(streamlit.__file__).parent
    return next(iter(sorted(folder.glob(PATTERN))), None)
