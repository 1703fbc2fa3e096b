"""Uploaded models outside any worker: names, shared bytes, bounds, and being sent when missing."""

import asyncio
import gc
import pickle
import threading
from contextlib import asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from engine_stand_ins import KernelsRequest, StandInFile, quick
from told_cluster import Client, start, supervisor_of
from waiting import wait_until

import cnnviz_core
from cnnviz_core.maximization.results import Patterns
from cnnviz_engine import (
    Engine,
    UploadedModel,
    UploadRefusedError,
    WorkerFaultError,
    WorkerLostError,
)
from cnnviz_engine.cluster import dispatcher, reaching, worker
from cnnviz_engine.cluster.dispatcher import Dispatcher
from cnnviz_engine.errors import QueueFullError, UploadMissingError
from cnnviz_engine.keeping.pattern_store import PatternStore
from cnnviz_engine.queueing.board import JobBoard
from cnnviz_engine.requests.inspection import InspectRequest
from cnnviz_engine.requests.looking import DescribeRequest
from cnnviz_engine.requests.patterns import PatternsRequest
from cnnviz_engine.sandbox import models, process
from cnnviz_engine.sandbox.uploads import UploadRegister
from cnnviz_engine.settings import Settings

CHOICES = {
    "content": b"another file",
    "file_name": "b.keras",
    "labels": ("dog", "cat"),
    "preprocessing": "unit",
    "inputs": {"age": (1.0,)},
}


def upload_of(content=b"a file", **choices):
    """An upload called a.keras."""
    return UploadedModel(content, **{"file_name": "a.keras"} | choices)


def ask(upload, layer="a"):
    """A quick request of an uploaded model."""
    return KernelsRequest(model=upload.name, layer=layer)


@pytest.mark.parametrize("choice", CHOICES)
def test_a_name_tells_every_choice_apart(choice):
    """Two uploads have one name only where bytes and all choices are equal."""
    upload = upload_of(labels=("cat", "dog"))
    other = replace(upload, **{choice: CHOICES[choice]})
    assert other.name != upload.name
    assert upload_of(labels=("cat", "dog")).name == upload.name


def test_a_name_is_that_of_a_request():
    """Other names that begin likewise are no uploads, and are not inspected."""
    assert InspectRequest(model=upload_of().name).lane == "quick"
    for wrong in ("photos20", "upload-", upload_of().name.upper(), upload_of().name + "\n"):
        with pytest.raises(ValueError, match="should match pattern"):
            InspectRequest(model=wrong)


def test_equal_files_are_held_once():
    """Other choices, and other visitors who bring the same bytes, take no more memory."""
    content = bytes(1000)
    first, second = upload_of(content), upload_of(bytes(bytearray(1000)), file_name="b.h5")
    assert second.content is first.content is replace(first, labels=("a",)).content


def test_an_upload_travels_whole_and_without_a_copy():
    """What arrives has the same name; the bytes go beside the pickle."""
    upload = upload_of(bytes(10**6), labels=("a",), inputs={"age": (0.1,)})
    buffers = []
    head = pickle.dumps(upload, protocol=5, buffer_callback=buffers.append)
    assert len(head) < 1000
    assert pickle.loads(head, buffers=buffers).name == upload.name
    assert pickle.loads(pickle.dumps(upload)).name == upload.name


def test_uploads_are_bounded_one_by_one_and_together():
    """Beyond, a sentence says so; equal bytes count once, and room comes back with the last."""
    register = UploadRegister(3 * 2**20, 5 * 2**20, lambda: None)
    with pytest.raises(UploadRefusedError, match=r"has 4 MB; at most 3 are taken here\. Take a"):
        register.admit(upload_of(bytes(3 * 2**20 + 1)))
    first, same, another = (upload_of(bytes([k]) * 3 * 2**20, file_name=f"{k}") for k in (1, 1, 2))
    for upload in (first, same, first):
        register.admit(upload)
    with pytest.raises(UploadRefusedError, match="fill the room"):
        register.admit(another)
    del first
    gc.collect()
    with pytest.raises(UploadRefusedError, match="fill the room"):
        register.admit(another)
    del same, upload
    gc.collect()
    register.admit(another)


def test_a_name_is_gone_with_the_last_upload_of_it():
    """Those who hold it are counted, each once; who comes later counts anew."""
    woken = []
    register = UploadRegister(100, 100, lambda: woken.append(1))
    first, second = upload_of(), upload_of()
    name = first.name
    for upload in (first, second, first):
        register.admit(upload)
    del first, upload
    gc.collect()
    assert (len(woken), register.gone()) == (1, [])
    del second
    gc.collect()
    assert register.gone() == [name]
    assert register.gone() == []
    again = upload_of()
    register.admit(again)
    del again
    gc.collect()
    assert register.gone() == [name]


@pytest.fixture
def board():
    """A board with room for two jobs a queue."""
    return JobBoard(queue_limit=2, result_bytes=2**20, wake=lambda: None)


def test_uploads_queue_by_themselves(board):
    """Their jobs neither take a place of others nor wait for them, nor are suspects to them."""
    upload = upload_of()
    for number in range(2):
        board.submit(quick("echo", f"{number}"), None, "")
        board.submit(ask(upload, f"{number}"), None, "", upload=upload)
    assert board.take("quick", 1).standing.upload is None
    work = board.take("sandbox_quick", 1)
    assert (work.standing.upload, work.queue, work.lane) == (upload, "sandbox_quick", "quick")
    assert board.take("sandbox_quick", 1) is None
    for suspect in board.running():
        board.lost(suspect)
    for suspect in board.running():
        board.put_back(suspect)
    assert board.take("quick", 1).standing.losses
    assert board.take("sandbox_quick", 1) is work


def test_a_file_that_stops_the_sandbox_again_and_again_is_left_alone(board, clock):
    """Three jobs given up for it, under whatever choices, and it is refused for ten minutes."""
    bad, good = upload_of(), upload_of(b"another")
    for number in range(3):
        variant = replace(bad, file_name=f"{number}.keras")
        job = board.submit(ask(variant), None, "", upload=variant)
        board.overdue(board.take("sandbox_quick", 1))
        board.put_back(job.work)
        assert job.state == "failed"
    with pytest.raises(UploadRefusedError, match="several times"):
        board.submit(ask(bad), None, "", upload=bad)
    board.cancel(board.submit(ask(good), None, "", upload=good))
    clock.tick(601)
    assert board.submit(ask(bad), None, "", upload=bad).state == "queued"


def test_one_visitor_does_not_fill_the_queue_of_uploads():
    """A quarter of its places is each visitor's at most, so that others find one."""
    board = JobBoard(queue_limit=8, result_bytes=2**20, wake=lambda: None)
    upload = upload_of()
    for number in range(2):
        board.submit(ask(upload, f"{number}"), None, "greedy", upload=upload)
    with pytest.raises(QueueFullError, match="2 of your jobs wait"):
        board.submit(ask(upload, "more"), None, "greedy", upload=upload)
    assert board.submit(ask(upload, "more"), None, "modest", upload=upload).state == "queued"
    board.submit(ask(upload, "1"), None, "greedy", upload=upload)  # it waits already


def test_no_secret_of_the_environment_reaches_a_worker(monkeypatch):
    """Variables that are called like secrets stay with the web process."""
    handed = {}
    monkeypatch.setattr("subprocess.Popen", lambda *_, env, **__: handed.update(env))
    for name in ("AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "db_password", "OPENAI_API_KEY"):
        monkeypatch.setenv(name, "canary")
    monkeypatch.setenv("KERAS_HOME", "/weights")
    reaching._start(Settings())
    assert "canary" not in handed.values()
    assert handed["KERAS_HOME"] == "/weights"


def test_a_model_is_called_after_the_file_of_who_asks(monkeypatch):
    """Two visitors with equal files share the network, and learn nothing of each other's name."""
    monkeypatch.setattr(process, "_entered", True)
    monkeypatch.setattr("cnnviz_core.inspect_model_file", StandInFile, raising=False)
    for table in (models._files, models._networks, models.loaded_models):
        table.cache_clear()
    built = []
    for file_name in ("mine.keras", "yours.keras"):
        upload = upload_of(file_name=file_name)
        models.receive(upload)
        built.append(models.model(upload.name))
    assert [model.name for model in built] == ["mine.keras", "yours.keras"]
    assert built[0].network is built[1].network


def test_a_network_goes_with_the_last_model_of_its_file(monkeypatch):
    """What one visitor lets go of costs nobody else a network, of the same file or another."""
    monkeypatch.setattr(process, "_entered", True)
    monkeypatch.setattr("cnnviz_core.inspect_model_file", StandInFile, raising=False)
    for table in (models._files, models._networks, models.loaded_models):
        table.cache_clear()
    models._digests.clear()
    first, second = upload_of(), upload_of(preprocessing="tf")
    other = upload_of(b"another file")
    for upload in (first, second, other):
        models.receive(upload)
        models.model(upload.name)
    digests = [upload.bytes_held.digest for upload in (first, other)]
    networks = [models._networks().get(digest) for digest in digests]
    models.forget(first.name)
    assert [models._networks().get(digest) for digest in digests] == networks
    models.forget(second.name)
    assert [models._networks().get(digest) for digest in digests] == [None, networks[1]]


def test_a_finished_job_holds_no_upload(board):
    """The bytes are kept by whoever brought them, not by the results."""
    upload = upload_of()
    job = board.submit(ask(upload), None, "", upload=upload)
    board.finish(board.take("sandbox_quick", 1), "value")
    assert job.work.standing.upload is None


def test_results_of_an_upload_can_be_forgotten(board):
    """Those of other models stay."""
    upload = upload_of()
    jobs = [
        board.submit(ask(upload), None, "", upload=upload),
        board.submit(quick("echo"), None, ""),
    ]
    board.finish(board.take("sandbox_quick", 1), "value")
    board.finish(board.take("quick", 1), "value")
    board.forget(upload.name)
    assert [board.results.get(job.request.key) for job in jobs] == [None, "value"]


class Outcome:
    """What a future of Dask is to the dispatcher."""

    def __init__(self, outcome):
        self.outcome = outcome

    def __await__(self):
        yield from asyncio.sleep(0).__await__()
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    def release(self):
        """Nothing is held."""


class Forgetful(Dispatcher):
    """Its sandbox says that the file is missing, as often as told."""

    def __init__(self, missing):
        self.missing, self.sent, self.resources = missing, [], []
        self.workers = {"in": {"resources": {"sandbox_quick": 1}, "nthreads": 1}}
        super().__init__(None, Settings(scheduler="tcp://nowhere:1"))

    async def _use(self, address):
        self._client = self
        self._workforce.count(self.workers)
        while not self._closing:
            self._start_jobs(set())
            await asyncio.sleep(0.01)

    def submit(self, function, name, task, request_json, image, upload, **options):
        """Stands in for the client's."""
        self.sent.append(upload)
        self.resources.append(options["resources"])
        missing = len(self.sent) <= self.missing
        return Outcome(UploadMissingError("not here") if missing else "value")


@pytest.fixture
def forgetful(monkeypatch):
    """Makes such a dispatcher."""

    @asynccontextmanager
    async def reach(settings):
        yield settings.scheduler

    monkeypatch.setattr(dispatcher, "reach", reach)
    made = []

    def make(missing):
        made.append(Forgetful(missing))
        return made[-1]

    yield make
    for dispatcher_made in made:
        dispatcher_made.close()


def test_the_bytes_are_sent_only_when_they_are_missing(forgetful):
    """First without; then with them, as the same job, which loses no worker by it."""
    sender, upload = forgetful(missing=1), upload_of()
    job = sender.board.submit(ask(upload), None, "", upload=upload)
    assert job.result(180) == "value"
    assert sender.sent == [None, upload]
    assert job.work.standing.losses == 0
    assert sender.board.submit(ask(upload, "b"), None, "", upload=upload).result(180) == "value"
    assert sender.sent[2:] == [None]
    assert sender.resources == [{"sandbox_quick": 1}] * 3


def test_a_worker_that_misses_what_it_was_given_is_a_fault(forgetful):
    """The bytes are not sent for ever."""
    sender, upload = forgetful(missing=99), upload_of()
    with pytest.raises(WorkerFaultError, match="failed: UploadMissingError"):
        sender.board.submit(ask(upload), None, "", upload=upload).result(180)
    assert sender.sent == [None, upload]


def test_an_overdue_job_of_an_upload_is_stopped_at_once(board, clock):
    """It is not tried again; a job of a bundled model that takes as long goes on."""
    upload = upload_of()
    job = board.submit(ask(upload), None, "", upload=upload)
    endless, (fine, _), client = board.take("sandbox_quick", 1), start(board, quick("a")), Client()
    client.workers = {"in": [endless], "one": [fine]}
    supervisor = supervisor_of(client, board, [endless, fine], sandbox_seconds=10)
    for seconds in (0, 11):
        clock.tick(seconds)
        asyncio.run(supervisor.look_after([endless, fine]))
    assert client.restarted == ["in"]
    board.put_back(endless)
    with pytest.raises(WorkerLostError, match="longer than an uploaded model may take"):
        job.result(0)
    assert supervisor.restarting == set()
    assert (fine.standing.overdue, fine.standing.losses) == (False, 0)


def test_no_job_of_an_upload_keeps_the_sandbox_for_ever(board, clock):
    """One that makes its steps is given up after fifteen times the limit between two."""
    upload = upload_of()
    patterns = PatternsRequest(model=upload.name, layer="a", indices=(0,))
    board.submit(patterns, None, "", upload=upload)
    work, client = board.take("sandbox_long", 1), Client()
    client.workers = {"in": [work]}
    supervisor = supervisor_of(client, board, [work], sandbox_seconds=10)

    async def look(seconds):
        clock.tick(seconds)
        client.steps_done += 1
        await supervisor.look_after([work])
        return work.standing.overdue

    overdue = [asyncio.run(look(9)) for _ in range(18)]
    assert overdue == [False] * 17 + [True]


def test_who_waits_for_an_overdue_job_is_not_given_up_with_it(board, clock):
    """Of two jobs of one sandbox the first is overdue; the other one is tried again."""
    overdue, waiting = upload_of(b"one"), upload_of(b"two")
    patterns = PatternsRequest(model=waiting.name, layer="a", indices=(0,))
    board.submit(ask(overdue), None, "", upload=overdue)
    waits = board.submit(patterns, None, "", upload=waiting)
    first, second = board.take("sandbox_quick", 1), board.take("sandbox_long", 1)
    client = Client()
    client.workers = {"in": [first]}
    supervisor = supervisor_of(client, board, [first, second], sandbox_seconds=10)

    async def looks():
        await supervisor.look_after([first, second])
        clock.tick(1)
        client.workers = {"in": [second, first]}
        await supervisor.look_after([second, first])
        clock.tick(11)
        await supervisor.look_after([second, first])

    asyncio.run(looks())
    assert client.restarted == ["in"]
    assert (first.standing.overdue, second.standing.overdue) == (True, False)
    assert second.standing.losses == 0
    board.put_back(second)
    assert waits.state == "queued"


def test_a_restart_keeps_new_jobs_off_that_pool_alone(board, clock):
    """What would be given to the dying worker waits; the main workers go on."""
    upload, restarting = upload_of(), []
    board.submit(ask(upload), None, "", upload=upload)
    work, client = board.take("sandbox_quick", 1), Client()
    client.workers = {"in": [work]}
    supervisor = supervisor_of(client, board, [work], sandbox_seconds=10)

    async def restart_workers(addresses, **options):
        restarting.append(set(supervisor.restarting))

    client.restart_workers = restart_workers

    for seconds in (0, 11):
        clock.tick(seconds)
        asyncio.run(supervisor.look_after([work]))
    assert restarting == [{"sandbox"}]


class WithoutSandbox(Dispatcher):
    """A foreign cluster whose one worker is no sandbox."""

    async def _use(self, address):
        self._client = self
        await self._serve(SimpleNamespace(restarting=set()))

    status = "running"

    @property
    def scheduler(self):
        """Stands in for the client's scheduler."""
        return self

    async def identity(self, n_workers):
        """One worker that takes nothing."""
        return {"workers": {"one": {"resources": {"quick": 0}, "nthreads": 1}}}


def test_without_a_sandbox_an_upload_is_refused_at_once(monkeypatch):
    """Who asks once workers are known, and who asked before, is told in a sentence."""
    opened = threading.Event()

    @asynccontextmanager
    async def reach(settings):
        await asyncio.to_thread(opened.wait)
        yield settings.scheduler

    monkeypatch.setattr(dispatcher, "reach", reach)
    monkeypatch.setattr("cnnviz_engine.engine.Dispatcher", WithoutSandbox)
    engine, upload = Engine(Settings(scheduler="tcp://nowhere:1", pattern_bytes=0)), upload_of()
    try:
        early = engine.submit(ask(upload), upload=upload)
        opened.set()
        with pytest.raises(UploadRefusedError, match="has no sandbox"):
            early.result(180)
        assert wait_until(lambda: engine.ready)
        with pytest.raises(UploadRefusedError, match=r"has no sandbox.* Choose one of the models"):
            engine.submit(ask(upload, "late"), upload=upload)
    finally:
        opened.set()
        engine.close()


@pytest.mark.parametrize("kind", [DescribeRequest, InspectRequest])
def test_outside_a_sandbox_no_upload_is_looked_at(monkeypatch, kind):
    """Neither as a file nor as a path, also where its bytes got there."""
    upload = upload_of()
    for name in ("structure", "load_model", "inspect_model_file"):
        monkeypatch.setitem(vars(cnnviz_core), name, lambda *_, **__: pytest.fail("it was asked"))
    with pytest.raises(UploadRefusedError, match="has no sandbox"):
        models.receive(upload)
    with pytest.raises(UploadRefusedError, match="has no sandbox"):
        worker.run(kind(model=upload.name).canonical_json(), None, lambda *_: True)


def test_a_sandbox_without_the_file_asks_for_it(monkeypatch):
    """The engine then sends it."""
    monkeypatch.setattr(process, "entered", lambda: True)
    request = DescribeRequest(model=upload_of(b"never sent").name)
    with pytest.raises(UploadMissingError):
        worker.run(request.canonical_json(), None, lambda *_: True)


def test_patterns_of_an_upload_never_reach_the_disk(tmp_path):
    """Nothing of a visitor's model is kept."""
    store = PatternStore(tmp_path / "patterns", 2**30)
    request = PatternsRequest(model=upload_of().name, layer="conv", indices=(0,), size=32)
    row = np.zeros(1, np.float32)
    images = np.zeros((1, 32, 32, 3), np.float32)
    store.keep(request, Patterns(images, ("conv",), row, row, row[None], "best", 0))
    assert store.find(request) is None
    assert not (tmp_path / "patterns").exists()
