"""Shipped patterns: what is written is what is read, and nothing else is believed."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cnnviz_core.images.levels import fractions, levels
from cnnviz_core.maximization.pattern_files import ALGORITHMS, Growth, PatternFolder
from cnnviz_core.maximization.results import Patterns
from tests.places import ROOT

SIDE = 24
GROWTH = Growth("best", SIDE, 5)
WEIGHTS = "a" * 64


def grown(channels=20, seed=5, preset="best"):
    """Soft patterns, each of its own colour."""
    rng = np.random.default_rng(channels)
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    wave = np.sin(6 * x[None] + 7 * y[None] + rng.uniform(0, 6, (channels, 1, 1)))[..., None]
    images = fractions(levels(0.5 + 0.4 * wave * rng.uniform(0, 1, (channels, 1, 1, 3))))
    return Patterns(
        images=images,
        names=tuple(f"conv, channel {index}" for index in range(channels)),
        reached=np.full(channels, 99, np.float32),
        start=np.linspace(0, 1, channels, dtype=np.float32),
        history=np.zeros((3, channels), np.float32),
        preset=preset,
        seed=seed,
    )


def redness(images):
    """Stands in for a network."""
    return images[..., 0].mean((1, 2))


@pytest.fixture
def folder(tmp_path):
    """A folder with the patterns of two layers, one of them with a slash in its name."""
    folder = PatternFolder(tmp_path / "patterns", WEIGHTS)
    folder.write("conv", grown(), redness)
    folder.write("block/conv", grown(7), redness)
    return folder


def sheet(folder, layer="conv"):
    """The file of a layer."""
    return folder._folder / f"{layer}.jpg"


def test_what_is_written_is_read_back_nearly(folder):
    """Names, order and start are exact; pictures as near as JPEG comes; nothing of the ascent."""
    wanted, read_back = grown(), folder.read("conv", range(20), GROWTH)
    assert read_back.names == wanted.names
    assert np.array_equal(read_back.start, wanted.start)
    assert read_back.images.dtype == np.float32
    assert np.sqrt(np.mean((read_back.images - wanted.images) ** 2)) < 6 / 255
    assert np.array_equal(read_back.images, fractions(levels(read_back.images)))
    assert (read_back.history.shape, read_back.frames) == ((0, 20), None)
    assert (read_back.preset, read_back.seed) == ("best", 5)


def test_values_are_those_of_the_pictures_as_they_are_shown(folder):
    """What `reached` says is measured on the decoded tiles, to the last bit."""
    patterns = folder.read("conv", range(20), GROWTH)
    assert np.array_equal(patterns.reached, redness(patterns.images))


def test_some_channels_are_equal_to_those_among_all(folder):
    """In any order, also across rows of the sheet."""
    every, some = folder.read("conv", range(20), GROWTH), folder.read("conv", (17, 0, 3), GROWTH)
    assert np.array_equal(some.images, every.images[[17, 0, 3]])
    assert np.array_equal(some.reached, every.reached[[17, 0, 3]])
    assert np.array_equal(some.start, every.start[[17, 0, 3]])
    assert some.names == tuple(every.names[index] for index in (17, 0, 3))


def test_a_tile_takes_nothing_from_its_neighbours(tmp_path):
    """A pattern looks the same whatever lies beside it."""
    lonely, crowded = grown(3), grown(3)
    crowded.images[[0, 2]] = 1 - crowded.images[[0, 2]]
    images = []
    for name, patterns in (("lonely", lonely), ("crowded", crowded)):
        folder = PatternFolder(tmp_path / name, WEIGHTS)
        folder.write("conv", patterns, redness)
        images.append(folder.read("conv", (1,), GROWTH).images)
    assert np.array_equal(*images)


def test_noise_is_written_too(tmp_path):
    """The hardest picture to pack, many rows of it."""
    noise = np.random.default_rng(0).integers(0, 256, (200, SIDE, SIDE, 3), np.uint8)
    patterns = replace(grown(200), images=fractions(noise))
    folder = PatternFolder(tmp_path, WEIGHTS)
    folder.write("conv", patterns, redness)
    assert len(folder.read("conv", range(200), GROWTH).images) == 200


def test_a_slash_in_a_layers_name_leads_nowhere(folder, tmp_path):
    """The file lies in the folder itself, and a name that climbs out does as well."""
    folder.write("../../out", grown(2), redness)
    assert folder.read("../../out", (0, 1), GROWTH) is not None
    files = {path.relative_to(tmp_path / "patterns") for path in tmp_path.rglob("*.*")}
    assert files == {
        Path(name)
        for name in ("conv.jpg", "block%2Fconv.jpg", "..%2F..%2Fout.jpg", "patterns.json")
    }


@pytest.mark.parametrize(
    ("layer", "indices", "growth"),
    [
        ("none", (0,), GROWTH),
        ("conv", (20,), GROWTH),
        ("conv", (-1,), GROWTH),
        ("conv", (0,), Growth("maco", SIDE, 5)),
        ("conv", (0,), Growth("best", SIDE, 6)),
        ("conv", (0,), Growth("best", 32, 5)),
    ],
)
def test_what_was_not_shipped_is_not_there(folder, layer, indices, growth):
    """Another layer, channel, preset, seed or size."""
    assert folder.read(layer, indices, growth) is None


def test_patterns_of_other_weights_are_not_there(folder):
    """A model that was trained anew shows none of its predecessor's patterns."""
    other = PatternFolder(folder._folder, "b" * 64)
    assert other.read("conv", (0,), GROWTH) is None
    assert (other.layers(GROWTH), folder.layers(GROWTH)) == ((), ("conv", "block/conv"))


def test_patterns_of_another_algorithm_are_not_there(folder, monkeypatch):
    """Raising the number hides what was grown before."""
    monkeypatch.setitem(ALGORITHMS, GROWTH.preset, 10**6)
    assert folder.read("conv", (0,), GROWTH) is None


def test_writing_for_other_weights_removes_what_was_there(folder):
    """No sheet is left that no index names."""
    other = PatternFolder(folder._folder, "b" * 64)
    other.write("conv", grown(), redness)
    assert sorted(path.name for path in folder._folder.iterdir()) == ["conv.jpg", "patterns.json"]
    assert other.layers(GROWTH) == ("conv",)


@pytest.mark.parametrize("keep", [0, 1, 100, 1000])
def test_a_truncated_picture_is_not_there(folder, keep):
    """It is grown anew in its place, without an error."""
    path = sheet(folder)
    path.write_bytes(path.read_bytes()[:keep])
    assert folder.read("conv", (0,), GROWTH) is None


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"model": 1}', '{"layers": []}', "\x00", "[" * 100_000]
)
def test_a_damaged_index_lists_nothing(folder, text):
    """Also one nested more deeply than Python reads."""
    (folder._folder / "patterns.json").write_text(text)
    assert folder.layers(GROWTH) == ()
    assert folder.read("conv", (0,), GROWTH) is None


@pytest.mark.parametrize(
    "change",
    [{"names": ["one"]}, {"reached": [1.0]}, {"start": "text"}, {"reached": None}, {"names": None}],
)
def test_an_entry_that_does_not_fit_its_picture_is_not_there(folder, change):
    """Numbers of other tiles are never shown."""
    index = json.loads((folder._folder / "patterns.json").read_text())
    index["layers"]["conv"] |= change
    (folder._folder / "patterns.json").write_text(json.dumps(index))
    assert folder.read("conv", (0,), GROWTH) is None


def test_patterns_that_make_no_sheet_are_refused(folder):
    """The sentence says what was given and what was expected."""
    flat = grown(2)
    wide = Patterns(flat.images[:, :8], flat.names, *[flat.start] * 2, flat.history, "best", 5)
    with pytest.raises(ValueError, match=r"2 patterns of 8 x 24 pixels .* square ones"):
        folder.write("conv", wide, redness)


def test_the_module_is_light():
    """It is read by the web process."""
    code = (
        "import sys, cnnviz_core.maximization.pattern_files, cnnviz_core.zoo.fingerprints; "
        "bad = {'tensorflow', 'keras', 'streamlit', 'dask'} & set(sys.modules); assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
