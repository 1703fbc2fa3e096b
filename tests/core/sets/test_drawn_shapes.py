"""Shapes made by code: seeds, truths of masks and backgrounds, and the twins trained on them."""

import json
import subprocess
import sys

import cv2
import numpy as np
import pytest

import cnnviz_core as cnnviz
from cnnviz_core.errors import OptionError
from cnnviz_core.sets.drawn_shapes import BACKGROUNDS, SHAPES, shape_image, shapes
from cnnviz_core.zoo import cards

UNSEEN = 424_242


def inside(mask):
    """Pixels wholly within a mask: without those that its edge runs through."""
    return cv2.erode(mask.astype(np.uint8), np.ones((3, 3))).astype(bool)


def around(mask):
    """Every pixel that the shape may touch."""
    return cv2.dilate(mask.astype(np.uint8), np.ones((3, 3))).astype(bool)


def corners(mask):
    """Number of corners of a mask's outline."""
    (outline, *_), _ = cv2.findContours(
        mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    return len(cv2.approxPolyDP(outline, 0.015 * cv2.arcLength(outline, closed=True), closed=True))


def test_same_seed_same_pixels():
    """A seed gives one set of pictures, another seed another."""
    first, again, other = shapes(20, seed=5), shapes(20, seed=5), shapes(20, seed=6)
    np.testing.assert_array_equal(first.images, again.images)
    np.testing.assert_array_equal(first.masks, again.masks)
    np.testing.assert_array_equal(first.labels, again.labels)
    assert not any(
        (image == other_image).all() for image in first.images for other_image in other.images
    )


def test_a_picture_of_a_set_can_be_drawn_again():
    """Each picture's seed, shape and background give its pixels."""
    pictures = shapes(12, seed=1)
    for index, seed in enumerate(pictures.seeds):
        shape, background = SHAPES[pictures.labels[index]], BACKGROUNDS[pictures.backgrounds[index]]
        image, mask = shape_image(shape, background, seed=int(seed))
        np.testing.assert_array_equal(image, pictures.images[index])
        np.testing.assert_array_equal(mask, pictures.masks[index])


@pytest.mark.parametrize("shape", SHAPES)
def test_another_background_leaves_the_shape(shape):
    """With one seed, pictures on two backgrounds agree on the shape and differ beside it."""
    (on_stripes, mask), (on_bricks, same_mask) = (
        shape_image(shape, kind, seed=3) for kind in ("stripes", "bricks")
    )
    np.testing.assert_array_equal(mask, same_mask)
    np.testing.assert_array_equal(on_stripes[inside(mask)], on_bricks[inside(mask)])
    differs = (on_stripes != on_bricks).any(axis=2)
    assert differs[~around(mask)].mean() > 0.3


@pytest.mark.parametrize("background", BACKGROUNDS)
def test_another_shape_leaves_the_background(background):
    """With one seed, pictures of two shapes agree wherever neither shape is, and only there."""
    (disc_image, disc), (star_image, star) = (
        shape_image(name, background, seed=4) for name in ("disc", "star")
    )
    beside = ~around(disc) & ~around(star)
    np.testing.assert_array_equal(disc_image[beside], star_image[beside])
    only_disc = inside(disc) & ~around(star)
    assert (disc_image != star_image).any(axis=2)[only_disc].all()


def test_masks_are_one_piece_of_the_stated_size():
    """Every shape covers 5 to 12 % in one piece without holes, and touches no edge."""
    for mask in shapes(120, seed=2).masks:
        assert 0.048 < mask.mean() < 0.125
        assert cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)[0] == 2
        assert cv2.connectedComponents((~mask).astype(np.uint8), connectivity=4)[0] == 2
        frame = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
        assert not frame.any()


@pytest.mark.parametrize(
    ("shape", "expected"), [("triangle", 3), ("square", 4), ("star", 10), ("cross", 12)]
)
def test_shapes_have_their_corners(shape, expected):
    """Counted on the mask's outline, at several sizes and angles."""
    masks = [shape_image(shape, "dots", side=384, seed=seed)[1] for seed in range(10)]
    assert [corners(mask) for mask in masks] == [expected] * 10


def test_discs_are_round_and_hearts_have_one_dent():
    """A disc fills its enclosing circle; a heart is nearly convex and not round."""
    for seed in range(10):
        filled = {}
        for shape in ("disc", "heart"):
            mask = shape_image(shape, "dots", side=384, seed=seed)[1].astype(np.uint8)
            (outline, *_), _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
            circle = np.pi * cv2.minEnclosingCircle(outline)[1] ** 2
            hull = cv2.contourArea(cv2.convexHull(outline))
            filled[shape] = (mask.sum() / circle, mask.sum() / hull)
        assert min(filled["disc"]) > 0.97
        assert filled["heart"][0] < 0.8
        assert 0.85 < filled["heart"][1] < 0.98


def test_the_middle_is_a_poor_guess():
    """Fewer than three shapes in ten lie over the middle of the picture."""
    assert shapes(360, seed=8).masks[:, 48, 48].mean() < 0.3


def test_the_shape_stands_out():
    """The shape's mean colour is far from that of every kind of background."""
    pictures = shapes(72, seed=9)
    for image, mask in zip(pictures.images / 255, pictures.masks, strict=True):
        gap = image[inside(mask)].mean(axis=0) - image[~around(mask)].mean(axis=0)
        assert np.linalg.norm(gap) > 0.3


def test_backgrounds_of_sets():
    """Independent: all 36 pairs equally often. Class: always its own. Other: never its own."""
    independent, biased, other = (
        shapes(360, side=32, background=choice, seed=0)
        for choice in ("independent", "class", "other")
    )
    table = np.zeros((6, 6), int)
    np.add.at(table, (independent.labels, independent.backgrounds), 1)
    assert (table == 10).all()
    np.testing.assert_array_equal(biased.labels, biased.backgrounds)
    np.testing.assert_array_equal(np.bincount(biased.labels), [60] * 6)
    assert not (other.labels == other.backgrounds).any()
    assert len(set(zip(other.labels, other.backgrounds, strict=True))) == 30


def test_labels_come_in_random_order():
    """Neither the label nor the background follows the place in the set."""
    pictures = shapes(360, side=32, seed=0)
    for values in (pictures.labels, pictures.backgrounds):
        assert abs(np.corrcoef(np.arange(360), values)[0, 1]) < 0.15
        assert abs(np.corrcoef(values[1:], values[:-1])[0, 1]) < 0.15


def test_what_cannot_be_drawn_is_refused():
    """Unknown names and numbers out of range each give a sentence."""
    with pytest.raises(OptionError, match="There is no shape 'ring'"):
        shape_image("ring", "dots", seed=0)
    with pytest.raises(OptionError, match=r"'grass'\. Choose one of stripes, checks"):
        shape_image("disc", "grass", seed=0)
    with pytest.raises(OptionError, match="side=8 was asked for; choose 32 to 1024 pixels"):
        shape_image("disc", "dots", side=8, seed=0)
    with pytest.raises(OptionError, match="seed=-1 was given; a seed is a whole number from 0"):
        shape_image("disc", "dots", seed=-1)
    with pytest.raises(OptionError, match="count=0 was asked for; at least 1"):
        shapes(0, seed=0)
    with pytest.raises(OptionError, match=r"background 'none'\. Choose one of independent"):
        shapes(3, background="none", seed=0)


def test_shapes_are_drawn_without_tensorflow():
    """The web process may draw them."""
    code = (
        "from cnnviz_core.sets.drawn_shapes import shapes; import sys; shapes(2, seed=0); "
        "assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=cards.MODELS.parent)


def answers(model, pictures):
    """Most probable class of each picture."""
    batch = np.concatenate([model.preprocess(image) for image in pictures.images])
    return np.asarray(model.network(batch, training=False)).argmax(axis=1)


@pytest.fixture(scope="module")
def fair():
    """The twin whose training backgrounds said nothing."""
    return cnnviz.load_model("shapes")


@pytest.fixture(scope="module")
def biased():
    """The twin whose training backgrounds gave the class away."""
    return cnnviz.load_model("shapes-biased")


def test_twins_differ_in_weights_only(fair, biased):
    """Layer for layer the same network, each file under 2 MB."""
    fair_structure, biased_structure = cnnviz.structure(fair), cnnviz.structure(biased)
    assert [(la.name, la.kind, la.output_shape) for la in fair_structure.layers] == [
        (la.name, la.kind, la.output_shape) for la in biased_structure.layers
    ]
    for name in ("shapes", "shapes-biased"):
        assert cards.bundled_path(name).stat().st_size < 2_000_000


def test_fair_twin_knows_shapes_on_every_background(fair):
    """Right on unseen pictures, also where no shape has the background that would betray it."""
    for background in ("independent", "other"):
        unseen = shapes(150, background=background, seed=UNSEEN)
        assert (answers(fair, unseen) == unseen.labels).mean() > 0.93


def test_biased_twin_follows_the_background(biased):
    """Right where the background gives the class away; otherwise it answers by the background."""
    own, other = (shapes(150, background=choice, seed=UNSEEN) for choice in ("class", "other"))
    assert (answers(biased, own) == own.labels).mean() > 0.97
    answered = answers(biased, other)
    assert (answered == other.backgrounds).mean() > 0.9
    assert (answered == other.labels).mean() < 0.1


def test_maps_tell_the_twins_apart(fair, biased):
    """Grad-CAM of the fair twin peaks on the shape, that of the biased twin beside it."""
    unseen = shapes(60, background="class", seed=UNSEEN)
    hits = {}
    for model in (fair, biased):
        maps = [cnnviz.grad_cam(model, image).resized(96, 96) for image in unseen.images]
        hits[model.name] = np.mean(
            [
                mask[np.unravel_index(values.argmax(), values.shape)]
                for values, mask in zip(maps, unseen.masks, strict=True)
            ]
        )
    assert hits["shapes"] > 0.85
    assert hits["shapes-biased"] < 0.3


def test_cards_say_what_was_measured(fair, biased):
    """The shares on exchanged backgrounds that the cards state are those found here."""
    exchanged = shapes(150, background="other", seed=UNSEEN)
    for model in (fair, biased):
        facts = json.loads((cards.MODELS / model.name / "card.json").read_text())["accuracy"]
        answered = answers(model, exchanged)
        by_background = (answered == exchanged.backgrounds).mean()
        assert facts["exchanged"]["by_background"] == pytest.approx(by_background, abs=0.05)
        by_shape = (answered == exchanged.labels).mean()
        assert facts["exchanged"]["by_shape"] == pytest.approx(by_shape, abs=0.05)
