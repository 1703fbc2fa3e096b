"""Labels to choose from: no two alike, whatever they are."""

import pytest

from cnnviz_ui.frame.text import distinct


@pytest.mark.parametrize(
    "labels", [["a", "b"], ["a", "a"], ["a (1)", "a", "a"], ["a", "a", "a (0)", "a (0) (0)"]]
)
def test_no_two_labels_are_alike(labels):
    """Else a choice would fall on another class; what nobody shares stays as it is."""
    named = distinct(labels)
    assert len(set(named)) == len(labels)
    assert all(
        name == label for name, label in zip(named, labels, strict=True) if labels.count(label) == 1
    )
