"""A map's curve beside that of the same map elsewhere: by hand, and on a known network."""

import keras
import numpy as np
import pytest
from keras import layers

from cnnviz_core import baseline_map, deletion, grad_cam, placement_check
from cnnviz_core.errors import EmptyMapError
from cnnviz_core.maps.results import Attribution
from cnnviz_core.network.wrapping import wrap
from cnnviz_core.targets import Contrast, Target
from tests.core import networks
from tests.core.replicas import replica_of

SIDE, PARTS = 24, 3
CORNER = 8
"""Rows and columns of the one place that the network of known answer looks at."""


def hot_map(values):
    """An attribution of class 0 around given values."""
    values = np.asarray(values, np.float32)
    return Attribution(values, True, Target(0, "class 0"), None, "Mine", "logit", 1.0, 0.5)


def watching_the_corner():
    """Two classes; the first wants the top left corner bright, and nothing else counts."""
    inputs = keras.Input((SIDE, SIDE, 3))
    network = keras.Model(inputs, layers.Dense(2, activation="softmax")(layers.Flatten()(inputs)))
    kernel = np.zeros((SIDE, SIDE, 3, 2), np.float32)
    kernel[:CORNER, :CORNER, :, 0] = 0.05
    network.layers[-1].set_weights([kernel.reshape(-1, 2), np.array([-6, 0], np.float32)])
    return wrap(network, name="corner", preprocessing="unit")


def on(rows, columns):
    """A map of one hot cell of three by three."""
    values = np.zeros((PARTS, PARTS), np.float32)
    values[rows, columns] = 1
    return hot_map(values.repeat(CORNER, 0).repeat(CORNER, 1))


@replica_of("placement_check")
def test_placement_equals_deletions_of_maps_moved_by_hand(photo):
    """Each value is put where it belongs, one by one; wide and high inputs are cut in thirds."""
    model = wrap(networks.conv_mean_dense(), name="flat", preprocessing="torch")
    order = np.random.default_rng(3).normal(size=(32, 32)).astype(np.float32)
    check = placement_check(model, photo, hot_map(order), target=2, steps=5, seed=4)
    curves = []
    for down, right in np.ndindex(PARTS, PARTS):
        moved = np.empty_like(order)
        for row, column in np.ndindex(32, 32):
            moved[(row + (0, 11, 21)[down]) % 32, (column + (0, 11, 21)[right]) % 32] = order[
                row, column
            ]
        curves.append(deletion(model, photo, hot_map(moved), target=2, steps=5, seed=4).scores)
    np.testing.assert_array_equal(check.scores, curves[0])
    np.testing.assert_array_equal(check.elsewhere, curves[1:])
    blind = [baseline_map(kind, photo, (32, 32)) for kind in ("centre", "edges")]
    expected = [deletion(model, photo, one, target=2, steps=5, seed=4).scores for one in blind]
    np.testing.assert_array_equal(check.blind, expected)
    assert np.ptp(check.elsewhere, axis=0).max() > 0


def test_the_right_place_leads_and_a_wrong_one_does_not():
    """All is lost at once where the network looks, and none until the last where it does not."""
    model, white = watching_the_corner(), np.full((SIDE, SIDE, 3), 255, np.uint8)
    right = placement_check(model, white, on(0, 0), steps=9)
    assert right.loss > 0.3
    assert right.kept(right.scores) < 0.1
    assert right.lead > 0.3
    assert right.target.index == 0
    for place in ((1, 1), (2, 0), (2, 2)):
        wrong = placement_check(model, white, on(*place), steps=9)
        assert wrong.kept(wrong.scores) > 0.4
        assert wrong.lead < 0


def test_places_are_all_there_are():
    """Of a hot cell of nine, every other place is taken once, so the best of them is the right."""
    model, white = watching_the_corner(), np.full((SIDE, SIDE, 3), 255, np.uint8)
    right = placement_check(model, white, on(0, 0), steps=9)
    wrong = placement_check(model, white, on(1, 2), steps=9)
    kept = wrong.kept(wrong.elsewhere)
    assert len(kept) == PARTS**2 - 1
    assert kept.min() == pytest.approx(float(right.kept(right.scores)), abs=0.02)
    assert sorted(kept)[1] > kept.min() + 0.2


def test_what_is_kept_is_a_share_of_the_loss():
    """1 for a score that holds to the end, 0 for one lost at once, a half for a straight way."""
    model = wrap(networks.conv_mean_dense(), name="flat", preprocessing="unit")
    photo = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    check = placement_check(model, photo, hot_map(np.eye(8)), target=1, steps=4)
    first, last = check.scores[0], check.scores[-1]
    straight = first + (last - first) * check.fractions
    assert check.kept(straight) == pytest.approx(0.5, abs=1e-4)
    assert check.kept(np.full_like(straight, first)) == pytest.approx(1, abs=1e-4)
    assert check.kept(np.full_like(straight, last)) == pytest.approx(0, abs=1e-4)
    assert check.lead == pytest.approx(
        float(check.kept(check.elsewhere).mean() - check.kept(check.scores)), abs=1e-5
    )


def test_nothing_to_lose_is_no_fault():
    """A network that answers the same to anything loses nothing, and no number is NaN."""
    model, white = watching_the_corner(), np.full((SIDE, SIDE, 3), 255, np.uint8)
    model.network.layers[-1].set_weights([np.zeros((SIDE * SIDE * 3, 2)), np.zeros(2)])
    check = placement_check(model, white, on(0, 0), steps=3)
    assert (check.loss, check.lead) == (0, 0)


def test_a_map_without_a_place_is_refused(photo):
    """What is the same everywhere is the same map wherever it is moved."""
    model = wrap(networks.conv_mean_dense(), name="flat", preprocessing="unit")
    with pytest.raises(EmptyMapError, match="the same everywhere"):
        placement_check(model, photo, hot_map(np.ones((4, 4))))


def test_the_maps_own_target_is_watched_elsewhere_too(photo):
    """Contrasts stay contrasts, also on the maps that know no class."""
    model = wrap(networks.conv_mean_dense(), name="flat", preprocessing="unit")
    pair = Contrast(2, 1)
    check = placement_check(model, photo, grad_cam(model, photo, pair), steps=3)
    whole = np.concatenate([check.scores[None], check.elsewhere, check.blind])
    np.testing.assert_allclose(whole[:, 0], whole[0, 0], atol=1e-6)
    np.testing.assert_allclose(whole[:, -1], whole[0, -1], atol=1e-6)
    centre = baseline_map("centre", photo, model.input_size)
    expected = deletion(model, photo, centre, target=pair, steps=3).scores
    np.testing.assert_array_equal(check.blind[0], expected)


def test_a_stop_leaves_whole_curves(photo):
    """A curve that was not finished is left out: its area would be another."""
    model = wrap(networks.conv_mean_dense(), name="flat", preprocessing="unit")
    order = hot_map(np.eye(8))
    whole = placement_check(model, photo, order, target=1, steps=40)
    told = []

    def stop(step, total, preview):
        told.append((step, total))
        return step < 3 or preview is not None

    stopped = placement_check(model, photo, order, target=1, steps=40, on_step=stop)
    assert told[-1] == (3, 11)
    np.testing.assert_array_equal(stopped.elsewhere, whole.elsewhere[:2])
    assert stopped.blind.shape[0] == 0
