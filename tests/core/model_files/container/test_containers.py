"""Containers of model files: honest ones are listed and read exactly, hostile ones refused."""

import io
import json
import struct
import subprocess
import sys
import zipfile

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files import limits
from cnnviz_core.model_files.container.archives import Archive
from cnnviz_core.model_files.container.contents import ArrayEntry, Contents
from cnnviz_core.model_files.container.hdf5 import Hdf5Store
from cnnviz_core.model_files.container.opening import open_contents
from tests.core.model_files import hostile_files as make

MEASURE = """
import json, pathlib, re, sys
from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.container.opening import open_contents
from tests.counting import counting_calls
folder = pathlib.Path(sys.argv[1])
for path in sorted(folder.glob("valid*")):
    contents = open_contents(path.read_bytes())
    [contents.store.read(name) for name in contents.store.arrays]
files = {path.name: path.read_bytes() for path in sorted(folder.glob("hostile*"))}
status = pathlib.Path("/proc/self/status")
pathlib.Path("/proc/self/clear_refs").write_text("5")
before = int(re.search(r"VmRSS:\\s+(\\d+)", status.read_text())[1])
heard = []
watched = ("exec", "compile", "open", "socket.", "subprocess.", "os.", "ctypes.", "pickle.")
sys.addaudithook(lambda event, args: event.startswith(watched) and heard.append((event, str(args))))
longest = 0
opened = []
for name, content in files.items():
    try:
        with counting_calls() as done:
            open_contents(content)
        opened.append(name)
    except ModelFileError:
        pass
    longest = max(longest, done.total)
told = list(heard)
grown = int(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1]) - before
exec(compile("pass", "canary", "exec"))
print(json.dumps({"heard": told, "canary": len(heard) - len(told), "opened": opened,
                  "longest": longest, "grown": grown / 1024, "files": len(files)}))
"""


def test_a_keras_2_file_is_listed_and_read_exactly():
    """Configuration, versions, groups, texts and arrays of an HDF5 file come out as put in."""
    contents = open_contents(make.hdf5(), "model.h5")
    assert contents.configuration == make.CONFIGURATION
    assert (contents.container, contents.version, contents.backend, contents.weights) == (
        "hdf5",
        "2.3.1",
        "tensorflow",
        "model_weights",
    )
    store = contents.store
    kernel = "model_weights/dense/dense/kernel:0"
    assert store.arrays[kernel] == ArrayEntry(kernel, (3, 4), "float32")
    assert store.groups == {"", "model_weights", "model_weights/dense", "model_weights/dense/dense"}
    np.testing.assert_array_equal(store.read(kernel), np.arange(12).reshape(3, 4))
    assert store.texts("model_weights", "layer_names") == ("dense",)
    assert store.texts("model_weights/dense", "weight_names") == ("dense/kernel:0", "dense/bias:0")
    assert store.texts("model_weights", "nothing") is None
    assert store.text("nowhere", "keras_version") is None


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_keras_3_archive_is_listed_and_read_exactly(method):
    """Stored and deflated archives give the same configuration, version and arrays."""
    contents = open_contents(make.keras(method), "model.keras")
    assert contents.configuration == make.CONFIGURATION
    assert (contents.container, contents.version, contents.weights) == ("keras", "3.15.1", "")
    np.testing.assert_array_equal(
        contents.store.read("layers/dense/vars/0"), np.arange(12).reshape(3, 4)
    )
    assert contents.store.text("layers/dense/vars", "name") == "dense"


def test_empty_folders_for_assets_are_let_through():
    """Keras leaves folders without files under assets; they are no reason to refuse."""
    contents = open_contents(make.keras(**{"assets/": b"", "assets/layers/": b""}))
    assert contents.configuration == make.CONFIGURATION


@pytest.mark.parametrize("version", ["earliest", "v108", "v110", "latest"])
def test_every_layout_of_hdf5_headers_gives_the_same_texts(version):
    """Texts of variable and fixed length are found in old and new object headers."""

    def fill(file):
        group = file.create_group("texts")
        group.attrs["fixed"] = np.array([b"ab", b"cde"])
        group.attrs["one"] = np.bytes_(b"ab")
        group.attrs["none"] = []
        group.attrs["variable"] = ["ä", "", "cde"]
        for i in range(3):
            file["model_weights"].attrs[f"cut{i}"] = [f"{i}", "x"]

    store = open_contents(make.hdf5(fill, libver=version)).store
    assert store.texts("texts", "variable") == ("ä", "", "cde")
    assert store.texts("texts", "fixed") == ("ab", "cde")
    assert store.text("texts", "one") == "ab"
    assert store.texts("texts", "none") == ()
    assert store.texts("model_weights", "layer_names") == ("dense",)
    assert store.texts("model_weights", "cut") == ("0", "x", "1", "x", "2", "x")


def test_a_user_block_before_the_file_changes_nothing():
    """HDF5 may begin after 512, 1024, ... bytes of something else."""
    contents = open_contents(make.hdf5(userblock_size=1024))
    assert contents.configuration == make.CONFIGURATION
    np.testing.assert_array_equal(
        contents.store.read("model_weights/dense/dense/kernel:0"), np.arange(12).reshape(3, 4)
    )


@pytest.mark.parametrize(
    "values",
    [
        np.float16([1.5, -2]),
        np.arange(6, dtype=">f4").reshape(2, 3),
        np.arange(3, dtype="int64"),
        np.arange(3, dtype=">u2"),
        np.array([True, False]),
        np.float64(3),
        np.zeros((0, 3), "float32"),
    ],
    ids=str,
)
def test_every_plain_type_is_read_exactly(values):
    """Floats, integers and booleans of either byte order, scalars and empty arrays."""
    contents = open_contents(make.hdf5(lambda file: file.create_dataset("x", data=values)))
    entry = contents.store.arrays["x"]
    assert (entry.shape, entry.dtype) == (values.shape, values.dtype.name)
    np.testing.assert_array_equal(contents.store.read("x"), values)
    assert contents.store.read("x").dtype.isnative


def test_bfloat16_is_read_as_the_same_numbers():
    """Keras 3 marks arrays of bfloat16; each is a float32 cut to its upper half."""
    exact = np.float32([1, -2.5, 0.15625, 3e38])
    halves = (exact.view("uint32") >> 16).astype("<u2").view("V2")

    def fill(file):
        array = file.create_dataset("x", data=halves)
        array.attrs["dtype"] = "bfloat16"

    store = open_contents(make.hdf5(fill)).store
    assert store.arrays["x"].dtype == "bfloat16"
    np.testing.assert_array_equal(
        store.read("x"), (exact.view("uint32") & 0xFFFF0000).view("float32")
    )


@pytest.mark.parametrize("options", [{}, {"shuffle": True}, {"fletcher32": True}])
def test_arrays_packed_with_gzip_are_read_exactly(options):
    """h5repack and some scripts pack weights; nothing is lost by that."""
    values = np.random.default_rng(0).normal(size=(70, 33)).astype("float32")

    def fill(file):
        file.create_dataset("x", data=values, compression="gzip", chunks=(16, 16), **options)

    np.testing.assert_array_equal(open_contents(make.hdf5(fill)).store.read("x"), values)


def test_a_piece_that_unpacks_to_more_than_it_may_is_refused_when_read():
    """HDF5 unpacks whatever a piece holds; here it is counted first."""
    store = open_contents(make.inflating_chunk()).store
    with pytest.raises(ModelFileError, match="damaged or made to mislead"):
        store.read("model_weights/extra")


def test_a_list_that_repeats_one_long_text_is_refused():
    """Three thousand references to twelve megabytes would be 36 gigabytes."""
    store = Hdf5Store.open(make.repeated_text())
    with pytest.raises(ModelFileError, match="more than 16 MiB"):
        store.texts("model_weights", "layer_names")


@pytest.mark.parametrize(
    ("content", "match"),
    [pytest.param(content, match, id=name) for name, content, match in make.hostile_hdf5()]
    + [pytest.param(content, match, id=name) for name, content, match in make.hostile_archives()],
)
def test_hostile_containers_are_refused_with_the_reason(content, match):
    """Each is refused by one sentence that names what is wrong."""
    with pytest.raises(ModelFileError, match=match):
        open_contents(content)


def test_too_many_objects_are_refused(monkeypatch):
    """A file with more groups and arrays than the limit is refused by their number."""
    content = make.hdf5(lambda file: [file.create_group(f"g{i}") for i in range(60)])
    monkeypatch.setattr(limits, "MAX_OBJECTS", 50)
    with pytest.raises(ModelFileError, match="more than 50 groups and arrays"):
        open_contents(content)


def test_arrays_may_not_share_their_bytes():
    """What the arrays store together must fit into the file once."""

    def fill(file):
        for name in "ab":
            file[name] = np.full(5000, 7, "float32")

    content = make.hdf5(fill)
    with h5py.File(io.BytesIO(content)) as file:
        first, second = (file[name].id.get_offset().to_bytes(8, "little") for name in "ab")
    shared = content.replace(second, first)[: int.from_bytes(second, "little")]
    end = len(content).to_bytes(8, "little")
    with pytest.raises(ModelFileError, match="claims more than it holds"):
        open_contents(shared.replace(end, len(shared).to_bytes(8, "little")))


def test_opening_hostile_files_is_quick_small_and_touches_nothing(tmp_path):
    """The whole corpus takes few steps a file and 200 MB, and runs, writes and calls nothing.

    The most that any file costs is the bound on the values of its JSON, which are counted one by
    one.

    An audit hook hears of every compilation, file, socket and process after the imports; that it
    would hear them is shown by one compilation at the end. The peak is the process's own, reset
    before the first file: getrusage would begin with that of the process that started it.
    """
    (tmp_path / "valid0").write_bytes(make.hdf5())
    (tmp_path / "valid1").write_bytes(make.keras(zipfile.ZIP_DEFLATED))
    count = 0
    for count, (_, content, _) in enumerate(make.hostile_files(), 1):
        (tmp_path / f"hostile{count:03}").write_bytes(content)
    run = [sys.executable, "-c", MEASURE, str(tmp_path)]
    result = json.loads(subprocess.run(run, check=True, capture_output=True, text=True).stdout)
    assert result["files"] == count > 90
    assert result["opened"] == []
    assert result["heard"] == []
    assert result["canary"] > 0
    assert result["longest"] < 2 * limits.MAX_JSON_VALUES
    assert result["grown"] < 200


def _readable(content: bytes) -> None:
    """Open, and read everything there is; only the sentence of a refusal may come out."""
    try:
        contents = open_contents(content)
        assert isinstance(contents, Contents)
        for path in contents.store.arrays:
            contents.store.read(path)
        for group in contents.store.groups:
            contents.store.texts(group, "weight_names")
    except ModelFileError:
        return


SEEDS = [make.hdf5(), make.hdf5(libver="latest"), make.keras(), make.keras(zipfile.ZIP_DEFLATED)]


@given(st.binary(max_size=2000), st.sampled_from([b"", b"\x89HDF\r\n\x1a\n", b"PK\3\4", b"\x80\4"]))
def test_any_bytes_are_opened_or_refused(content, start):
    """Random bytes, also behind the magic bytes of a container."""
    _readable(start + content)


@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 10**6), st.binary(min_size=1, max_size=8)), max_size=6),
    st.integers(0, 10**6),
)
def test_damaged_files_are_opened_or_refused(content, changes, end):
    """Valid files with bytes overwritten, and cut off."""
    damaged = bytearray(content)
    for place, new in changes:
        start = place % len(content)
        damaged[start : start + len(new)] = new
    _readable(bytes(damaged[: end if end < len(content) else len(content)]))


class Unseekable(io.BytesIO):
    """A stream like a socket: archives written to it put sizes behind the members."""

    def seekable(self):
        """Say no."""
        return False

    def tell(self):
        """Know no place."""
        raise io.UnsupportedOperation


@pytest.mark.parametrize("stream", [io.BytesIO, Unseekable])
@pytest.mark.parametrize("wide", [False, True])
def test_every_way_of_writing_sizes_in_an_archive_is_read(stream, wide):
    """Sizes before or behind the bytes, of 32 or 64 bits."""
    buffer = stream()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (("a", b"first" * 99), ("ä/b", b"second")):
            with archive.open(name, "w", force_zip64=wide) as member:
                member.write(text)
    opened = Archive(buffer.getvalue())
    assert opened.read("a", 999) == b"first" * 99
    assert opened.read("ä/b", 999) == b"second"


def test_a_directory_of_64_bits_is_read():
    """PyTorch and others write one also where 32 bits would do."""
    usual = make.zipped({"a": b"first"})
    place = usual.index(b"PK\5\6")
    count, size, offset = struct.unpack_from("<H2I", usual, place + 10)
    end = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, offset)
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, place, 1)
    wide = usual[:place] + end + locator + usual[place : place + 8] + b"\xff" * 12 + b"\0\0"
    assert zipfile.ZipFile(io.BytesIO(wide)).read("a") == b"first"
    assert Archive(wide).read("a", 9) == b"first"


def test_a_member_is_read_within_the_bound_given():
    """An archive gives no member beyond the bytes asked for."""
    archive = Archive(make.zipped({"a": bytes(100)}))
    assert archive.read("a", 100) == bytes(100)
    with pytest.raises(ModelFileError, match="at most 99"):
        archive.read("a", 99)
