"""Random changes to training photos: one affine warp, colours, an erased box, two photos mixed."""

import queue
import threading
from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from photos import Photos

FloatArray = NDArray[np.float32]


class Strength(NamedTuple):
    """How far a stage of training changes its photos.

    Attributes:
        side: Height and width of the results in pixels.
        min_area: Smallest part of a photo's area that a crop keeps.
        mix: Probability that a batch is mixed, half the time by mixup, half by cutmix.
    """

    side: int
    min_area: float
    mix: float


def random_warp(
    image: NDArray[np.uint8], strength: Strength, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Crop, stretch, turn and mirror a photo in one affine warp.

    Args:
        image: (height, width, 3), RGB.
        strength: Size of the result and smallest crop.
        rng: Source of the choices.
    """
    height, width = image.shape[:2]
    area = rng.uniform(strength.min_area, 1.0)
    stretch = np.exp(rng.uniform(-0.3, 0.3) / 2)
    part = np.minimum(np.sqrt(area) * np.array([stretch, 1 / stretch]), 1.0)
    size = part * (width, height)
    center = (rng.uniform(-0.5, 0.5, 2) * (1 - part) + 0.5) * (width, height)
    angle = np.deg2rad(rng.uniform(-15, 15)) if rng.random() < 0.7 else 0.0
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    mirror = np.array([1 if rng.random() < 0.5 else -1, 1])
    matrix = turn * (size * mirror / strength.side)
    offset = center - matrix @ np.full(2, strength.side / 2)
    return cv2.warpAffine(
        image,
        np.column_stack([matrix, offset]),
        (strength.side, strength.side),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT_101,
    ).astype(np.uint8, copy=False)


def random_colours(image: NDArray[np.uint8], rng: np.random.Generator) -> FloatArray:
    """Change brightness, contrast, saturation and the balance of red, green and blue.

    Args:
        image: (height, width, 3), RGB, 0 to 255.
        rng: Source of the choices.

    Returns:
        The picture in the network's range, -1 to 1, clipped.
    """
    picture = image.astype(np.float32) / np.float32(127.5) - np.float32(1)
    contrast, saturation = rng.uniform(0.7, 1.3, 2)
    balance = rng.uniform(0.93, 1.07, 3)
    brightness = rng.uniform(-0.2, 0.2)
    grey = np.array([0.299, 0.587, 0.114])
    colours = contrast * (saturation * np.eye(3) + (1 - saturation) * np.outer(grey, np.ones(3)))
    colours *= balance
    changed = picture.reshape(-1, 3) @ colours.astype(np.float32) + np.float32(brightness)
    return np.asarray(np.clip(changed, -1, 1).reshape(image.shape), np.float32)


def erase_box(picture: FloatArray, rng: np.random.Generator) -> None:
    """Overwrite a random box of 3 to 20 percent of the area with one random colour, in place."""
    side = picture.shape[0]
    area, shape = rng.uniform(0.03, 0.2), np.exp(rng.uniform(-0.8, 0.8) / 2)
    height, width = (int(side * np.sqrt(area) * factor) for factor in (shape, 1 / shape))
    top, left = rng.integers(side - height + 1), rng.integers(side - width + 1)
    picture[top : top + height, left : left + width] = rng.uniform(-1, 1, 3)


def mix_batch(images: FloatArray, targets: FloatArray, rng: np.random.Generator) -> None:
    """Mix each photo of a batch with another one, in place: mixup or cutmix, by a coin.

    Args:
        images: (count, side, side, 3).
        targets: (count, classes), probabilities, mixed in the same share.
        rng: Source of the choices.
    """
    order = rng.permutation(len(images))
    side = images.shape[1]
    if rng.random() < 0.5:
        share = rng.beta(0.3, 0.3)
        images[:] = share * images + (1 - share) * images[order]
    else:
        height, width = (np.sqrt(1 - rng.beta(1.0, 1.0)) * side * np.ones(2)).astype(int)
        top, left = rng.integers(side - height + 1), rng.integers(side - width + 1)
        box = (slice(None), slice(top, top + height), slice(left, left + width))
        images[box] = images[order][box]
        share = 1 - height * width / side**2
    targets[:] = share * targets + (1 - share) * targets[order]


def draw_balanced(classes: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw one epoch of photos; a class's share grows with the square root of its size.

    Each class is gone through in full, in shuffled rounds, before a photo comes again.
    """
    sizes = np.bincount(classes)
    shares = np.sqrt(sizes) / np.sqrt(sizes).sum() * len(classes)
    drawn = []
    for index, share in enumerate(shares):
        members = np.flatnonzero(classes == index)
        count = int(share + rng.random())
        rounds = [rng.permutation(members) for _ in range(-(-count // len(members)))]
        drawn.append(np.concatenate([*rounds, members[:0]])[:count])
    return rng.permutation(np.concatenate(drawn))


def batches(
    photos: Photos, strength: Strength, batch_size: int, seed: tuple[int, int]
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Yield one epoch of changed photos and their target probabilities.

    Args:
        photos: Training photos.
        strength: Size and strength of the changes.
        batch_size: Photos in a batch; an incomplete last batch is left out.
        seed: Seed of the run and number of the epoch: an epoch's batches depend on nothing else.
    """
    rng = np.random.default_rng(seed)
    order = draw_balanced(photos.classes, rng)
    one_hot = np.eye(len(photos.labels), dtype=np.float32)
    for start in range(0, len(order) - batch_size + 1, batch_size):
        chosen = order[start : start + batch_size]
        warped = [random_warp(photos.images[index], strength, rng) for index in chosen]
        images = np.stack([random_colours(image, rng) for image in warped])
        for picture in images:
            if rng.random() < 0.25:
                erase_box(picture, rng)
        targets = one_hot[photos.classes[chosen]]
        if rng.random() < strength.mix:
            mix_batch(images, targets, rng)
        yield images, targets


def ahead(
    source: Iterator[tuple[FloatArray, FloatArray]], depth: int = 4
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Yield what `source` yields, made up to `depth` items ahead in a thread."""
    waiting: queue.Queue[tuple[FloatArray, FloatArray] | BaseException | None] = queue.Queue(depth)

    def fill() -> None:
        try:
            for item in source:
                waiting.put(item)
            waiting.put(None)
        except BaseException as error:  # the consumer raises it
            waiting.put(error)

    threading.Thread(target=fill, daemon=True).start()
    while (item := waiting.get()) is not None:
        if isinstance(item, BaseException):
            raise item
        yield item
