"""Made-up patterns of the right shape and kind: waves that grow out of noise, and one dead unit."""

import numpy as np

from cnnviz_core.maximization.results import Patterns

SILENT = 5
"""A channel that no picture moves, of every layer."""
NATIVE = 128
STEPS = {"best": 128, "maco": 96, "lecture": 30}
SETTLED = 16
"""Steps before the end at which the images of the best preset settle."""


def patterns(request, labels):
    """An image for each face of each index, its value rising, or falling, step by step."""
    units = [(index, face) for index in request.indices for face in range(request.faces)]
    side = request.size or NATIVE
    seeds = [(request.seed, index, face, sum(map(ord, request.preset))) for index, face in units]
    names = tuple(_name(request, labels, index, face) for index, face in units)
    reached = np.array([2 + 9 * _rng(seed).random() for seed in seeds], np.float32)
    start = np.linspace(0.1, 0.4, len(units), dtype=np.float32)
    silent = [request.layer is not None and index == SILENT for index, _ in units]
    reached[silent] = start[silent]
    rise = np.linspace(0, 1, request.steps or STEPS[request.preset], dtype=np.float32)[:, None]
    history = start + rise * (reached - start)
    if request.preset == "best":
        history[-SETTLED:] = np.nan
    images = [
        _image(seed, side, 0.0 if dead else 1.0) for seed, dead in zip(seeds, silent, strict=True)
    ]
    return Patterns(
        np.stack(images),
        names,
        reached,
        start,
        history,
        request.preset,
        request.seed,
        _frames(request.frames, np.stack([_image(seed, side, 0.0) for seed in seeds]), images),
    )


def dream(request, shape):
    """A photo's size full of waves."""
    height, width = shape
    image = _image((request.seed, request.index or 0), max(shape), 1.0)[:height, :width][None]
    label = request.layer if request.index is None else f"{request.layer}, channel {request.index}"
    history = np.linspace(1, 4, 20, dtype=np.float32)[:, None]
    return Patterns(
        image,
        (label,),
        history[-1],
        history[0],
        history,
        "best",
        request.seed,
        _frames(request.frames, 0 * image, image),
    )


def _name(request, labels, index, face):
    name = labels[index] if request.layer is None else f"{request.layer}, channel {index}"
    if request.against is not None:
        name += f" - {request.against}"
    return f"{name}, face {face + 1}" if request.faces > 1 else name


def _image(seed, side, share):
    """Noise at 0, waves in the colours of the seed at 1."""
    rng = _rng(seed)
    y, x = np.mgrid[0:side, 0:side] / 24
    turn, colours = rng.random(2) * 6, rng.random((2, 3))
    wave = (np.sin(turn[0] * x + turn[1] * y) * np.cos(x - turn[0] * y))[..., None] / 2 + 0.5
    noise = rng.random((side, side, 3)) * 0.2 + 0.4
    return (share * (wave * colours[0] + (1 - wave) * colours[1]) + (1 - share) * noise).astype(
        np.float32
    )


def _frames(amount, first, last):
    if not amount:
        return None
    shares = np.linspace(0, 1, amount)[:, None, None, None, None]
    frames = (1 - shares) * np.asarray(first) + shares * np.asarray(last)
    return np.rint(frames * 255).astype(np.uint8)


def _rng(seed):
    return np.random.default_rng(seed)
