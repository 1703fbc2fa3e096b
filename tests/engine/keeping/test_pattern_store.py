"""Patterns on disk: who asks second gets them without any worker, and nothing else gets there."""

import hashlib
import json
import os
import subprocess
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from types import SimpleNamespace

import numpy as np
import pytest

from cnnviz_core.images.levels import fractions
from cnnviz_core.maximization.pattern_files import ALGORITHMS, Growth, PatternFolder
from cnnviz_core.maximization.results import Patterns
from cnnviz_core.zoo import cards, fingerprints
from cnnviz_engine import Engine, image_digest
from cnnviz_engine.cluster.dispatcher import Dispatcher
from cnnviz_engine.keeping import pattern_store
from cnnviz_engine.keeping.pattern_store import PatternStore
from cnnviz_engine.requests.patterns import DreamRequest, PatternsRequest
from cnnviz_engine.settings import Settings
from tests.places import ROOT, TESTS

SIDE = 32


def ask(indices=(0, 1), **options):
    """A request for patterns of the model "net"."""
    return PatternsRequest(model="net", layer="conv", indices=indices, **{"size": SIDE} | options)


def answer(request, seed=0):
    """Patterns made up for a request."""
    rng = np.random.default_rng(seed)
    count = len(request.indices) * request.faces
    images = fractions(rng.integers(0, 256, (count, SIDE, SIDE, 3), np.uint8))
    history = rng.normal(size=(4, count)).astype(np.float32)
    history[2:, 0] = np.nan
    frames = None
    if request.frames:
        frames = rng.integers(0, 256, (request.frames, count, SIDE, SIDE, 3), np.uint8)
    return Patterns(
        images=images,
        names=tuple(f"conv, channel {index} ü" for index in range(count)),
        reached=history.max(0),
        start=history[0],
        history=history,
        preset=request.preset,
        seed=request.seed,
        frames=frames,
    )


def same(first, second):
    """Whether two patterns are equal to the last bit, types and all."""
    return all(
        getattr(first, field.name) == getattr(second, field.name)
        if not isinstance(getattr(first, field.name), np.ndarray)
        else getattr(first, field.name).dtype == getattr(second, field.name).dtype
        and np.array_equal(
            getattr(first, field.name),
            getattr(second, field.name),
            equal_nan=field.name == "history" or field.name == "reached",
        )
        for field in fields(first)
    )


@pytest.fixture
def net(monkeypatch, tmp_path):
    """A bundled model called "net", whose weights are a few bytes: gives its folder."""
    folder = tmp_path / "models" / "net"
    folder.mkdir(parents=True)
    (folder / "model.keras").write_bytes(b"weights")
    card = SimpleNamespace(name="net", family="bundled")
    for module in (fingerprints, pattern_store):
        monkeypatch.setattr(module, "find_card", {"net": card}.get)
        monkeypatch.setattr(module, "bundled_path", lambda name: folder / "model.keras")
    return folder


@pytest.fixture
def store(net, tmp_path):
    """An empty store with room for many."""
    return PatternStore(tmp_path / "kept", 2**20)


@pytest.fixture
def shipped(net):
    """Patterns of 20 channels of the layer "conv" beside the model."""
    weights = hashlib.sha256(b"weights").hexdigest()
    request = ask(tuple(range(20)))
    folder = PatternFolder(net / "patterns", weights)
    folder.write("conv", answer(request), lambda images: images.mean((1, 2, 3)))
    return folder.read("conv", range(20), Growth("best", SIDE, 0))


def files(store):
    """Names of all files of a store's folder, hidden ones too."""
    return sorted(path.name for path in store._folder.iterdir()) if store._folder.exists() else []


@pytest.mark.parametrize(
    "options", [{}, {"frames": 3}, {"faces": 2, "preset": "maco", "seed": 7}, {"size": None}]
)
def test_what_is_kept_is_found_bit_for_bit(store, options):
    """Pictures, values, history with what is missing in it, and frames; also by another store."""
    request = ask(**options)
    patterns = answer(request)
    assert store.find(request) is None
    store.keep(request, patterns)
    for patterns_found in (store.find(request), PatternStore(store._folder, 2**20).find(request)):
        assert same(patterns_found, patterns)


@pytest.mark.parametrize(
    "options",
    [
        {"seed": 1},
        {"preset": "maco"},
        {"indices": (1, 0)},
        {"indices": (0,)},
        {"direction": -1},
        {"against": 3},
        {"place": (0, 0)},
        {"steps": 9},
        {"faces": 2},
        {"frames": 1},
        {"size": None},
        {"layer": "other"},
    ],
)
def test_another_request_is_another_entry(store, options):
    """Whatever differs in the request."""
    store.keep(ask(), answer(ask()))
    plain = {"model": "net", "layer": "conv", "indices": (0, 1), "size": SIDE}
    assert store.find(PatternsRequest(**plain | options)) is None
    assert store.find(ask()) is not None


def test_new_weights_are_another_model(store, net):
    """A file that changed has other patterns; the old ones are found again with it."""
    store.keep(ask(), answer(ask()))
    (net / "model.keras").write_bytes(b"new weights")
    assert store.find(ask()) is None
    (net / "model.keras").write_bytes(b"weights")
    assert store.find(ask()) is not None


def test_another_algorithm_has_entries_of_its_own(store, monkeypatch):
    """Raising the number hides all that was kept."""
    store.keep(ask(), answer(ask()))
    monkeypatch.setitem(ALGORITHMS, ask().preset, 10**6)
    assert store.find(ask()) is None


def test_models_without_a_weights_file_are_not_kept(store):
    """Of a name without a card, or of one whose weights are elsewhere, nothing is known."""
    request = ask().model_copy(update={"model": "somebody's upload"})
    store.keep(request, answer(request))
    assert store.find(request) is None
    assert files(store) == []


def test_only_patterns_of_units_are_kept(store):
    """What shows a photo never reaches the disk, nor does anything but `Patterns`."""
    image = np.zeros((SIDE, SIDE, 3), np.uint8)
    dream = DreamRequest(model="net", image=image_digest(image), layer="conv")
    store.keep(dream, answer(ask()))
    store.keep(ask(), "partial")
    assert store.find(dream) is None
    assert files(store) == []


def test_the_least_recently_used_give_way_by_bytes(net, tmp_path):
    """A folder with room for three keeps the three used last; being found is being used."""
    sizing_folder = tmp_path / "one"
    PatternStore(sizing_folder, 2**20).keep(ask(), answer(ask()))
    size = next(sizing_folder.iterdir()).stat().st_size
    store = PatternStore(tmp_path / "kept", 3 * size + size // 2)
    requests = [ask(seed=seed) for seed in range(5)]
    for request in requests[:3]:
        store.keep(request, answer(request))
    assert store.find(requests[0]) is not None
    for request in requests[3:]:
        store.keep(request, answer(request))
    assert [store.find(request) is not None for request in requests] == [
        True,
        False,
        False,
        True,
        True,
    ]
    assert sum(path.stat().st_size for path in store._folder.iterdir()) <= 3 * size + size // 2


def test_what_is_larger_than_the_folder_is_not_kept(net, tmp_path):
    """And takes nothing else's room."""
    store = PatternStore(tmp_path / "kept", 30_000)
    store.keep(ask((0,)), answer(ask((0,))))
    large = ask(tuple(range(20)))
    store.keep(large, answer(large))
    assert store.find(large) is None
    assert store.find(ask((0,))) is not None
    assert len(files(store)) == 1


def test_files_of_others_stay_and_abandoned_parts_go(store):
    """A store removes its own files alone; what a killed process left, after an hour."""
    store._folder.mkdir()
    for name in ("notes.txt", "thesis.npz", "old.part", "new.part"):
        (store._folder / name).write_bytes(bytes(2**21))
    os.utime(store._folder / "old.part", (time.time() - 7200,) * 2)
    store.keep(ask(), answer(ask()))
    assert store.find(ask()) is not None
    assert files(store)[1:] == ["new.part", "notes.txt", "thesis.npz"]


def entry(store):
    """The file of the one entry."""
    return next(store._folder.glob("*.npz"))


def rewritten(store, **changes):
    """Change arrays of the one entry; None leaves one out."""
    with np.load(entry(store)) as archive:
        arrays = {name: archive[name] for name in archive.files} | changes
    arrays_left = {name: array for name, array in arrays.items() if array is not None}
    np.savez(entry(store), **arrays_left)


def damages():
    """Ways to spoil the one entry of a store, by name."""
    about = np.frombuffer(json.dumps({"names": ["a"], "preset": "best", "seed": 0}).encode(), "u1")
    images, huge = np.zeros((2, SIDE, SIDE, 3), np.uint8), np.zeros((1,), np.uint8)

    def claim_more(store):
        content = entry(store).read_bytes()
        shape = f"(2, {SIDE}, {SIDE}, 3)".encode()
        assert content.count(shape) == 1
        entry(store).write_bytes(content.replace(shape, shape.replace(b"2,", b"9,", 1)))

    def compress(store):
        with np.load(entry(store)) as archive:
            np.savez_compressed(entry(store), **dict(archive))

    def add_twice(store):
        with zipfile.ZipFile(entry(store), "a") as archive, pytest.warns(match="Duplicate"):
            archive.writestr("images.npy", b"")

    return {
        "empty": lambda store: entry(store).write_bytes(b""),
        "noise": lambda store: entry(store).write_bytes(np.random.default_rng(0).bytes(5000)),
        "text": lambda store: entry(store).write_text("not ours"),
        "objects": lambda store: rewritten(store, images=np.array([{}, 1], object)),
        "wider type": lambda store: rewritten(store, images=images.astype(np.float64)),
        "float pictures": lambda store: rewritten(store, images=images.astype(np.float32)),
        "one picture less": lambda store: rewritten(store, images=images[:1]),
        "another size": lambda store: rewritten(store, images=images[:, :16, :16]),
        "another shape": lambda store: rewritten(store, images=images.ravel()),
        "fortran order": lambda store: rewritten(store, images=np.asfortranarray(images + 1)),
        "long values": lambda store: rewritten(store, reached=np.zeros(3, np.float32)),
        "flat history": lambda store: rewritten(store, history=np.zeros(2, np.float32)),
        "frames": lambda store: rewritten(store, frames=images[None]),
        "no start": lambda store: rewritten(store, start=None),
        "a stranger": lambda store: rewritten(store, stranger=huge),
        "one name": lambda store: rewritten(store, about=about),
        "no json": lambda store: rewritten(store, about=huge),
        "claims more": claim_more,
        "compressed": compress,
        "twice": add_twice,
    }


@pytest.mark.parametrize("damage", damages())
def test_a_damaged_file_is_absent_and_removed(store, damage, caplog):
    """It is told in the log, and the next one takes its place."""
    store.keep(ask(), answer(ask()))
    damages()[damage](store)
    assert store.find(ask()) is None
    assert files(store) == []
    assert "is removed" in caplog.text
    store.keep(ask(), answer(ask()))
    assert same(store.find(ask()), answer(ask()))


def test_a_file_cut_or_changed_anywhere_never_raises(store):
    """Cut at any length it is absent; with any byte changed it is absent or the same."""
    store.keep(ask((0,)), answer(ask((0,))))
    whole, path = entry(store).read_bytes(), entry(store)
    rng = np.random.default_rng(0)
    for length in rng.integers(0, len(whole), 60):
        path.write_bytes(whole[:length])
        assert store.find(ask((0,))) is None
    for place in [*rng.integers(0, len(whole), 100), *range(len(whole) - 600, len(whole), 3)]:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        patterns = store.find(ask((0,)))
        assert patterns is None or same(patterns, answer(ask((0,))))


def test_an_entry_of_another_request_under_this_name_is_absent(store):
    """As when somebody moves files about."""
    store.keep(ask(seed=1), answer(ask(seed=1)))
    entry(store).rename(store._path(ask(), fingerprints.fingerprint("net")))
    assert store.find(ask()) is None


def test_a_folder_that_cannot_be_written_is_told_once(net, tmp_path, caplog):
    """The second result is not even tried, and nothing raises."""
    (tmp_path / "file").write_text("in the way")
    store = PatternStore(tmp_path / "file" / "kept", 2**20)
    for _ in range(2):
        store.keep(ask(), answer(ask()))
        assert store.find(ask()) is None
    assert caplog.text.count("cannot be written") == 1


def test_without_bytes_no_folder_is_made(net, tmp_path):
    """Zero turns it off."""
    store = PatternStore(tmp_path / "kept", 0)
    store.keep(ask(), answer(ask()))
    assert not (tmp_path / "kept").exists()


def test_values_between_the_levels_are_a_defect(store):
    """They would come back changed; nothing is left of the attempt."""
    with pytest.raises(ValueError, match="whole 256ths were expected"):
        store.keep(ask(), replace(answer(ask()), images=np.full((2, SIDE, SIDE, 3), 0.334)))
    assert files(store) == []


def test_two_processes_share_a_folder(net, tmp_path):
    """Both write, read and evict at once in a folder with room for four: no error, none torn."""
    code = f"""
import logging, sys
sys.path[:0] = {[str(ROOT), str(TESTS / "engine" / "keeping")]!r}
logging.raiseExceptions = True
import test_pattern_store as t
from pathlib import Path
from types import SimpleNamespace
card = SimpleNamespace(name="net", family="bundled")
for module in (t.fingerprints, t.pattern_store):
    module.find_card = {{"net": card}}.get
    module.bundled_path = lambda name: Path({str(net / "model.keras")!r})
store = t.PatternStore(Path({str(tmp_path / "kept")!r}), 40_000)
found = 0
for turn in range(150):
    request = t.ask(seed=(turn * int(sys.argv[1])) % 8)
    kept = store.find(request)
    if kept is None:
        store.keep(request, t.answer(request, request.seed))
    else:
        found += 1
        assert t.same(kept, t.answer(request, request.seed))
assert store._writable
print(found)
"""
    processes = [
        subprocess.Popen([sys.executable, "-c", code, step], stdout=subprocess.PIPE, text=True)
        for step in ("3", "5")
    ]
    counts = [int(process.communicate()[0]) for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert sum(counts) > 0
    left = list((tmp_path / "kept").iterdir())
    assert left
    assert all(path.suffix == ".npz" for path in left)
    assert sum(path.stat().st_size for path in left) <= 40_000


def test_shipped_patterns_are_found_in_any_part(store, shipped):
    """A few channels in any order are those among all, and nothing is written."""
    patterns = store.find(ask((17, 2, 2)))
    assert np.array_equal(patterns.images, shipped.images[[17, 2, 2]])
    assert np.array_equal(patterns.reached, shipped.reached[[17, 2, 2]])
    assert files(store) == []


@pytest.mark.parametrize(
    "options",
    [
        {"seed": 1},
        {"preset": "lecture"},
        {"direction": -1},
        {"against": 3},
        {"place": (0, 0)},
        {"steps": 9},
        {"faces": 2},
        {"frames": 1},
        {"size": None},
        {"size": 64},
        {"layer": None},
        {"indices": (20,)},
    ],
)
def test_shipped_patterns_answer_nothing_else(store, shipped, options):
    """Only the very request that they were grown for."""
    plain = {"model": "net", "layer": "conv", "indices": (0, 1), "size": SIDE}
    assert store.find(PatternsRequest(**plain)) is not None
    assert store.find(PatternsRequest(**plain | options)) is None


def test_shipped_patterns_of_other_weights_are_not_shown(store, shipped, net):
    """The model was trained anew, the pictures not yet."""
    (net / "model.keras").write_bytes(b"new weights")
    assert store.find(ask()) is None


@pytest.mark.parametrize("card", [c for c in cards.available_models() if c.family == "bundled"])
def test_patterns_of_bundled_models_fit_their_weights(card, tmp_path):
    """What lies beside a model in this checkout is found, each layer whole."""
    index = cards.bundled_path(card.name).parent / "patterns" / "patterns.json"
    if not index.exists():
        pytest.skip("No patterns are shipped with this model.")
    store = PatternStore(tmp_path, 0)
    for layer, entry in json.loads(index.read_text())["layers"].items():
        channels = tuple(range(len(entry["names"])))
        request = PatternsRequest(model=card.name, layer=layer, indices=channels, size=96)
        assert store.find(request) is not None, layer


@pytest.fixture
def start(net, tmp_path, monkeypatch):
    """Start engines that have no cluster and never get one; what they wait for stays queued."""
    engines = []

    def start_one():
        engines.append(Engine(Settings(data=tmp_path)))
        return engines[-1]

    monkeypatch.setattr(Dispatcher, "_run", lambda self: self._loop.close())
    yield start_one
    for engine in engines:
        engine.close()


def test_patterns_on_disk_need_no_worker(start, shipped, tmp_path):
    """Shipped ones and kept ones are done when asked for, though no cluster is there."""
    kept = ask((30, 31))
    PatternStore(tmp_path / "patterns", 2**20).keep(kept, answer(kept))
    engine = start()
    jobs = [engine.submit(ask((5,))), engine.submit(kept, owner="me")]
    assert [job.state for job in jobs] == ["done", "done"]
    assert np.array_equal(jobs[0].result(0).images, shipped.images[[5]])
    assert same(jobs[1].result(0), answer(kept))
    assert not jobs[1].result(0).images.flags.writeable
    assert engine.submit(ask((5,))).result(0) is jobs[0].result(0)
    assert engine.submit(ask((77,))).state == "queued"
    assert not engine.ready


def test_a_second_server_shows_what_the_first_computed(start):
    """What a worker gives is written; who asks another server later has it done at once."""
    request = ask(frames=2)
    first = start()
    job = first.submit(request)
    assert job.state == "queued"
    first._board.finish(first._board.take("long", 1), answer(request))
    first.close()
    job = start().submit(request)
    assert job.state == "done"
    assert same(job.result(0), answer(request))


def test_who_asks_while_it_is_computed_shares_it(start, monkeypatch):
    """The disk is not looked at for what is in flight, nor for what the table has."""
    engine, looked = start(), []
    monkeypatch.setattr(PatternStore, "find", lambda self, request: looked.append(request))
    jobs = [engine.submit(ask(), owner=owner) for owner in ("me", "you")]
    assert jobs[0].work is jobs[1].work
    engine.cancel_owner("me")
    assert [job.state for job in jobs] == ["cancelled", "queued"]
    engine._board.finish(engine._board.take("long", 1), answer(ask()))
    assert engine.submit(ask()).state == "done"
    assert len(looked) == 1


def test_thirty_who_ask_at_once_read_the_disk_once(start, shipped, monkeypatch):
    """Thirty threads ask for a shipped layer at once; all have the one result."""
    engine, read = start(), []
    find = PatternStore.find
    monkeypatch.setattr(
        PatternStore, "find", lambda self, request: read.append(0) or find(self, request)
    )
    with ThreadPoolExecutor(30) as sessions:
        jobs = list(sessions.map(lambda _: engine.submit(ask()), range(30)))
    assert len({id(job.result(0)) for job in jobs}) == 1
    assert len(read) == 1


def test_a_result_that_cannot_be_kept_is_given_all_the_same(start, caplog):
    """A defect of the store shows in the log and holds nobody up."""
    engine = start()
    job = engine.submit(ask())
    odd = replace(answer(ask()), images=np.full((2, SIDE, SIDE, 3), 0.334))
    engine._board.finish(engine._board.take("long", 1), odd)
    engine.close()
    assert job.result(0) is odd
    assert "could not be kept" in caplog.text


def test_the_disk_is_looked_at_without_tensorflow(tmp_path):
    """A process that finds and keeps patterns of a bundled model has not imported it."""
    code = f"""
import sys
from pathlib import Path
from cnnviz_engine.keeping.pattern_store import PatternStore
from cnnviz_engine.requests.patterns import PatternsRequest
store = PatternStore(Path({str(tmp_path)!r}), 2**20)
request = PatternsRequest(model="photos20", layer="stage1_conv1", indices=(0,), size=32)
sys.path.insert(0, {str(TESTS / "engine" / "keeping")!r})
import test_pattern_store as t
store.keep(request, t.answer(request))
assert store.find(request) is not None
bad = {{"tensorflow", "keras"}} & set(sys.modules)
assert not bad, bad
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
