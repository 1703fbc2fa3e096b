"""Words on the page: text from files is shown as text, numbers as a reader expects them."""

from __future__ import annotations

import html
import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&^=@\"'/])")


def plain(text: str) -> str:
    """Escape text for places that read Markdown, so that it appears letter by letter."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def escaped(text: str) -> str:
    """Escape text for HTML."""
    return html.escape(text, quote=True)


def distinct(labels: Sequence[str]) -> list[str]:
    """Labels to choose from: where two classes share one, each carries its index."""
    times_used = Counter(labels)
    named, taken = [], set(labels)
    for index, label in enumerate(labels):
        name = label
        if times_used[label] > 1:
            name = f"{label} ({index})"
            while name in taken:  # a label may itself end in an index
                name = f"{name} ({index})"
        taken.add(name)
        named.append(name)
    return named


def percent(share: float) -> str:
    """A share in [0, 1] as a percentage with one decimal."""
    return f"{100 * share:.1f}\u00a0%"


def number(value: float) -> str:
    """A measured value with three significant figures, never in a surprising notation."""
    if value == 0:
        return "0"
    if 0.001 <= abs(value) < 100_000:
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{value:.2e}"


def count(amount: int, noun: str, plural: str | None = None) -> str:
    """An amount with its noun, such as "1 channel" or "1,024 channels"."""
    return f"{amount:,} {noun if amount == 1 else plural or noun + 's'}"


def short(amount: int) -> str:
    """A large whole number in thousands, millions or billions."""
    for size, unit in ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")):
        if amount >= size:
            return f"{amount / size:.3g} {unit}"
    return str(amount)


def times(*sides: object) -> str:
    """Sizes with multiplication signs between them."""
    return " \u00d7 ".join(str(side) for side in sides)


def duration(seconds: float) -> str:
    """Time left, as people say it."""
    if seconds < 1.5:
        return "about a second"
    if seconds < 90:
        return f"about {round(seconds)} seconds"
    return f"about {round(seconds / 60)} minutes"
