"""Uploaded models on a real cluster: in a process of their own, walled in, and gone in the end."""

import gc
import os
import signal
import socket
import sys
from dataclasses import replace

import engine_stand_ins
import numpy as np
import pytest
from engine_stand_ins import quick
from waiting import SETTINGS, wait_until

from cnnviz_core.zoo.cards import bundled_path, find_card
from cnnviz_engine import Engine, UploadedModel, UploadRefusedError, WorkerLostError, image_digest
from cnnviz_engine.requests.attribution import AttributionRequest
from cnnviz_engine.requests.inspection import InspectRequest
from cnnviz_engine.requests.looking import DescribeRequest, KernelsRequest, PredictRequest
from cnnviz_engine.requests.patterns import PatternsRequest
from cnnviz_engine.sandbox import models
from cnnviz_engine.settings import Settings

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def engine():
    """An engine whose sandbox has room for two models of ten weights, or one of twenty."""
    room = 2 * models._COMPILED_BYTES + 100
    settings = SETTINGS.model_copy(
        update={"sandbox_seconds": 6, "model_bytes": room, "sandbox_memory": 4 * 2**30}
    )
    engine = Engine(settings, engine_stand_ins.act)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def upload():
    """A file with all its choices."""
    return UploadedModel(b"a file", "a.keras", ("cat", "dog"), "tf", {"age": (1.5, 2.0)})


def run(engine, upload, action):
    """What an uploaded model answers to an action."""
    request = KernelsRequest(model=upload.name, layer=action)
    return engine.submit(request, upload=upload).result(180)


def attempt(engine, upload, expression):
    """What comes of an expression in the sandbox."""
    return run(engine, upload, f"attempt:{expression}")


def test_an_upload_is_inspected_and_built_where_nothing_else_runs(engine, upload):
    """Bytes and choices arrive whole; the file is sent for the first job that needs it alone."""
    summary = engine.submit(InspectRequest(model=upload.name), upload=upload).result(180)
    assert summary == ("a.keras", 6, upload.held.digest)
    *choices, built, sandbox = run(engine, upload, "told")
    assert choices == [("cat", "dog"), "tf", {"age": (1.5, 2.0)}]
    assert run(engine, upload, "echo:again")[2] == sandbox
    assert built == 1
    main = engine.submit(quick("echo", "main")).result(180)[2]
    assert sandbox not in (main, os.getpid())


def test_without_the_file_an_upload_cannot_be_asked_for(engine, upload):
    """Neither nothing nor another file is taken for the one that the request names."""
    request = KernelsRequest(model=upload.name, layer="told:other")
    for wrong in (None, UploadedModel(b"b", "a.keras")):
        with pytest.raises(ValueError, match="The request names the upload"):
            engine.submit(request, upload=wrong)
    with pytest.raises(ValueError, match="names the upload None"):
        engine.submit(quick("echo", "bundled"), upload=upload)


@pytest.mark.parametrize(
    "expression",
    [
        "open({path!r}, 'w')",
        "import_module('os').open({path!r}, 64)",
        "import_module('pathlib').Path({path!r}).mkdir()",
        "import_module('os').rename({kept!r}, {path!r})",
        "import_module('os').remove({kept!r})",
        "import_module('os').symlink({kept!r}, {path!r})",
        "import_module('os').truncate({kept!r}, 0)",
        "import_module('tempfile').mkstemp()",
        "import_module('os').fork()",
        "import_module('os').system('true')",
        "import_module('subprocess').run(['true'])",
        "import_module('os').kill({parent}, 0)",
        "import_module('ctypes').CDLL('libm.so.6')",
        "import_module('socket').create_connection(('127.0.0.1', {port}))",
        "import_module('socket').create_connection(('example.org', 80))",
        "import_module('socket').socket().bind(('127.0.0.1', 0))",
        "import_module('urllib.request').urlopen('http://127.0.0.1:{port}')",
    ],
)
def test_nothing_in_the_sandbox_leaves_it(engine, upload, tmp_path, expression):
    """Files, programs, libraries and connections are denied, and the disk is as it was."""
    kept = tmp_path / "kept"
    kept.write_text("as it was")
    with socket.create_server(("127.0.0.1", 0)) as server:
        attempt_made = expression.format(
            path=str(tmp_path / "new"),
            kept=str(kept),
            parent=os.getpid(),
            port=server.getsockname()[1],
        )
        kind, _ = attempt(engine, upload, attempt_made)
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert kind in ("ForbiddenError", "PermissionError", "URLError")
    assert list(tmp_path.iterdir()) == [kept]
    assert kept.read_text() == "as it was"


def test_reading_goes_on_in_the_sandbox(engine, upload):
    """The walls do not deny everything: libraries are still read from disk."""
    assert attempt(engine, upload, f"open({__file__!r}).read(3)") == ("done", repr('"""'))


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's part is Linux's")
def test_the_kernel_denies_what_python_does_not_see(engine, upload, tmp_path):
    """Calls of the C library, past any audit hook, get no file, program or connection."""
    library = "import_module('ctypes').pythonapi"
    if int(attempt(engine, upload, f"{library}.syscall(444, 0, 0, 1)")[1]) < 4:
        pytest.skip("this kernel's Landlock knows no connections, or there is none")
    path = str(tmp_path / "new").encode()
    assert attempt(engine, upload, f"{library}.creat({path!r}, 0o600)") == ("done", "-1")
    assert attempt(engine, upload, f"{library}.mkdir({path!r}, 0o700)") == ("done", "-1")
    assert attempt(engine, upload, f"{library}.execl(b'/bin/true', b'true', 0)") == ("done", "-1")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1].to_bytes(2, "big")
        address = b"\x02\x00" + port + bytes([127, 0, 0, 1]) + bytes(8)
        connect = f"{library}.connect({library}.socket(2, 1, 0), {address!r}, 16)"
        assert attempt(engine, upload, connect) == ("done", "-1")
    assert list(tmp_path.iterdir()) == []


def test_memory_beyond_the_bound_is_a_sentence(engine, upload):
    """20 GB are refused, and the process goes on."""
    sandbox = run(engine, upload, "echo:memory")[2]
    with pytest.raises(UploadRefusedError, match="may not take as much memory"):
        attempt(engine, upload, "len(bytearray(20 * 2**30))")
    assert run(engine, upload, "echo:after memory")[2] == sandbox


def test_a_job_that_takes_too_long_ends_with_the_sandbox_and_others_finish(
    engine, upload, tmp_path
):
    """Its user reads a sentence after one try; a quick and a long job of others are served."""
    never, later = (f"wait_for_file:{tmp_path / name}" for name in ("never", "later"))
    endless = engine.submit(KernelsRequest(model=upload.name, layer=never), upload=upload)
    assert wait_until(lambda: endless.state == "running")
    other = engine.submit(
        PatternsRequest(model=upload.name, layer=later, indices=(0,)), upload=upload
    )
    beside = engine.submit(quick(later, "beside"))
    with pytest.raises(WorkerLostError, match="longer than an uploaded model may take"):
        endless.result(180)
    (tmp_path / "later").touch()
    assert other.result(180) == later
    assert beside.result(180) == "beside"
    assert run(engine, upload, "told:after the endless")[3] == 1


def test_a_killed_sandbox_comes_back_and_the_file_is_sent_again(engine, upload, tmp_path):
    """The job that ran is answered by another process; the main worker stays the same."""
    main = engine.submit(quick("echo", "before")).result(180)[2]
    sandbox = run(engine, upload, "echo:before the kill")[2]
    action = f"wait_for_file:{tmp_path / 'open'}"
    job = engine.submit(KernelsRequest(model=upload.name, layer=action), upload=upload)
    assert wait_until(lambda: job.state == "running")
    os.kill(sandbox, signal.SIGKILL)
    (tmp_path / "open").touch()
    assert job.result(180) == action
    assert run(engine, upload, "echo:after the kill")[2] != sandbox
    assert engine.submit(quick("echo", "after")).result(180)[2] == main


def test_a_model_that_gave_way_is_built_again(engine):
    """The table of models is bounded by their weights; what was dropped is sent anew."""
    first, second = UploadedModel(b"20", "one.keras"), UploadedModel(b"21", "two.keras")
    assert run(engine, first, "told:1")[3] == 1
    assert run(engine, second, "told:1")[3] == 1
    assert run(engine, first, "told:2")[3] == 2


def test_what_nobody_holds_any_more_is_forgotten(engine):
    """Results leave the table, and model and file the sandbox; another's stay."""
    kept, lost = UploadedModel(b"1", "kept.keras"), UploadedModel(b"2", "lost.keras")
    for upload in (kept, lost):
        run(engine, upload, "told")
    again = replace(lost)
    jobs = [
        engine.submit(KernelsRequest(model=held.name, layer="told"), upload=held)
        for held in (kept, lost, again)
    ]
    assert [job.state for job in jobs] == ["done"] * 3
    name, keys = lost.name, [job.request.key for job in jobs]
    del lost, upload
    gc.collect()
    assert engine._board.results.get(keys[1]) is not None
    del again
    gc.collect()
    assert wait_until(lambda: engine._board.results.get(keys[1]) is None)
    assert engine._board.results.get(keys[0]) is not None
    witness = "import_module('cnnviz_engine.model_table').loaded_models().get({!r}) is None"
    assert wait_until(lambda: fresh(engine, kept, witness.format(name)) == ("done", "True"), 5)
    assert fresh(engine, kept, witness.format(kept.name)) == ("done", "False")


def fresh(engine, upload, expression):
    """What comes of an expression, computed anew."""
    engine._board.forget(upload.name)
    return attempt(engine, upload, expression)


@pytest.fixture(scope="module")
def real_engine():
    """An engine that computes."""
    engine = Engine(Settings(warm_model="", scheduler="", pattern_bytes=0))
    yield engine
    engine.close()


def test_an_uploaded_model_gives_the_numbers_of_the_same_model_outside(real_engine, photo):
    """Walls change no bit of a prediction, a map or a pattern."""
    card = find_card("photos20")
    content = bundled_path(card.name).read_bytes()
    upload = UploadedModel(content, "mine.keras", card.labels, card.preprocessing)
    picture = {"image": image_digest(photo)}

    def both(kind, **options):
        image = photo if "image" in options else None
        return [
            real_engine.submit(kind(model=name, **options), image, upload=given).result(300)
            for name, given in ((upload.name, upload), (card.name, None))
        ]

    summary = real_engine.submit(InspectRequest(model=upload.name), upload=upload).result(180)
    inside, outside = both(DescribeRequest)
    assert summary.parameters == sum(layer.parameters for layer in outside.layers)
    assert inside.labels == outside.labels
    inside, outside = both(PredictRequest, **picture)
    assert inside.labels == outside.labels
    np.testing.assert_array_equal(inside.logits, outside.logits)
    for method in ("grad_cam", "integrated_gradients", "occlusion"):
        inside, outside = both(AttributionRequest, method=method, **picture)
        np.testing.assert_array_equal(inside.values, outside.values)
    pattern = {"layer": "stem_conv", "indices": (0,), "size": 32, "steps": 4}
    inside, outside = both(PatternsRequest, preset="lecture", **pattern)
    np.testing.assert_array_equal(inside.images, outside.images)
