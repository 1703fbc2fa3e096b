"""Tasks that stand in for the science: each request's model name says what happens.

Of an uploaded model it is the layer's name that says it, since the model's is a digest. Importable
by worker processes, and free of TensorFlow.
"""

import hashlib
import importlib
import os
import signal
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import numpy as np

import cnnviz_core
from cnnviz_core.errors import OptionError
from cnnviz_engine.requests.base import is_upload
from cnnviz_engine.requests.catalogue import parse_request
from cnnviz_engine.requests.looking import KernelsRequest
from cnnviz_engine.requests.patterns import PatternsRequest
from cnnviz_engine.sandbox import models


def quick(action, name="a"):
    """A request of the quick lane; `name` tells equal actions apart."""
    return KernelsRequest(model=action, layer=name)


def long(action, name="a"):
    """A request of the long lane; `name` tells equal actions apart."""
    return PatternsRequest(model=action, layer=name, indices=(0,))


def act(request_json, image, on_step):
    """Do what the request's model name says, as `action` or `action:argument`."""
    request = parse_request(request_json)
    if is_upload(request.model):
        return act_in_sandbox(request, image, on_step)
    action, _, argument = request.model.partition(":")
    return ACTIONS[action](argument, request, image, on_step)


def act_in_sandbox(request, image, on_step):
    """Do what the layer's name says, once the model is there."""
    cnnviz_core.inspect_model_file = StandInFile
    models._prepare = lambda: None  # imports TensorFlow
    if request.kind == "inspect":
        return models.inspected(request.model).summary()
    model = models.model(request.model)
    action, _, argument = request.layer.partition(":")
    if action in ACTIONS:
        return ACTIONS[action](argument, request, image, on_step)
    return SANDBOX_ACTIONS[action](argument, model)


class StandInFile:
    """What `inspect_model_file` gives: knows its bytes, and builds a model of as many."""

    built: ClassVar = Counter()

    def __init__(self, content, *, name):
        self.content, self.name = content, name

    def summary(self):
        """Say what came."""
        return self.name, len(self.content), hashlib.sha256(self.content).hexdigest()

    @property
    def sizes(self):
        """Of 4 weights, or of as many as the file's text says."""
        return SimpleNamespace(
            parameters=int(self.content) if self.content.isdigit() else 4,
        )

    def network(self):
        """What models of the file share."""
        return SimpleNamespace(count_params=lambda: self.sizes.parameters)

    def build(self, *, labels, preprocessing, inputs, classes, network, file_name):
        """A model of the network, named after a file."""
        self.built[file_name] += 1
        return SimpleNamespace(
            network=network,
            name=file_name,
            told=(labels, preprocessing, inputs, self.built[file_name], os.getpid()),
        )


def told(argument, model):
    """What the model was built with, how often the process built it, and which process."""
    return model.told


def attempt(argument, model):
    """Evaluate an expression as code that broke out of Keras could; tells what came of it."""
    try:
        return "done", repr(eval(argument, {"import_module": importlib.import_module}))[:80]
    except OSError as error:
        return type(error).__name__, str(error)


SANDBOX_ACTIONS = {"told": told, "attempt": attempt}


def echo(argument, request, image, on_step):
    """Say what was asked and in which process it ran."""
    return request.model, request.layer, os.getpid()


def note(argument, request, image, on_step):
    """Write the layer's name into a file: tells order and number of computations."""
    time.sleep(0.05)
    with Path(argument).open("a") as file:
        file.write(f"{request.layer}\n")
    return request.layer


def sleep(argument, request, image, on_step):
    """Take so many seconds."""
    time.sleep(float(argument))
    return argument


def wait_for_file(argument, request, image, on_step):
    """Run until a file exists."""
    while not Path(argument).exists():
        time.sleep(0.01)
    return request.layer


def steps(argument, request, image, on_step):
    """1,000 steps of 20 ms each with a preview; stops when asked to."""
    for step in range(1000):
        if not on_step(step + 1, 1000, np.full((4, 4), step + 1)):
            break
        time.sleep(0.02)
    return "partial"


def steps_without_end(argument, request, image, on_step):
    """Steps until asked to stop."""
    while on_step(1, 2, None):
        time.sleep(0.02)


def fail(argument, request, image, on_step):
    """Raise an error that a user can cause."""
    raise OptionError(argument)


def defect(argument, request, image, on_step):
    """Raise an error that no user can cause."""
    return 1 / 0


def time_out(argument, request, image, on_step):
    """Raise what waiting for a result raises as well."""
    raise TimeoutError("timed out")


def fail_in_tensorflow(argument, request, image, on_step):
    """Raise TensorFlow's error, or one of ours that it caused."""
    import tensorflow as tf

    error = tf.errors.InvalidArgumentError(None, None, "boom")
    if not argument:
        raise error
    raise OptionError(argument) from error


def array(argument, request, image, on_step):
    """Give so many bytes."""
    return np.zeros(int(argument), np.uint8)


def mean(argument, request, image, on_step):
    """Give the image's mean."""
    return float(image.mean())


def kill(argument, request, image, on_step):
    """Kill the worker process."""
    time.sleep(0.3)
    os.kill(os.getpid(), signal.SIGKILL)


def kill_once(argument, request, image, on_step):
    """Kill the worker on the first run; on the second say in which process it ran."""
    if not Path(argument).exists():
        Path(argument).write_text(str(os.getpid()))
        kill(argument, request, image, on_step)
    return int(Path(argument).read_text()), os.getpid()


def hang(argument, request, image, on_step):
    """Never ask whether to stop."""
    Path(argument).write_text(str(os.getpid()))
    time.sleep(120)


def freeze_once(argument, request, image, on_step):
    """Stop the whole worker process, as swapping or a deadlock under the GIL would."""
    if not Path(argument).exists():
        Path(argument).touch()
        os.kill(os.getpid(), signal.SIGSTOP)
    return "thawed"


ACTIONS = {
    function.__name__: function
    for function in (
        echo,
        note,
        sleep,
        wait_for_file,
        steps,
        steps_without_end,
        fail,
        defect,
        time_out,
        fail_in_tensorflow,
        array,
        mean,
        kill,
        kill_once,
        hang,
        freeze_once,
    )
}
