"""Uploads stay in memory: nothing of them touches the disk while they arrive or after."""

import os
import threading
from pathlib import Path

import pytest
import servers

SIZE = 20 * 2**20
FIELD = "[class*=st-key-_model_upload] [data-testid=stFileUploaderDropzoneInput]"


class Watcher(threading.Thread):
    """Notes every file that a process has open in a folder of temporary files, or leaves there."""

    def __init__(self, process, folder):
        super().__init__(daemon=True)
        self._open_files = Path(f"/proc/{process.pid}/fd")
        self._folder = folder
        self._over = threading.Event()
        self.looks, self.seen = 0, set()

    def run(self):
        """Look until told to stop."""
        while not self._over.wait(0.001):
            self.looks += 1
            targets = {_target(link) for link in self._open_files.iterdir()}
            self.seen |= {target for target in targets if target.startswith(str(self._folder))}

    def stop(self):
        """All that was seen, and whatever lies in the folder after it."""
        self._over.set()
        self.join()
        return self.seen | {str(path) for path in self._folder.rglob("*") if path.is_file()}


def _target(link):
    try:
        return str(link.readlink())
    except OSError:  # closed between two looks
        return ""


@pytest.fixture(scope="module")
def quick_server(browser, tmp_path_factory):
    """The app over the stand-in engine: address, process, and its folder of temporary files."""
    folder = tmp_path_factory.mktemp("temporary").resolve()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        with servers.serving(stand_in=True) as server:
            yield *server, folder


def test_an_upload_never_touches_the_disk(page, quick_server):
    """While twenty megabytes arrive, the server opens no temporary file; nor is one left."""
    address, process, folder = quick_server
    if not Path(f"/proc/{process.pid}/fd").exists():
        pytest.skip("This system does not say which files a process has open")
    page.goto(f"{address}/your_model")
    page.locator(FIELD).wait_for(state="attached")
    watcher = Watcher(process, folder)
    watcher.start()
    page.locator(FIELD).set_input_files(
        {"name": "big.h5", "mimeType": "application/octet-stream", "buffer": os.urandom(SIZE)}
    )
    page.get_by_text("not a model").wait_for()
    assert watcher.stop() == set()
    assert watcher.looks > 20
