"""Class names in every form in which people have them."""

import json

import pytest

from cnnviz_ui.your_model import class_names


@pytest.mark.parametrize(
    "text",
    [
        "cat\ndog\nbird",
        "  cat \r\n\r\n dog\r\nbird\n",
        "cat, dog,bird",
        "0 cat\n1 dog\n2 bird",
        "0: cat\n1: dog\n2: bird",
        "0,cat\n1,dog\n2,bird",
        "\ufeff0 cat\n1 dog\n2 bird\n",
        '["cat", "dog", "bird"]',
        "['cat', 'dog', 'bird']",
        '{"dog": 1, "cat": 0, "bird": 2}',
        "{'dog': 1, 'cat': 0, 'bird': 2}",
        '{"0": "cat", "2": "bird", "1": "dog"}',
        "{0: 'cat', 1: 'dog', 2: 'bird'}",
        '{"0": ["n01", "cat"], "1": ["n02", "dog"], "2": ["n03", "bird"]}',
    ],
)
def test_every_form_gives_the_names_in_order(text):
    """Lines, commas, numbers before names, lists and dictionaries either way round."""
    assert class_names.parse(text) == ("cat", "dog", "bird")


@pytest.mark.parametrize("text", ["", "  \n ", "\ufeff"])
def test_no_text_gives_no_names(text):
    """Nothing is not one empty name."""
    assert class_names.parse(text) == ()


def test_names_keep_their_own_commas_and_numbers():
    """On several lines a comma is part of a name; numbers that do not count are names."""
    assert class_names.parse("crane, bird\ncrane, machine") == ("crane, bird", "crane, machine")
    assert class_names.parse("7 up\n3 musketeers") == ("7 up", "3 musketeers")


@pytest.mark.parametrize(
    "text",
    [
        '{"cat": 0, "dog": 2}',
        '{"cat": true, "dog": 1e999}',
        '{"cat": NaN}',
        "{" * 50_000,
        "[" * 50_000,
        '{"a": ' * 50_000,
        '{"a": {"b": 1}}',
        "[[1], 2]",
        '{"a": 99999999999999999999}',
        '{"\u0662": 0}',
    ],
)
def test_what_is_no_list_of_names_does_no_harm(text):
    """Numbers with gaps, nested and endless texts are read as lines, and never fail."""
    assert all(isinstance(name, str) and len(name) <= 200 for name in class_names.parse(text))


def test_missing_and_surplus_names_are_counted():
    """The sentence says how many."""
    assert class_names.fit(("cat", "dog"), 2) == ""
    assert class_names.fit(("cat",), 2) == "1 name for 2 classes: 1 is missing."
    assert class_names.fit(("cat",), 4) == "1 name for 4 classes: 3 are missing."
    assert class_names.fit(("cat", "dog", "cow"), 2) == "3 names for 2 classes: 1 too many."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_a_labels_file_is_read_whatever_wrote_it(encoding):
    """Editors of Windows write marks before the text, or another encoding."""
    assert class_names.parse(class_names.decode("Äpfel\nBäume".encode(encoding))) == (
        "Äpfel",
        "Bäume",
    )


def test_signs_that_disorder_a_line_are_dropped():
    """A name is one line of printable signs."""
    name = "cat\u202egnp.exe\u0000"
    assert class_names.parse(json.dumps([name])) == ("catgnp.exe",)
