"""Run every measurement: `python -m benchmarks`."""

from benchmarks import (
    activations,
    agreement,
    app,
    galleries,
    grad_cam,
    ground_truth,
    patterns,
    perturbation,
    reruns,
)

for measurement in (
    agreement,
    ground_truth,
    grad_cam,
    perturbation,
    activations,
    patterns,
    galleries,
    app,
    reruns,
):
    print(f"-- {measurement.__name__}: {measurement.__doc__.splitlines()[0]}", flush=True)
    measurement.run()
