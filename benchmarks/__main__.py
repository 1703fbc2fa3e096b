"""Run every measurement: `python -m benchmarks`."""

from benchmarks import (
    activations,
    agreement,
    app,
    arithmetic,
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
    arithmetic,
    patterns,
    galleries,
    app,
    reruns,
):
    headline = (measurement.__doc__ or "").partition("\n")[0]
    print(f"-- {measurement.__name__}: {headline}", flush=True)
    measurement.run()
