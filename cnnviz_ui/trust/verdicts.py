"""What the numbers of a check say, in words: rules that are stated here and never say more.

*Places.* A map leads by how much less of the score is kept as pixels go in its order than in that
of the same map elsewhere (`PlacementCheck.lead`), as a share of what there is to lose. From `MUCH`
on the place counts; from `SOME` on it counts a little; below, it does not. Nearness to the centre
and edges, which need no network, are beaten from `SOME` on. Where a score loses less than
`TOO_LITTLE` when the whole photo is gone, nothing is said.

*Learning.* The middle of a map's rank correlations with itself, as layers are made random, decides:
above `SURVIVES` most of the map stays, above `FALLS` part of it. A map that draws random numbers is
also drawn again on the untouched network: unless that is more alike by `CLEARER`, it is not said
that a map falls apart.

*Samples.* Drawn again, a map is steady from `STEADY` on. A sum that misses the score by more than
`MISSED` of its change needs more steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from cnnviz_core.targets import Contrast
from cnnviz_ui.frame.text import count, percent

if TYPE_CHECKING:
    from cnnviz_core.maps.results import Attribution
    from cnnviz_core.targets import Target
    from cnnviz_core.trust.results import PlacementCheck, SanityCheck

MUCH, SOME = 0.10, 0.03
TOO_LITTLE = 0.10
SURVIVES, FALLS = 0.5, 0.25
SAME = 0.99
"""Rank correlation above which a map is said to be the same."""
CLEARER = 0.1
STEADY = 0.9
MISSED = 0.05
BLIND = ("the middle of the photo", "the photo's edges")
"""Baselines of a `PlacementCheck`, in its order."""
KNOWN = {
    "Guided backpropagation": "Guided backpropagation is known to survive (arXiv:1810.03292).",
    "Eigen-CAM": "Eigen-CAM never asks for the class.",
}
"""What is to be expected of some methods, whatever the network."""
DRAWS = {"num_samples": "sample", "num_masks": "mask"}
"""What is drawn at random, by the name of its number."""
SUM = ("completeness_error", "score_change")
"""By how much a sum misses, and what it should come to."""


class Outcome(StrEnum):
    """What a check says of a map, in a word."""

    PASSES = "passes"
    IN_PART = "in part"
    FAILS = "fails"
    OPEN = "cannot be told"


@dataclass(frozen=True)
class Verdict:
    """What a check says of a map.

    Attributes:
        outcome: in a word.
        words: in a sentence or two.
    """

    outcome: Outcome
    words: str


def placement(check: PlacementCheck) -> Verdict:
    """Whether a map's places count for the network, on this photo."""
    label = _scored(check.target)
    if not check.loss >= TOO_LITTLE:  # also where scores are no numbers
        first, last = percent(float(check.scores[0])), percent(float(check.scores[-1]))
        return Verdict(
            Outcome.OPEN,
            f"The network gives {label} {first}, and {last} when the whole photo is gone: there is "
            "too little to lose for this check to say anything.",
        )
    taking = f"Taking away what this map marks costs {label}"
    if check.lead <= -SOME:
        return Verdict(
            Outcome.FAILS,
            f"{taking} less than the same shape elsewhere: on this photo other places count more.",
        )
    if check.lead < SOME:
        return Verdict(
            Outcome.FAILS,
            f"{taking} no more than the same shape elsewhere: on this photo it points no better "
            "than at any place.",
        )
    rivals = _unbeaten(check)
    if check.lead < MUCH:
        words = f"{taking} a little more than the same shape elsewhere: a weak sign"
        return Verdict(Outcome.IN_PART, f"{words}{_as_well(rivals)}.")
    if rivals:
        words = f"{taking} much more than the same shape elsewhere"
        return Verdict(Outcome.IN_PART, f"{words}{_as_well(rivals)}.")
    return Verdict(
        Outcome.PASSES,
        f"{taking} much more than the same shape elsewhere: it points at pixels that matter to "
        "this network.",
    )


def placement_numbers(check: PlacementCheck) -> str:
    """What the verdict on places is made from."""
    if not check.loss >= TOO_LITTLE:
        return ""
    own, elsewhere = _share(float(check.kept(check.scores))), check.kept(check.elsewhere)
    centre, edges = (_share(value) for value in check.kept(check.blind))
    return (
        f"Kept on the way, of what there is to lose: {own} in the "
        f"map's order, {_share(elsewhere.mean())} with the map elsewhere "
        f"({_share(elsewhere.min())} to {_share(elsewhere.max())}), {centre} from the middle out, "
        f"{edges} by edges. Much: at least {_share(MUCH)} less; a little: {_share(SOME)}."
    )


def learning(check: SanityCheck, redrawn: float | None = None) -> Verdict:
    """Whether a map depends on what the network has learned; the middle of the way decides.

    Args:
        check: similarities with the first map as layers are made random.
        redrawn: similarity of the map with another draw of itself on the untouched network; None
            for a method that draws nothing.
    """
    middle = float(np.median(check.spearman))
    if not np.isfinite(middle):
        return Verdict(
            Outcome.OPEN, "The maps hold values that are no numbers, so this check says nothing."
        )
    if redrawn is not None and middle <= SURVIVES and redrawn < middle + CLEARER:
        return Verdict(
            Outcome.OPEN,
            f"Drawn again by the untouched network the map is hardly more like itself "
            f"({redrawn:.2f}) than with random layers ({middle:.2f}): from so few samples this "
            "check says nothing.",
        )
    random = f"when the layers are made random (similarity {middle:.2f})"
    if middle > SURVIVES:
        outcome = Outcome.FAILS
        words = f"Most of the map stays {random}: it shows the photo rather than what was learned."
    elif middle > FALLS:
        outcome = Outcome.IN_PART
        words = f"Part of the map stays {random}: that part does not depend on what was learned."
    else:
        outcome = Outcome.PASSES
        words = f"The map falls apart {random}: it depends on the weights, as it must."
    if check.spearman[0] > SAME:
        words = f"{words} A random last layer changes nothing."
    return Verdict(outcome, f"{words} {KNOWN[check.method]}" if check.method in KNOWN else words)


def learning_numbers(check: SanityCheck) -> str:
    """What the verdict on learning is made from."""
    blank = sum(not np.ptp(values) for values in check.maps[1:])
    words = (
        f"Similarity: Spearman's rank correlation with the first map; the median of "
        f"{count(len(check.layers), 'look')}, with everything random "
        f"{float(check.spearman[-1]):.2f}. Most: above {SURVIVES}; part: above {FALLS}."
    )
    if blank:
        words = f"{words} {count(blank, 'map is', 'maps are')} blank, which counts as 0."
    return words


def samples(found: Attribution, redrawn: float | None = None) -> Verdict | None:
    """What is to be known of a map that is drawn at random, or summed up; None of all others.

    Args:
        found: the map.
        redrawn: its similarity with another draw of itself; None for a method that draws nothing.
    """
    if redrawn is not None:
        again = f"From {_drawn(found)}. Drawn again it is {redrawn:.2f} like itself"
        if redrawn >= STEADY:
            return Verdict(Outcome.PASSES, f"{again}: steady.")
        return Verdict(Outcome.IN_PART, f"{again}: part of it is chance. More samples steady it.")
    missed, change = (abs(found.measures.get(name, 0.0)) for name in SUM)
    if missed > MISSED * change:
        share = percent(missed / change) if change else "all of it"
        return Verdict(
            Outcome.IN_PART,
            f"The map's sum misses the change of the score by {share}: more steps bring it closer.",
        )
    return None


def _drawn(found: Attribution) -> str:
    """How many random numbers a map is from, in words."""
    names = [name for name in DRAWS if name in found.options]
    return count(found.options[names[0]], DRAWS[names[0]]) if names else "random samples"


def _scored(target: Target | Contrast) -> str:
    """What a score is of, as part of a sentence."""
    if not isinstance(target, Contrast):
        return target.label
    first, second = (getattr(one, "label", one) for one in (target.first, target.second))
    return f"the lead of {first} over {second}"


def _unbeaten(check: PlacementCheck) -> list[str]:
    """Baselines by which as much is lost as by the map, or nearly."""
    own = float(check.kept(check.scores))
    kept = check.kept(check.blind)
    return [name for name, other in zip(BLIND, kept, strict=True) if other - own < SOME]


def _as_well(rivals: list[str]) -> str:
    if not rivals:
        return ""
    does = "does" if rivals == [BLIND[0]] else "do"
    return f", but {' and '.join(rivals)} {does} as well, for which no network is asked"


def _share(value: float) -> str:
    return f"{100 * float(value):.0f}\u00a0%"
