"""Run every measurement: `python -m benchmarks`."""

from benchmarks import activations, app, grad_cam, patterns

for measurement in (grad_cam, activations, patterns, app):
    print(f"-- {measurement.__name__}: {measurement.__doc__.splitlines()[0]}", flush=True)
    measurement.run()
