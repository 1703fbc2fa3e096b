"""Engines as tests look at them from outside: settings, processes, and waiting for a change."""

import time
from pathlib import Path

from cnnviz_engine.settings import Settings

HERE = Path(__file__).resolve().parent
SETTINGS = Settings(warm_model="", patience=5, queue_limit=40, scheduler="", pattern_bytes=0)


def wait_until(condition, seconds=180.0):
    """Wait for a condition and tell whether it came true, for longer than any machine needs."""
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.01)
    return condition()


def local_clusters(parent):
    """(process id, command) of the local clusters that a process started."""
    clusters = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_text().replace("\0", " ")
            parent_id = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent_id == parent and "cnnviz_engine.cluster.local" in command:
            clusters.append((int(folder.name), command))
    return clusters
