"""Every kind of layer that a model file may hold."""

from cnnviz_core.model_files.allowed.rules import (
    activation,
    applications,
    attention,
    convolution,
    core,
    cutting,
    merging,
    moving,
    normalization,
    operations,
    pooling,
    preprocessing,
    recurrent,
    regularization,
    reshaping,
    wrapping,
)
from cnnviz_core.model_files.allowed.rules.rule import Rule

RULES: dict[str, Rule] = {
    **core.RULES,
    **convolution.RULES,
    **pooling.RULES,
    **normalization.RULES,
    **activation.RULES,
    **merging.RULES,
    **reshaping.RULES,
    **regularization.RULES,
    **preprocessing.RULES,
    **applications.RULES,
    **attention.RULES,
    **recurrent.RULES,
    **operations.RULES,
    **moving.RULES,
    **cutting.RULES,
    **wrapping.RULES,
}
"""By kind."""


def find(module: str, class_name: str) -> Rule | None:
    """The rule for a class as a file names it; None where nothing of that name is allowed."""
    candidates = _BY_NAME.get(class_name, ())
    return next((rule for rule in candidates if _fits(rule, module)), None)


def _fits(rule: Rule, module: str) -> bool:
    return module == rule.module or module.startswith(rule.prefix)


_BY_NAME: dict[str, list[Rule]] = {}
for _rule in RULES.values():
    _BY_NAME.setdefault(_rule.class_name, []).append(_rule)
