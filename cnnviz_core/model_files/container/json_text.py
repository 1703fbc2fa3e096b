"""JSON that strangers wrote: its size, depth and count are bounded before Python parses it."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files import limits

_TOKENS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{},]', re.DOTALL)
"""Strings, whole or unfinished so that none is looked at twice, and what gives structure."""
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_MAX_TEXT = 16 * limits.MAX_STRING
"""Of a string as written: room for the code of a Lambda layer, which is refused by name later."""
_MAX_INTEGER = 2**63 - 1
_MAX_DIGITS = 400
"""Of a number as written; 309 stand before the point of the largest float."""


def parse_json(text: bytes, what: str) -> Any:
    """Parse JSON into dictionaries, lists, strings, finite numbers, booleans and None.

    Args:
        text: UTF-8.
        what: what it is, as it reads in a sentence: "the configuration".

    Raises:
        ModelFileError: it is no JSON, names something twice, or is beyond the limits on size,
            depth, count, strings and numbers.
    """
    if len(text) > limits.MAX_CONFIGURATION_BYTES:
        raise _refusal(what, f"has more than {limits.MAX_CONFIGURATION_BYTES // 2**20} MiB")
    _check_structure(text, what)
    try:
        value = json.loads(
            text.decode(),
            object_pairs_hook=_unique,
            parse_int=_integer,
            parse_float=_finite,
            parse_constant=_finite,
        )
        if _SURROGATE.search(text):
            _check_characters(value)
    except UnicodeError as error:
        raise _refusal(what, "holds bytes that are no text") from error
    except json.JSONDecodeError as error:
        raise _refusal(what, f"breaks off or is damaged at character {error.pos}") from error
    except ValueError as error:
        raise _refusal(what, str(error)) from error
    return value


def _refusal(what: str, why: str) -> ModelFileError:
    return ModelFileError(
        f"In this file, {what} {why}: that cannot be read. Save the model again with Keras and "
        "upload that file."
    )


def _check_structure(text: bytes, what: str) -> None:
    """Count brackets, separators and strings before anything is built."""
    depth = values = 0
    for token in _TOKENS.finditer(text):
        start, end = token.span()
        first = text[start]
        if first in b"[{":
            depth += 1
        elif first in b"]}":
            depth -= 1
        elif end - start > _MAX_TEXT:
            raise _refusal(what, f"has a text of more than {_MAX_TEXT} characters")
        values += first not in b"]}"
        if depth > limits.MAX_JSON_DEPTH:
            raise _refusal(what, f"is nested more than {limits.MAX_JSON_DEPTH} levels deep")
        if values > limits.MAX_JSON_VALUES or depth < 0:
            raise _refusal(what, f"has more than {limits.MAX_JSON_VALUES} values or is damaged")


def _check_characters(value: Any) -> None:
    """Raise UnicodeError where a string has half a character (a lone surrogate)."""
    todo = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            item.encode()
        elif isinstance(item, dict):
            todo += item
            todo += item.values()
        elif isinstance(item, list):
            todo += item


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        raise ValueError("says something twice under one name")
    return result


def _integer(digits: str) -> int:
    if len(digits) > len(str(-_MAX_INTEGER)) or abs(int(digits)) > _MAX_INTEGER:
        raise ValueError("has a number of more than 64 bits")
    return int(digits)


def _finite(digits: str) -> float:
    if len(digits) > _MAX_DIGITS or not math.isfinite(float(digits)):
        raise ValueError("has a number that is infinite or none at all")
    return float(digits)
