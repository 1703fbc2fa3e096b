"""JSON that overflows, contradicts itself or is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def hostile_json() -> Iterator[tuple[str, bytes, str]]:
    """Name, content and a part of the sentence, of JSON that must be refused."""
    yield "nothing", b"", "breaks off"
    yield "half", b'{"a": [1, 2', "breaks off"
    yield "deep lists", b"[" * 1_500_000, "levels deep"
    yield "deep dictionaries", b'{"a":' * 500_000, "levels deep"
    yield "many values", b"[" + b"0," * 1_500_000 + b"0]", "values"
    yield "many texts", b'""' * 1_500_000, "values"
    yield "closed too often", b"]" * 1_500_000, "damaged"
    yield "unfinished text", b'"' + b'\\"' * 1_500_000, "text of more than"
    yield "long text", b'["' + b"a" * 100_000 + b'"]', "text of more than"
    yield "digits", b"[" + b"9" * 1_000_000 + b"]", "64 bits"
    yield "digits with a point", b"[1." + b"9" * 1_000_000 + b"]", "infinite"
    yield "large", b"[9223372036854775808]", "64 bits"
    yield "infinite", b"[Infinity]", "infinite"
    yield "beyond infinite", b"[1e999]", "infinite"
    yield "no number", b"[NaN]", "infinite or none"
    yield "twice", b'{"class_name": "Dense", "class_name": "Lambda"}', "under one name"
    yield "half a character", b'["\\ud800"]', "no text"
    yield "no text", b'["\xff"]', "no text"
    yield "too long", b" " * (17 * 2**20), "more than 16 MiB"
