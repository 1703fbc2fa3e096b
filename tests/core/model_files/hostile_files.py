"""Makers of model files: small valid ones, and ones that mislead, overflow or reach outside."""

from __future__ import annotations

import io
import json
import re
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from tests.core.model_files.hostile_json import hostile_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CONFIGURATION: dict[str, Any] = {"class_name": "Sequential", "config": {"name": "m", "layers": []}}
METADATA = {"keras_version": "3.15.1", "date_saved": "2026-01-01@00:00:00"}


def hdf5(
    fill: Callable[[h5py.File], Any] = lambda file: None,
    *,
    configuration: Any = CONFIGURATION,
    **options: Any,
) -> bytes:
    """A model in HDF5 as Keras 2 lays it out, with one layer.

    Args:
        fill: puts more into the open file.
        configuration: value of the attribute `model_config`, as JSON unless it is bytes; none
            where it is None.
        options: of h5py.File.
    """
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", **options) as file:
        if configuration is not None:
            text = configuration
            file.attrs["model_config"] = (
                text if isinstance(text, bytes) else json.dumps(text).encode()
            )
        file.attrs["keras_version"] = b"2.3.1"
        file.attrs["backend"] = b"tensorflow"
        weights = file.create_group("model_weights")
        weights.attrs["layer_names"] = [b"dense"]
        layer = weights.create_group("dense")
        layer.attrs["weight_names"] = [b"dense/kernel:0", b"dense/bias:0"]
        layer["dense/kernel:0"] = np.arange(12, dtype="float32").reshape(3, 4)
        layer["dense/bias:0"] = np.zeros(4, "float32")
        fill(file)
    return buffer.getvalue()


def keras_weights(fill: Callable[[h5py.File], Any] = lambda file: None) -> bytes:
    """The weights of a Keras 3 model, with one layer."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        kernel = np.arange(12, dtype="float32").reshape(3, 4)
        file["layers/dense/vars/0"] = kernel
        file["layers/dense/vars/1"] = np.zeros(4, "float32")
        file["layers/dense/vars"].attrs["name"] = "dense"
        fill(file)
    return buffer.getvalue()


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """A zip archive of the members given."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def keras(method: int = zipfile.ZIP_STORED, **changes: bytes | None) -> bytes:
    """A `.keras` archive.

    Args:
        method: of packing.
        changes: contents of `metadata`, `config` or `weights` other than usual; None leaves one
            out. Any other name stands for a member of that name.
    """
    parts: dict[str, bytes | None] = {
        "metadata": json.dumps(METADATA).encode(),
        "config": json.dumps(CONFIGURATION).encode(),
        "weights": keras_weights(),
    } | changes
    names = {"metadata": "metadata.json", "config": "config.json", "weights": "model.weights.h5"}
    members = {names.get(part, part): value for part, value in parts.items() if value is not None}
    return zipped(members, method)


def lying_text() -> bytes:
    """A text of eleven bytes that claims to have four thousand million."""
    content = hdf5(configuration=b"abcdefghijk")
    reference = content.index(struct.pack("<I", 11), content.index(b"model_config"))
    return content[:reference] + struct.pack("<I", 4_000_000_000) + content[reference + 4 :]


def repeated_text() -> bytes:
    """A list of 3,000 texts that all refer to the same twelve million bytes."""

    def fill(file: h5py.File) -> None:
        file["model_weights"].attrs["layer_names"] = [b"12345678901"] * 3000

    content = hdf5(fill, configuration=b'"' + b"a" * 12_000_000 + b'"')
    place = content.index(struct.pack("<I", 12_000_002))
    short = re.compile(rb"(?:\x0b\0\0\0.{12}){3000}", re.DOTALL)
    first = next(short.finditer(content)).start()
    return content[:first] + content[place : place + 16] * 3000 + content[first + 16 * 3000 :]


def inflating_chunk() -> bytes:
    """An array of 4 KB whose stored piece unpacks to 4 MB."""

    def fill(file: h5py.File) -> None:
        options = {"shape": (1024,), "dtype": "float32", "chunks": (1024,), "compression": "gzip"}
        array = file.create_dataset("model_weights/extra", **options)
        array.id.write_direct_chunk((0,), zlib.compress(bytes(4 * 2**20), 9)[:4096])

    return hdf5(fill)


def overlapping_members() -> bytes:
    """A `.keras` whose configuration lies within the bytes of its weights."""
    inner = zipped({"config.json": json.dumps(CONFIGURATION).encode()})
    local = inner[: inner.index(b"PK\1\2")]
    outer = bytearray(zipped({"model.weights.h5": local, "config.json": local}))
    within = outer.index(b"PK\3\4", 4)
    last = outer.rindex(b"PK\1\2")
    entry = inner[inner.index(b"PK\1\2") : inner.rindex(b"PK\5\6")]
    entry = entry[:42] + struct.pack("<I", within) + entry[46:]
    start = outer.index(b"PK\1\2")
    body, directory = bytes(outer[:start]), bytes(outer[start:last]) + entry
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 2, 2, len(directory), len(body), 0)
    return body + directory + end


def patched(content: bytes, old: bytes, new: bytes) -> bytes:
    """Content with every occurrence of some bytes replaced by as many others."""
    if old not in content or len(old) != len(new):
        raise ValueError("nothing to replace, or other length")
    return content.replace(old, new)


def encrypted() -> bytes:
    """A `.keras` whose members say that they are encrypted."""
    content = bytearray(keras())
    for magic, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        place = content.find(magic)
        while place >= 0:
            content[place + flags] |= 1
            place = content.find(magic, place + 4)
    return bytes(content)


def swollen_member(part: str, size: int) -> bytes:
    """A `.keras` with a member that unpacks to many zeros."""
    return keras(zipfile.ZIP_DEFLATED, **{part: bytes(size)})


def understated_member() -> bytes:
    """A `.keras` whose configuration says 32 bytes and unpacks to twenty million."""
    size = 20_000_000
    content = swollen_member("config", size)
    return content.replace(struct.pack("<I", size), struct.pack("<I", 32))


def _link(link: Any) -> Callable[[h5py.File], None]:
    def fill(file: h5py.File) -> None:
        file["model_weights/link"] = link

    return fill


def _dataset(**options: Any) -> Callable[[h5py.File], None]:
    def fill(file: h5py.File) -> None:
        file.create_dataset("model_weights/extra", **options)

    return fill


def _virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((4,), "float32")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (4,))
    file.create_virtual_dataset("model_weights/extra", layout)


def _cycle(file: h5py.File) -> None:
    file["model_weights/again"] = file["model_weights"]


def _second_name(file: h5py.File) -> None:
    file["model_weights/again"] = file["model_weights/dense/dense/kernel:0"]


def _named_type(file: h5py.File) -> None:
    file["model_weights/kind"] = np.dtype("float32")


def _committed(file: h5py.File) -> None:
    _named_type(file)
    file.create_dataset("model_weights/extra", (1,), dtype=file["model_weights/kind"])


def _deep(file: h5py.File) -> None:
    file.create_group("/".join("g" * 100))


def _unnamed(file: h5py.File) -> None:
    h5py.h5g.create(file["model_weights"].id, b"\xff\xfe")


def _half_written(file: h5py.File) -> None:
    array = file.create_dataset("model_weights/extra", (64,), chunks=(8,), dtype="float32")
    array[:32] = 1


def _many_attributes(file: h5py.File) -> None:
    for name in ("model_config", *"abcdefghij"):
        file.attrs[name] = b"{}"


def _zeros(file: h5py.File) -> None:
    options = {"compression": "gzip", "chunks": (2**24,), "dtype": "float32"}
    array = file.create_dataset("model_weights/extra", (2**29,), **options)
    piece = zlib.compress(bytes(2**26), 9)
    for start in range(0, 2**29, 2**24):
        array.id.write_direct_chunk((start,), piece)


def hostile_hdf5() -> Iterator[tuple[str, bytes, str]]:
    """Name, content and a part of the sentence, of HDF5 files that must be refused."""
    compound = np.zeros(2, [("a", "f4"), ("b", "f4")])
    enum = h5py.enum_dtype({"A": 0, "B": 1, "C": 2}, "i1")
    far = [("/etc/passwd", 0, 16)]
    fills: list[tuple[str, Any, str]] = [
        ("soft link", _link(h5py.SoftLink("/model_weights/dense")), "a soft link"),
        ("external link", _link(h5py.ExternalLink("/etc/x.h5", "/")), "a link to another file"),
        ("external array", _dataset(shape=(4,), dtype="f4", external=far), "in another file"),
        ("virtual array", _virtual, "a virtual array"),
        ("group in itself", _cycle, "under two names"),
        ("array twice", _second_name, "under two names"),
        ("named type", _named_type, "a named type"),
        ("array of a named type", _committed, "(named type|plain numbers)"),
        ("compound", _dataset(data=compound), "plain numbers"),
        ("opaque", _dataset(data=np.zeros(2, "V2")), "unknown bytes"),
        ("texts", _dataset(data=[b"a", b"b"]), "plain numbers"),
        ("references", _dataset(shape=(2,), dtype=h5py.ref_dtype), "plain numbers"),
        ("lists", _dataset(shape=(2,), dtype=h5py.vlen_dtype("f4")), "plain numbers"),
        ("enumeration", _dataset(data=np.zeros(2, "i1"), dtype=enum), "plain numbers"),
        ("long double", _dataset(data=np.zeros(2, "f16")), "plain numbers"),
        ("complex", _dataset(data=np.zeros(2, "c8")), "plain numbers"),
        ("without sides", _dataset(data=h5py.Empty("f4")), "without sides"),
        ("lzf", _dataset(data=np.zeros(64), compression="lzf"), "packed in another way"),
        ("scale offset", _dataset(data=np.zeros(64, "i4"), scaleoffset=2), "another way"),
        ("never written", _dataset(shape=(2**20, 100), dtype="f4"), "0 are stored"),
        ("unwritten pieces", _dataset(shape=(2**20,), chunks=(64,), dtype="f4"), "0 are stored"),
        ("filled", _dataset(shape=(2**27,), compression="gzip", fillvalue=1), "stored"),
        ("gigabytes declared", _dataset(shape=(2**32,), dtype="f8", chunks=(2**20,)), "MiB"),
        ("half written", _half_written, "should have 256 bytes, but 128"),
        ("two gigabytes of zeros", _zeros, "more than 1024 MiB"),
        ("deep groups", _deep, "nested too deep"),
        ("name of no text", _unnamed, "not text"),
    ]
    yield from ((name, hdf5(fill), match) for name, fill, match in fills)
    usual = hdf5()
    yield "cut off", usual[: len(usual) // 2], "cut off: it should have"
    yield "other widths", usual[:13] + b"\4\4" + usual[15:], "damaged"
    yield "header version", usual[:8] + b"\7" + usual[9:], "damaged"
    yield "driver", usual[:48] + bytes(8) + usual[56:], "an extension of its header"
    scattered = hdf5(_many_attributes, configuration=None, libver="latest")
    yield "scattered attributes", scattered, "apart from its group"
    yield "text of 4 GB", lying_text(), "more than 16 MiB"
    yield "no Keras", hdf5(lambda file: file.pop("model_weights"), configuration=None), "no Keras"
    yield "number as text", hdf5(lambda file: file.attrs.update(keras_version=3)), "not the text"
    yield "list as text", hdf5(lambda file: file.attrs.update(backend=[b"a"])), "not the text"
    yield "17 MiB of text", hdf5(configuration=b"[" + b" " * (17 * 2**20)), "more than 16 MiB"
    yield "text of no text", hdf5(configuration=b"\xff\xfe"), "not the text"
    yield "configuration a number", hdf5(configuration=b"1"), "describes no model"


def hostile_archives() -> Iterator[tuple[str, bytes, str]]:
    """Name, content and a part of the sentence, of zip archives that must be refused."""
    usual = keras()
    directory = usual.index(b"PK\1\2")
    pickled = {"model.pkl": b"\x80\4c__builtin__\neval\n."}
    yield "extra file", keras(**{"notes.txt": b"x"}), r"'notes\.txt'"
    yield "pickle", keras(**pickled), r"'model\.pkl'"
    yield "vocabulary", keras(**{"assets/layers/a/vocabulary.txt": b"x"}), "vocabulary"
    yield "npz", keras(weights=None, **{"model.weights.npz": b"x"}), "model.weights.npz"
    yield "path outside", keras(**{"../config.json": b"{}"}), "config.json"
    yield "other case", keras(**{"Config.json": b"{}"}), "more than once"
    yield "other slashes", keras(**{".\\config.json": b"{}"}), "more than once"
    yield "no configuration", keras(config=None), "lacks its config.json"
    yield "no weights", keras(weights=None), "lacks its model.weights.h5"
    yield "encrypted", encrypted(), "encrypted"
    yield "bzip2", keras(zipfile.ZIP_BZIP2), "packed in a way"
    yield "lzma", keras(zipfile.ZIP_LZMA), "packed in a way"
    yield "long configuration", swollen_member("config", 20_000_000), "at most 16777216"
    yield "long metadata", swollen_member("metadata", 20_000_000), "at most 65536"
    yield "swollen weights", swollen_member("weights", 100_000_000), "no trained weights"
    yield "understated", understated_member(), "damaged"
    yield "overlapping", overlapping_members(), "same bytes for two"
    yield "cut off", usual[: len(usual) // 2], "cut off"
    yield "two directories", usual[:-22] + usual[directory:], "cut off"
    yield "count", usual[:-14] + b"\xff\xff\xff\xff" + usual[-10:], "more than 5000 files"
    yield "other name", usual.replace(b"config.json", b"konfig.json", 1), "contradicts itself"
    yield "other sizes", usual[:18] + b"\1" + usual[19:], "contradicts itself"
    yield "damaged weights", patched(usual, b"\x89HDF", b"\x89HDG"), "damaged"
    yield "weights of another kind", keras(weights=b"GGUF"), "not HDF5"
    yield "list as configuration", keras(config=b"[]"), "describes no model"
    yield "pickle beside a model", zipped({"keras_model.h5": hdf5(), **pickled}), "pickle"
    yield "two models", zipped({"a.h5": hdf5(), "b.keras": keras()}), "2 model files"
    yield "zip in zip in zip", zipped({"a.keras": zipped({"b.keras": keras()})}), "config.json"
    yield from (
        (f"weights: {name}", keras(weights=content), match)
        for name, content, match in [("links", keras_weights(_link(h5py.SoftLink("/x"))), "soft")]
    )


def hostile_files() -> Iterator[tuple[str, bytes, str]]:
    """Name, content and a part of the sentence, of all files that must be refused."""
    yield from ((f"HDF5: {name}", content, match) for name, content, match in hostile_hdf5())
    yield from ((f"zip: {name}", content, match) for name, content, match in hostile_archives())
    for name, text, match in hostile_json():
        yield f"JSON in HDF5: {name}", hdf5(configuration=text), f"({match}|not the text|16 MiB)"
        yield f"JSON in zip: {name}", keras(zipfile.ZIP_DEFLATED, config=text), f"({match}|at most)"
