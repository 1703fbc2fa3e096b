"""The web process under reruns: how long one takes, and how its memory goes, over thousands.

    python -m benchmarks.reruns [reruns=2000]

One session that speaks Streamlit's own protocol opens a few links again and again on a server of
its own.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from typing import TYPE_CHECKING

import psutil
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.typing import Origin, Subprotocol

from benchmarks.serving import served

if TYPE_CHECKING:
    from websockets import ClientConnection

RERUNS = 2000
LINKS = (
    ("start", ""),
    ("class_activation", "target=rose"),
    ("class_activation", "target=motorbike"),
    ("activations", "layer=stem_relu"),
    ("filters", ""),
    ("patterns", "layer=stage2_conv2"),
    ("pixel_attribution", "pixel_method=Saliency"),
    ("architecture", ""),
)
"""Warm after the first visit, so that every later rerun costs the web process alone."""


def run() -> None:
    """Print the time of a rerun, and the web process's memory every tenth of the way."""
    reruns = int(sys.argv[1]) if len(sys.argv) > 1 else RERUNS
    with served() as (address, process):
        seconds, memory = asyncio.run(_visit(address, process.pid, reruns))
    print(f"A rerun of a warm page: median {1000 * seconds:.0f} ms in the server")
    for done, megabytes in memory:
        print(f"after {done:5} reruns: {megabytes:7.1f} MB")


async def _visit(address: str, pid: int, reruns: int) -> tuple[float, list[tuple[int, float]]]:
    """Median seconds of a rerun, and the web process's memory in MB every tenth of the way."""
    stream = address.replace("http", "ws") + "/_stcore/stream"
    web, seconds, memory = psutil.Process(pid), [], []
    async with websockets.connect(
        stream,
        subprotocols=[Subprotocol("streamlit")],
        max_size=None,
        origin=Origin(address),
        compression=None,
    ) as socket:
        for _ in range(4):  # until every result is there, with pauses for the worker
            for page, query in LINKS:
                await _open(socket, page, query)
                await asyncio.sleep(1)
        for number in range(reruns):
            began = time.perf_counter()
            await _open(socket, *LINKS[number % len(LINKS)])
            seconds.append(time.perf_counter() - began)
            if (number + 1) % max(1, reruns // 10) == 0:
                memory.append((number + 1, web.memory_info().rss / 1e6))
    return statistics.median(seconds), memory


async def _open(socket: ClientConnection, page: str, query: str) -> None:
    """Ask for a page as a link does, and wait until its script has ended."""
    message = BackMsg()
    message.rerun_script.page_name = page
    message.rerun_script.query_string = query
    message.rerun_script.is_history_navigation = True
    await socket.send(message.SerializeToString())
    async for raw in socket:
        forward = ForwardMsg()
        forward.ParseFromString(raw)
        if forward.WhichOneof("type") == "script_finished":
            return


if __name__ == "__main__":
    run()
