"""Previews of many patterns: small, few, and of every step the progress."""

import numpy as np
import pytest

from cnnviz_core.maximization.results import Patterns
from cnnviz_engine.requests import pattern_previews
from cnnviz_engine.requests.pattern_previews import MOST_PIXELS, small, with_small_previews


def growing(count, side, frames=None):
    """Patterns in the middle of their ascent, each of one grey."""
    values = np.linspace(0, 1, count, dtype=np.float32)
    images = np.broadcast_to(values[:, None, None, None], (count, side, side, 3)).copy()
    names = tuple(map(str, range(count)))
    return Patterns(images, names, values, values, values[None], "best", 0, frames)


@pytest.mark.parametrize(("count", "side"), [(512, 96), (2048, 64), (1, 1024), (57, 96)])
def test_a_preview_has_few_pixels(count, side):
    """At most 2**19 in all, near that, and each pattern keeps its mean; nothing else changes."""
    patterns = growing(count, side, np.zeros((2, count, 1, 1, 3), np.uint8))
    preview = small(patterns)
    assert preview.images.dtype == np.float32
    pixels = preview.images[..., 0].size
    assert MOST_PIXELS / 2 < pixels <= MOST_PIXELS
    assert np.allclose(preview.images.mean((1, 2, 3)), patterns.reached, atol=1e-6)
    assert preview.frames is None
    assert preview.names == patterns.names


def test_few_patterns_stay_as_they_are():
    """What is small enough is not touched, and the argument never is."""
    patterns = growing(16, 96)
    assert np.array_equal(small(patterns).images, patterns.images)


def test_every_step_is_told_and_few_previews_are_made(monkeypatch):
    """One at once, the next after a rest; False comes back to the ascent."""
    clock, steps = [0.0], []
    monkeypatch.setattr(pattern_previews.time, "monotonic", lambda: clock[0])

    def on_step(step, total, preview):
        steps.append((step, total, preview is not None))
        return step < 4

    watched = with_small_previews(on_step)
    going = []
    for step, now in enumerate((0.0, 0.1, 0.2, 0.3, 0.4), 1):
        clock[0] = now
        going.append(watched(step, 5, growing(2, 8)))
    assert steps == [(1, 5, True), (2, 5, False), (3, 5, False), (4, 5, True), (5, 5, False)]
    assert going == [True, True, True, False, False]
