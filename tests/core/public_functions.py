"""The public functions as tests walk them: their parameters, and what their docstrings say."""

import inspect
import re

import cnnviz_core as cnnviz

FUNCTIONS = {
    name: function
    for name in cnnviz.__all__
    if callable(function := getattr(cnnviz, name)) and not isinstance(function, type)
}
HEAD = re.compile(r"(Args|Returns|Raises)((?:, (?:returns|errors))*):(.*)")
SECTIONS = {"returns": "Returns", "errors": "Raises"}


def parameters(name):
    """Parameters of a public function by name."""
    return inspect.signature(FUNCTIONS[name]).parameters


def by_place(name):
    """The parameters that may be given by their place, in order."""
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    return [parameter for parameter in parameters(name).values() if parameter.kind is kind]


def options(name):
    """Names of the parameters that are given by name alone, in order."""
    kind = inspect.Parameter.KEYWORD_ONLY
    return [parameter.name for parameter in parameters(name).values() if parameter.kind is kind]


def documented(name):
    """What the docstring of a public function says of its arguments, its result and its errors.

    "Args, errors: as for `grad_cam`" takes them from there.

    Returns:
        "Args" and "Raises", each text by name; "Returns", a text; "own", names of the arguments
        that this docstring itself explains.
    """
    texts = {"Args": {}, "Returns": "", "Raises": {}, "own": set()}
    section, entries = None, []
    for line in inspect.getdoc(FUNCTIONS[name]).splitlines():
        if head := HEAD.fullmatch(line):
            section, others, rest = head.groups()
            if other := re.search(r"as for `(\w+)`", rest):
                other_texts = documented(other[1])
                titles = [section, *(SECTIONS[word] for word in re.findall(r"\w+", others))]
                texts |= {title: other_texts[title] for title in titles}
        elif line and not line.startswith(" "):
            section = None
        elif section == "Returns":
            texts[section] += f"{line.strip()} "
        elif section and (entry := re.match(r" {4}(\w+(?:, \w+)*): (.*)", line)):
            entries = entry[1].split(", ")
            texts[section] = texts[section] | dict.fromkeys(entries, entry[2])
            texts["own"] |= {*entries} if section == "Args" else set()
        elif section and line:
            for entry_name in entries:
                texts[section][entry_name] += f" {line.strip()}"
    return texts
