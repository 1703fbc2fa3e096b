"""Class names as people have them: one a line, a printed dictionary, a labels file."""

from __future__ import annotations

import json
import re
from typing import Any

from cnnviz_ui.frame.text import count

MOST_LETTERS = 2_000_000
MOST_NAMED = 200
"""Letters of one name that are kept."""
_NUMBERED = re.compile(r"\s*(\d{1,6})(?:\s*[:;,.)\t]\s*|\s+)(\S.*)")
_QUOTED = r"(?:\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)')"
_NAME_FIRST = re.compile(rf"{_QUOTED}\s*:\s*(\d{{1,6}})")
_NUMBER_FIRST = re.compile(rf"(\d{{1,6}})\s*:\s*{_QUOTED}")


def parse(text: str) -> tuple[str, ...]:
    """Names in the order of their classes; none where there is no text.

    Read are names one a line or, on a single line, between commas; lines with numbers before them,
    as Teachable Machine writes them; lists and dictionaries of JSON or Python either way round, as
    `class_indices` of Keras prints them.
    """
    text = text[:MOST_LETTERS].lstrip("\ufeff").strip()
    if text[:1] in ("{", "["):
        names = _structured(text)
        if names is not None:
            return _tidy(names)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) == 1:
        lines = [name for name in lines[0].split(",") if name.strip()]
    return _tidy(_without_numbers(lines))


def decode(content: bytes) -> str:
    """The text of a labels file, whatever wrote it."""
    content = content[:MOST_LETTERS]
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def fit(names: tuple[str, ...], classes: int) -> str:
    """How many names are missing or too many, in a sentence; empty where they fit."""
    if len(names) == classes:
        return ""
    counts = f"{count(len(names), 'name')} for {count(classes, 'class', 'classes')}"
    if len(names) < classes:
        missing = classes - len(names)
        return f"{counts}: {missing:,} {'is' if missing == 1 else 'are'} missing."
    return f"{counts}: {len(names) - classes:,} too many."


def _structured(text: str) -> list[str] | None:
    """The names in a list or dictionary; None where it is neither."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return _printed(text)
    if isinstance(document, list):
        return [str(name) for name in document] if not any(map(_nested, document)) else None
    return _ordered({str(key): _last(value) for key, value in document.items()})


def _printed(text: str) -> list[str] | None:
    """The names in what Python prints of a dictionary or list of strings."""
    if text.startswith("["):
        quoted = re.findall(_QUOTED, text)
        return [double or single for double, single in quoted] or None
    by_name = {double or single: number for double, single, number in _NAME_FIRST.findall(text)}
    by_number = {number: double or single for number, double, single in _NUMBER_FIRST.findall(text)}
    return _ordered(by_name or by_number)


def _ordered(pairs: dict[str, Any]) -> list[str] | None:
    """Names by their numbers, which are the keys or the values; None unless they are 0, 1, 2..."""
    for turned in (False, True):
        names = {}
        for key, value in pairs.items():
            number, name = (key, value) if turned else (value, key)
            if str(number).isascii() and str(number).isdigit() and len(str(number)) < 7:
                names[int(number)] = str(name)
        if len(names) == len(pairs) and sorted(names) == list(range(len(pairs))):
            return [names[index] for index in range(len(pairs))]
    return None


def _last(value: Any) -> Any:
    """ImageNet's list gives each class as an identifier and a name."""
    return value[-1] if isinstance(value, list) and value else value


def _nested(value: Any) -> bool:
    return isinstance(value, (list, dict))


def _without_numbers(lines: list[str]) -> list[str]:
    """Lines without the class numbers before them, where each line has its own."""
    matches = [_NUMBERED.fullmatch(line) for line in lines]
    numbers = [int(match[1]) for match in matches if match is not None]
    if not lines or numbers != list(range(len(lines))):
        return lines
    return [match[2] for match in matches if match is not None]


def _tidy(names: list[str]) -> tuple[str, ...]:
    """Each name on one line, without signs that could disorder it."""
    tidy = (" ".join(name.split())[:MOST_NAMED] for name in names)
    return tuple("".join(sign for sign in name if sign.isprintable()) for name in tidy)
