"""What is said of a map, at the borders of the rules that decide it."""

from dataclasses import replace

import numpy as np
import pytest

from cnnviz_core.maps.results import Attribution
from cnnviz_core.targets import Contrast, Target
from cnnviz_core.trust.results import PlacementCheck, SanityCheck
from cnnviz_ui.trust import verdicts
from cnnviz_ui.trust.verdicts import Outcome

ROSE, TULIP = Target(0, "rose"), Target(1, "tulip")


def falling(kept, first=0.9, last=0.0):
    """Scores of which this share of the loss is kept: all at first, then nothing."""
    way = np.linspace(0, 1, 101, dtype=np.float32)
    held = np.clip((kept - way) / 0.01 + 0.5, 0, 1)
    held[0], held[-1] = 1, 0
    return np.asarray(last + (first - last) * held, np.float32)


def placed(kept, elsewhere, centre=0.9, edges=0.9, target=ROSE, **ends):
    """A check in which the map keeps so much, and what it is held against so much."""
    return PlacementCheck(
        fractions=np.linspace(0, 1, 101, dtype=np.float32),
        scores=falling(kept, **ends),
        elsewhere=np.stack([falling(elsewhere, **ends)] * 8),
        blind=np.stack([falling(centre, **ends), falling(edges, **ends)]),
        method="Mine",
        fill="black",
        target=target,
    )


def randomized(*spearman, method="Grad-CAM", maps=None):
    """Similarities with the first map, from the last layer to the first."""
    values = np.array(spearman, np.float32)
    if maps is None:
        maps = np.tile(np.eye(4, dtype=np.float32), (len(values) + 1, 1, 1))
    layers = tuple(f"layer {number}" for number in range(len(values)))
    return SanityCheck(method, ROSE, None, layers, values, values, maps, False, "logit", 0)


def found(options=None, measures=None):
    """A map that ran with some options."""
    values = np.eye(4, dtype=np.float32)
    return Attribution(
        values,
        False,
        ROSE,
        None,
        "Mine",
        "logit",
        1.0,
        0.5,
        options=options or {},
        measures=measures or {},
    )


def test_the_curves_of_these_tests_keep_what_they_say():
    """The falling edge lies where it should."""
    check = placed(0.3, 0.6)
    assert check.kept(check.scores) == pytest.approx(0.3, abs=0.006)
    assert check.lead == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize(
    ("lead", "outcome", "words"),
    [
        (0.20, Outcome.PASSES, "much more than the same shape elsewhere: it points at pixels"),
        (0.11, Outcome.PASSES, "much more"),
        (0.09, Outcome.IN_PART, "a little more than the same shape elsewhere: a weak sign."),
        (0.04, Outcome.IN_PART, "a little more"),
        (0.02, Outcome.FAILS, "no more than the same shape elsewhere"),
        (-0.02, Outcome.FAILS, "no more than the same shape elsewhere"),
        (-0.04, Outcome.FAILS, "less than the same shape elsewhere: on this photo other places"),
    ],
)
def test_places_are_judged_by_their_lead_over_the_map_elsewhere(lead, outcome, words):
    """Ten percent of what there is to lose is much, three is a little, below that is nothing."""
    verdict = verdicts.placement(placed(0.5, 0.5 + lead))
    assert verdict.outcome == outcome
    assert words in verdict.words
    assert "costs rose" in verdict.words


@pytest.mark.parametrize(
    ("centre", "edges", "rivals"),
    [
        (0.51, 0.9, "the middle of the photo does as well"),
        (0.9, 0.40, "the photo's edges do as well"),
        (0.3, 0.52, "the middle of the photo and the photo's edges do as well"),
    ],
)
def test_what_needs_no_network_is_named_where_it_does_as_well(centre, edges, rivals):
    """A lead over other places alone does not pass; three percent over a rival do."""
    verdict = verdicts.placement(placed(0.5, 0.8, centre, edges))
    assert verdict.outcome == Outcome.IN_PART
    assert rivals in verdict.words
    assert verdicts.placement(placed(0.5, 0.8, 0.54, 0.54)).outcome == Outcome.PASSES


@pytest.mark.parametrize(("first", "told"), [(0.105, True), (0.095, False)])
def test_nothing_is_said_where_there_is_nothing_to_lose(first, told):
    """A class with a probability of a few percent cannot fall far, whatever the map."""
    verdict = verdicts.placement(placed(0.1, 0.9, first=first))
    assert (verdict.outcome == Outcome.OPEN) != told
    assert ("too little to lose" in verdict.words) != told
    assert bool(verdicts.placement_numbers(placed(0.1, 0.9, first=first))) == told


def test_a_score_that_rises_is_nothing_to_lose():
    """Some networks are surer of a class of a grey picture than of the photo."""
    assert verdicts.placement(placed(0.1, 0.9, first=0.2, last=0.9)).outcome == Outcome.OPEN


def test_a_contrast_is_a_lead_of_one_class_over_the_other():
    """Two classes have no one probability."""
    words = verdicts.placement(placed(0.3, 0.6, target=Contrast(ROSE, TULIP))).words
    assert "costs the lead of rose over tulip much more" in words


def test_the_numbers_behind_a_verdict_are_told():
    """Map, map elsewhere with its range, and both baselines."""
    words = verdicts.placement_numbers(placed(0.3, 0.6, 0.7, 0.8)).replace("\u00a0", " ")
    for number in ("30 % in the map's order", "60 % with the map elsewhere", "70 %", "80 %"):
        assert number in words


@pytest.mark.parametrize(
    ("middle", "outcome", "words"),
    [
        (0.9, Outcome.FAILS, "Most of the map stays"),
        (0.51, Outcome.FAILS, "Most of the map stays"),
        (0.49, Outcome.IN_PART, "Part of the map stays"),
        (0.26, Outcome.IN_PART, "Part of the map stays"),
        (0.24, Outcome.PASSES, "The map falls apart"),
        (-0.6, Outcome.PASSES, "The map falls apart"),
    ],
)
def test_the_middle_of_the_way_decides_what_stays(middle, outcome, words):
    """Half of the looks lie above it, half below."""
    verdict = verdicts.learning(randomized(0.95, middle, -0.9))
    assert verdict.outcome == outcome
    assert words in verdict.words
    assert f"(similarity {middle:.2f})" in verdict.words


@pytest.mark.parametrize(
    ("middle", "redrawn", "outcome"),
    [
        (0.2, 0.29, Outcome.OPEN),
        (0.2, 0.31, Outcome.PASSES),
        (0.4, 0.45, Outcome.OPEN),
        (0.4, 0.95, Outcome.IN_PART),
        (0.8, 0.82, Outcome.FAILS),
    ],
)
def test_a_map_that_is_chance_is_not_said_to_fall_apart(middle, redrawn, outcome):
    """What another draw changes as much as random layers do says nothing of the layers."""
    verdict = verdicts.learning(randomized(middle, middle, middle), redrawn)
    assert verdict.outcome == outcome
    assert ("says nothing" in verdict.words) == (outcome == Outcome.OPEN)


def test_maps_that_are_no_numbers_leave_the_question_open():
    """No comparison with them is true, so none may decide."""
    assert verdicts.learning(randomized(np.nan, np.nan, np.nan)).outcome == Outcome.OPEN


def test_what_is_known_of_a_method_is_added():
    """Guided backpropagation is known for it; a head that changes nothing is told."""
    guided = verdicts.learning(randomized(0.9, 0.9, method="Guided backpropagation"))
    assert guided.words.endswith("is known to survive (arXiv:1810.03292).")
    assert "random last layer changes nothing" in verdicts.learning(randomized(1.0, 0.1, 0.0)).words
    assert "random last layer" not in verdicts.learning(randomized(0.98, 0.1, 0.0)).words


def test_blank_maps_are_counted():
    """A random network's Grad-CAM is often blank, which is like nothing."""
    maps = np.zeros((4, 2, 2), np.float32)
    maps[0, 0, 0] = maps[2, 1, 1] = 1
    assert "2 maps are blank" in verdicts.learning_numbers(randomized(0, 0.1, 0, maps=maps))
    assert "blank" not in verdicts.learning_numbers(randomized(0.1, 0.2))


@pytest.mark.parametrize(
    ("redrawn", "outcome", "words"),
    [
        (0.91, Outcome.PASSES, "From 50 samples. Drawn again it is 0.91 like itself: steady."),
        (0.89, Outcome.IN_PART, "part of it is chance"),
    ],
)
def test_samples_are_told_and_judged_by_another_draw(redrawn, outcome, words):
    """A map from few samples says so."""
    verdict = verdicts.samples(found(options={"num_samples": 50}), redrawn)
    assert verdict.outcome == outcome
    assert words in verdict.words


def test_a_sum_that_misses_the_score_needs_more_steps():
    """Five percent of the score's change is where it is told."""
    misses = {"completeness_error": -0.6, "score_change": 10.0}
    verdict = verdicts.samples(found(measures=misses))
    assert verdict.outcome == Outcome.IN_PART
    assert "by 6.0\u00a0%" in verdict.words
    assert verdicts.samples(found(measures=misses | {"completeness_error": 0.4})) is None
    assert verdicts.samples(found()) is None


def test_a_verdict_is_a_sentence_without_nan():
    """Flat curves and one look are no reason for a number that is none."""
    flat = replace(placed(0.5, 0.5), scores=np.full(101, 0.9, np.float32))
    for verdict in (verdicts.placement(flat), verdicts.learning(randomized(0.0))):
        assert "nan" not in verdict.words
        assert verdict.words.endswith(".")


def test_scores_that_are_no_numbers_say_nothing():
    """A network of one's own may answer with none; its map does not pass for that."""
    broken = replace(placed(0.2, 0.6), scores=np.full(101, np.nan, np.float32))
    assert verdicts.placement(broken).outcome is Outcome.OPEN
    assert verdicts.placement_numbers(broken) == ""
