"""Galleries of patterns: opening those shipped with the app, and the memory of a wide layer's."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.timing import line
from cnnviz_core.maximization.pattern_files import Growth, PatternFolder
from cnnviz_core.zoo.cards import bundled_path
from cnnviz_core.zoo.fingerprints import fingerprint
from cnnviz_engine import connect
from cnnviz_engine.requests.patterns import PatternsRequest

MODEL = "photos20"
CHANNELS, SIZE, STEPS = 512, 96, 4


def run() -> None:
    """Print seconds to open each shipped layer's gallery, and peak memory of one of 512."""
    opening()
    memory()


def opening() -> None:
    """Time from request to result of every shipped layer, through the engine, each once."""
    growth = Growth()
    folder = PatternFolder(bundled_path(MODEL).parent / "patterns", fingerprint(MODEL) or "")
    layers = folder.layers(growth)
    if not layers:
        print(f"Opening a gallery was not measured: {MODEL} has no patterns of its weights yet.")
        return
    requests = [_whole(layer, growth) for layer in layers]
    engine = connect()
    seconds = []
    try:
        for request in requests:
            began = time.perf_counter()
            engine.submit(request).result(timeout=600)
            seconds.append(time.perf_counter() - began)
    finally:
        engine.close()
    first, rest = seconds[0], seconds[1:] or seconds
    print(
        f"Opening a shipped layer's gallery, request to result, {len(layers)} layers: median "
        f"{statistics.median(rest) * 1000:.0f} ms, first {first * 1000:.0f} ms"
    )
    print(line("Opening a shipped layer's gallery, the slowest, s", max(seconds), "under 1"))


def memory() -> None:
    """Run the widest gallery in a process of its own, which tells its own peak."""
    command = [sys.executable, "-m", "benchmarks.galleries", "--grow"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    peak = int(done.stdout.split()[-1]) / 1e9
    what = f"Peak memory of {CHANNELS} filters at {SIZE} px, {STEPS} steps, GB"
    print(line(what, peak, "under 3"))


def grow() -> None:
    """Grow 512 patterns of MobileNet 0.5's last layers and print this process's peak in bytes.

    Few steps, as memory does not depend on them, and random weights, as it does not on those. The
    peak is the kernel's VmHWM: ru_maxrss would begin with what the process that started this one
    held.
    """
    import keras

    from cnnviz_core import Channel, maximize
    from cnnviz_core.network.wrapping import wrap

    keras.utils.set_random_seed(0)
    network = keras.applications.MobileNet((160, 160, 3), alpha=0.5, weights=None)
    model = wrap(network, name="mobilenet-0.5-160", preprocessing="tf")
    units = [Channel("conv_pw_12_relu", index) for index in range(CHANNELS)]
    maximize(model, units, size=SIZE, steps=STEPS)
    lines = Path("/proc/self/status").read_text().splitlines()
    kilobytes = next(text.split()[1] for text in lines if text.startswith("VmHWM"))
    print(1024 * int(kilobytes))


def _whole(layer: str, growth: Growth) -> PatternsRequest:
    """What the patterns page asks for: all filters of a layer."""
    from cnnviz_core import load_model

    channels = int(load_model(MODEL).network.get_layer(layer).output.shape[-1])
    return PatternsRequest(
        model=MODEL,
        layer=layer,
        indices=tuple(range(channels)),
        size=growth.size,
        preset=growth.preset,
        seed=growth.seed,
    )


if __name__ == "__main__":
    if sys.argv[1:] == ["--grow"]:
        grow()
    else:
        run()
