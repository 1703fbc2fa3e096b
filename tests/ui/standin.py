"""An engine without workers: made-up numbers of the right shape, for tests of the pages."""

from __future__ import annotations

import threading
from functools import partial
from types import SimpleNamespace

import numpy as np
import standin_gabors
import standin_maps
import standin_patterns
import standin_uploads
import standin_workings

from cnnviz_core.errors import ArchitectureError, CnnVizError
from cnnviz_core.images.preprocessing import to_channels
from cnnviz_core.looking.results import (
    Kernels,
    LayerGlimpse,
    LayerInfo,
    LayerSparsity,
    Prediction,
    Structure,
)
from cnnviz_engine import JobCancelledError, Progress
from cnnviz_engine.requests.base import is_upload

LABELS = ("airplane", "a*b <script>alert(1)</script>", "face", "motorbike", "$x$ :red[y]", "tulip")
LAYERS = (
    ("input", "InputLayer", (128, 128, 3), 0, False, ()),
    ("stem_conv", "Conv2D", (64, 64, 32), 4736, True, ("input",)),
    ("stem_relu", "Activation", (64, 64, 32), 0, False, ("stem_conv",)),
    ("stage1_conv1", "Conv2D", (32, 32, 48), 13824, True, ("stem_relu",)),
    ("stage1_relu1", "Activation", (32, 32, 48), 0, False, ("stage1_conv1",)),
    ("stage1_<b>odd</b>_*name*", "Conv2D", (16, 16, 64), 27648, True, ("stage1_relu1",)),
    ("stage2_add", "Add", (16, 16, 64), 0, False, ("stage1_<b>odd</b>_*name*",)),
    ("pool", "GlobalAveragePooling2D", (64,), 0, False, ("stage2_add",)),
    ("logits", "Dense", (6,), 390, False, ("pool",)),
)


def structure(model="photos20", outputs=()):
    """A small residual network with names that try to be markup."""
    layers = tuple(
        LayerInfo(
            name=name,
            kind=kind,
            output_shape=shape,
            parameters=parameters,
            receptive_field=(7 * depth + 1,) * 2 if len(shape) == 3 else None,
            multiply_adds=parameters * 1000,
            inputs=inputs,
            spatial=len(shape) == 3,
            has_kernel=kernel,
        )
        for depth, (name, kind, shape, parameters, kernel, inputs) in enumerate(LAYERS)
    )
    kind, pixels = "softmax", "unit"
    return Structure(
        model, (128, 128), LABELS, layers, "stage2_add", kind, pixels, outputs, relus=2
    )


class StandInJob:
    """A job that is done, or stuck, or a thread that takes its time over what is long."""

    def __init__(self, request, work, owner, step_seconds, stuck=()):
        self.request, self.owner = request, owner
        self.state, self.position = "running", 0
        self.progress = self.preview = self._value = self._error = None
        self._finished = threading.Event()
        self._step_seconds = step_seconds
        if stuck:
            self.progress = stuck[0]
        elif request.lane == "long" and step_seconds:
            threading.Thread(target=self._grow, args=(work,), daemon=True).start()
        else:
            self._finish(work)

    def _finish(self, work):
        try:
            self._value, self.state = work(), "done"
        except CnnVizError as error:
            self._error, self.state = error, "failed"
        self._finished.set()

    def _grow(self, work):
        for step in range(1, 21):
            if self._finished.wait(self._step_seconds):
                return
            self.progress = Progress(step, 20, (20 - step) * self._step_seconds)
            self.preview = work()
        self._finish(work)

    def wait(self, seconds=None):
        """Wait for the end."""
        return self._finished.wait(seconds)

    def result(self, timeout=None):
        """The made-up numbers."""
        if not self._finished.wait(timeout):
            raise TimeoutError
        if self._error is not None:
            raise self._error
        return self._value

    def cancel(self):
        """Stop growing."""
        if not self._finished.is_set():
            self.state, self._error = "cancelled", JobCancelledError("The job was cancelled.")
            self._finished.set()


class StandInEngine:
    """Answers every request.

    `zero_map` makes maps empty; `failure` is raised; `refused` are methods that the network's
    build does not allow; `outputs` are the network's outputs; `stuck` holds the one progress that
    jobs ever make, where they never end, but for those of the kinds in `answered`.
    """

    def __init__(self, step_seconds=0.0):
        self.ready = True
        self.zero_map = False
        self.failure = None
        self.refused = set()
        self.outputs = ()
        self.stuck = ()
        self.answered = ()
        self.step_seconds = step_seconds
        self.requests = []
        self.jobs = []
        self.uploads = {}
        self.photo_shape = (128, 128)

    def submit(self, request, image=None, *, owner="", upload=None):
        """Answer a request; one of an upload needs the upload, as in the engine."""
        if is_upload(request.model) != (upload is not None):
            raise ValueError("The upload is not the one that the request names.")
        if upload is not None:
            assert upload.name == request.model
            self.uploads[upload.name] = upload
        self.requests.append(request)
        if image is not None:
            self.photo_shape = image.shape[:2]
        work = partial(self._work, request)
        stuck = () if request.kind in self.answered else self.stuck
        job = StandInJob(request, work, owner, self.step_seconds, stuck)
        self.jobs.append(job)
        return job

    def cancel_owner(self, owner):
        """Nothing is ever left running."""

    def _work(self, request):
        if self.failure is not None and request.kind not in ("describe", "inspect"):
            raise self.failure
        upload = self.uploads.get(request.model)
        if upload is not None and hasattr(request, "image"):
            to_channels(np.zeros((1, 1, 3), np.uint8), standin_uploads.channels(upload))
            standin_uploads.require_maps(upload, request)
        return getattr(self, f"_{request.kind}")(request)

    def _describe(self, request):
        network = structure(request.model, self.outputs)
        upload = self.uploads.get(request.model)
        return network if upload is None else standin_uploads.described(network, upload)

    def _inspect(self, request):
        return standin_uploads.summary(self.uploads[request.model])

    def _predict(self, request):
        seed = int(getattr(request, "image", "0")[:6], 16)
        logits = np.random.default_rng(seed).normal(0, 2.5, len(LABELS)).astype(np.float32)
        order = np.argsort(-logits)[: request.top]
        shares = np.exp(logits) / np.exp(logits).sum()
        labels = tuple(LABELS[index] for index in order)
        indices = tuple(int(index) for index in order)
        return Prediction(indices, labels, shares[order], logits[order], "logit")

    def _activations(self, request):
        height, width, channels = self._layer(request.layer).output_shape
        rng = np.random.default_rng(len(request.layer))
        coarse = rng.normal(0, 1, (8, 8, channels)).astype(np.float32)
        values = np.maximum(coarse.repeat(-(-height // 8), 0).repeat(-(-width // 8), 1), 0)
        values = values[:height, :width]
        values[:, :, 1::7] = 0
        return values

    def _glimpses(self, request):
        return tuple(self._glimpse(name) for name in request.layers)

    def _glimpse(self, name):
        values = self._activations(SimpleNamespace(layer=name))
        size, channel = values.shape[:2], int(values.var(axis=(0, 1)).argmax())
        channels, mean = values.shape[-1], values.mean(axis=-1)
        return LayerGlimpse(name, channels, size, channel, values[:, :, channel], mean)

    def _sparsity(self, request):
        spatial = [layer for layer in structure().layers if layer.spatial]
        return tuple(
            LayerSparsity(layer.name, 0.02 * depth, 0.1 * depth, layer.output_shape[-1])
            for depth, layer in enumerate(spatial)
        )

    def _kernels(self, request):
        layers = structure().kernel_layers()
        inputs, filters = ((3, 32), (32, 48), (48, 64))[layers.index(request.layer)]
        side = 7 if inputs == 3 else 3
        rng = np.random.default_rng(inputs)
        weights = rng.normal(0, 0.2, (side, side, inputs, filters)).astype(np.float32)
        return Kernels(request.layer, weights, np.zeros(filters, np.float32), depthwise=False)

    def _workings(self, request):
        return standin_workings.workings(request, LAYERS)

    def _gabor_fits(self, request):
        return standin_gabors.fits()

    def _attribution(self, request):
        if request.method in self.refused:
            raise ArchitectureError(f"{request.method} is not defined on this network.")
        return standin_maps.attribution(request, LABELS, empty=self.zero_map)

    def _faithfulness(self, request):
        return standin_maps.curves(request)

    def _placement(self, request):
        return standin_maps.placement(request)

    def _randomization(self, request):
        return standin_maps.sanity_check(request, [name for name, *_ in reversed(LAYERS[1:])])

    def _grabcut(self, request):
        return standin_maps.mask(request, self.photo_shape)

    def _patterns(self, request):
        return standin_patterns.patterns(request, LABELS)

    def _dream(self, request):
        return standin_patterns.dream(request, self.photo_shape)

    def _layer(self, name):
        return next(layer for layer in structure().layers if layer.name == name)
