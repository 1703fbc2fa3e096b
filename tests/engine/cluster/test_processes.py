"""The processes around the engine: foreign clusters, orphans, and a light web process."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import engine_stand_ins
import pytest
from waiting import HERE, SETTINGS, wait_until

ROOT = HERE.parent.parent


def python(code, **options):
    """Start Python with the project and the stand-ins on its path."""
    path = os.pathsep.join((str(ROOT), str(HERE)))
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": path},
        **options,
    )


def alive(process_id):
    """Whether a process runs, zombies not counted."""
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.cluster
def test_a_foreign_cluster_runs_the_same_jobs():
    """With CNNVIZ_SCHEDULER the same code runs on that cluster's workers, lanes and all."""
    from distributed import LocalCluster

    from cnnviz_engine import Engine, UploadedModel, UploadRefusedError
    from cnnviz_engine.requests.inspection import InspectRequest

    with LocalCluster(
        n_workers=1,
        threads_per_worker=2,
        resources={"quick": 1, "long": 1},
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
    ) as cluster:
        settings = SETTINGS.model_copy(update={"scheduler": cluster.scheduler_address})
        engine = Engine(settings, engine_stand_ins.act)
        try:
            worker = engine.submit(engine_stand_ins.quick("echo")).result(180)[2]
            assert worker in {nanny.pid for nanny in cluster.workers.values()}
            steps = engine.submit(engine_stand_ins.long("steps"))
            assert wait_until(lambda: steps.progress is not None)
            steps.cancel()
            upload = UploadedModel(b"a file", "a.keras")
            with pytest.raises(UploadRefusedError, match="has no sandbox"):
                engine.submit(InspectRequest(model=upload.name), upload=upload)
            assert engine.submit(engine_stand_ins.long("echo")).result(180)[2] == worker
        finally:
            engine.close()


@pytest.mark.cluster
def test_no_process_is_left_when_the_web_process_is_killed():
    """After SIGKILL of the parent, scheduler and worker end by themselves, also in mid-job."""
    code = """
import os, signal, time
from cnnviz_engine import Engine
from cnnviz_engine.settings import Settings
from engine_stand_ins import act, quick, long
from waiting import local_clusters
engine = Engine(Settings(warm_model="", pattern_bytes=0), act)
worker = engine.submit(quick("echo")).result(180)[2]
job = engine.submit(long("steps_without_end"))
while job.progress is None:
    time.sleep(0.01)
print(local_clusters(os.getpid())[0][0], worker, flush=True)
signal.pause()
"""
    with python(code) as web:
        processes = [int(text) for text in web.stdout.readline().split()]
        assert len(processes) == 2
        assert all(alive(process) for process in processes)
        web.send_signal(signal.SIGKILL)
    assert wait_until(lambda: not any(alive(process) for process in processes))


@pytest.mark.cluster
def test_the_web_process_stays_free_of_tensorflow():
    """A process that connects, submits and gets the real thing has not imported TensorFlow."""
    code = """
import json, sys
import numpy as np
from cnnviz_engine import connect, image_digest
from cnnviz_engine.requests.attribution import AttributionRequest
from cnnviz_engine.requests.looking import DescribeRequest
engine = connect()
structure = engine.submit(DescribeRequest(model="photos20")).result(300)
image = np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8)
request = AttributionRequest(model="photos20", image=image_digest(image), target=1)
attribution = engine.submit(request, image).result(180)
heavy = sorted({name.partition(".")[0] for name in sys.modules} & {"tensorflow", "keras", "torch"})
same_layer = structure.default_layer == attribution.layer
print(json.dumps([heavy, engine.ready, attribution.target.index, same_layer]))
engine.close()
"""
    with python(code) as web:
        assert json.loads(web.stdout.readline()) == [[], True, 1, True]


@pytest.mark.cluster
def test_an_error_of_tensorflow_leaves_the_web_process_free_of_it():
    """As a cause, or raised itself, it stays in the worker, whose log has its traceback."""
    code = """
import json, sys
from cnnviz_core.errors import CnnVizError
from cnnviz_engine import Engine
from cnnviz_engine.settings import Settings
from engine_stand_ins import act, quick
engine = Engine(Settings(warm_model="", pattern_bytes=0), act)
told = []
for action in ("fail_in_tensorflow:Take another layer.", "fail_in_tensorflow"):
    try:
        engine.submit(quick(action)).result(300)
    except CnnVizError as error:
        told.append([type(error).__name__, str(error)])
engine.close()
print(json.dumps([told, "tensorflow" in sys.modules]))
"""
    with python(code, stderr=subprocess.PIPE) as web:
        answer, log = web.communicate()
    (caused, raised), heavy = json.loads(answer)
    assert caused == ["OptionError", "Take another layer."]
    assert raised[0] == "WorkerFaultError"
    assert "failed: InvalidArgumentError." in raised[1]
    assert not heavy
    assert "fail_in_tensorflow" in log
    assert "Traceback" in log


def test_importing_the_engine_does_not_import_dask():
    """A page's import is quick: Dask is loaded by the engine's thread."""
    code = "import sys, cnnviz_engine; print('distributed' in sys.modules)"
    with python(code) as process:
        assert process.stdout.read().strip() == "False"
