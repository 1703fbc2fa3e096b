"""Kinds of protobuf files, which have no magic bytes: told apart by their outermost fields."""

from __future__ import annotations

from cnnviz_core.model_files.container import foreign_formats as foreign

_MAX_FIELDS = 32
_BYTES = 2


def protobuf_sentence(content: bytes) -> str | None:
    """What a file is if it is the protobuf of a known kind of model; None otherwise."""
    fields = _outer_fields(content)
    if not fields:
        return None
    kinds = {number: wire for number, wire, _ in fields}
    first, _, start = fields[0]
    if first == 1 and kinds[1] == 0:
        if any(200 <= number < 3000 for number in kinds):
            return foreign.CORE_ML
        if kinds.get(7) == _BYTES or kinds.get(8) == _BYTES:
            return foreign.ONNX
        if set(kinds) == {1, 2} and kinds[2] == _BYTES:
            return foreign.SAVED_MODEL
    if first == 1 and kinds[1] == _BYTES and set(kinds) <= {1, 2, 3, 4}:
        if b"_tf_keras" in content[:4096]:
            return foreign.SAVED_MODEL
        if content[start : start + 1] == b"\x0a" and b"\x12" in content[start : start + 256]:
            return foreign.FROZEN_GRAPH
    return None


def _outer_fields(content: bytes) -> list[tuple[int, int, int]]:
    """Number, wire type and place of the value of the first fields; empty where there are none."""
    fields: list[tuple[int, int, int]] = []
    place = 0
    while place < len(content) and len(fields) < _MAX_FIELDS:
        key, place = _varint(content, place)
        number, wire = key >> 3, key & 7
        fields.append((number, wire, place))
        if wire == 0:
            _, place = _varint(content, place)
        elif wire == _BYTES:
            size, place = _varint(content, place)
            fields[-1] = (number, wire, place)
            place += size
        else:
            place += {1: 8, 5: 4}.get(wire, len(content) + 1)
        if not number or place > len(content):
            return []
    return fields


def _varint(content: bytes, place: int) -> tuple[int, int]:
    """An integer of up to 64 bits, and where the next byte is; beyond the end where it is none."""
    value = 0
    for shift, byte in enumerate(content[place : place + 10]):
        value |= (byte & 0x7F) << (7 * shift)
        if byte < 0x80:
            return value, place + shift + 1
    return 0, len(content) + 1
