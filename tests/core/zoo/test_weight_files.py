"""Files of weights: found in two folders, checked, downloaded with their progress told."""

import dataclasses
import hashlib
import json
import os
import socket
import subprocess
import sys
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from cnnviz_core.errors import WeightsUnavailableError
from cnnviz_core.zoo import cards, weight_files
from cnnviz_core.zoo.weight_files import (
    CLASS_INDEX,
    fetch_weights,
    find,
    weight_file,
    weights_present,
)

CONTENT = bytes(range(256)) * 12_000  # 3 MB, several pieces
CLASSES = b'{"0": ["n0", "tench"]}'


class Handler(BaseHTTPRequestHandler):
    """Serves weights and classes; the server's `manner` says what goes wrong."""

    def do_GET(self):
        """Answer as the server's manner is."""
        self.server.asked.append(self.path)
        body = CLASSES if self.path.endswith(".json") else CONTENT
        manner = self.server.manner
        if manner == "missing":
            self.send_error(404)
            return
        self.send_response(200)
        if manner != "endless":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2])
        if manner == "stalled":
            self.server.released.wait(30)
        elif manner != "short":
            self.wfile.write(body[len(body) // 2 :])

    def log_message(self, *arguments):
        """Say nothing."""


@pytest.fixture
def server():
    """A server of weights on this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.manner, server.asked, server.released = "right", [], threading.Event()
        threading.Thread(target=partial(server.serve_forever, poll_interval=0.02)).start()
        yield server
        server.released.set()
        server.shutdown()


@pytest.fixture
def home(monkeypatch, tmp_path):
    """Folders of their own, all empty."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr(weight_files, "MODELS", tmp_path / "project")
    monkeypatch.setattr(weight_files, "_spare_folder", lambda: tmp_path / "spare")
    return tmp_path


@pytest.fixture
def address(server, home, monkeypatch):
    """Weights of "vgg16" and classes come from the server, pinned as they are there."""
    url = f"http://127.0.0.1:{server.server_port}/"
    vgg = dataclasses.replace(
        cards.APPLICATIONS["vgg16"], url=url + "vgg.h5", digest=hashlib.md5(CONTENT).hexdigest()
    )
    monkeypatch.setitem(cards.APPLICATIONS, "vgg16", vgg)
    classes = dataclasses.replace(
        CLASS_INDEX, url=url + "classes.json", digest=hashlib.sha256(CLASSES).hexdigest()
    )
    monkeypatch.setattr(weight_files, "CLASS_INDEX", classes)
    return url


def left(folder):
    """Names of all files below a folder."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_download_is_told_of_and_kept(address, home, server):
    """All bytes arrive, each step says how many of how many, and the next time nothing is asked."""
    steps = []
    path = fetch_weights("vgg16", lambda *step: steps.append(step))
    assert path.read_bytes() == CONTENT
    assert path == home / "keras" / "models" / cards.APPLICATIONS["vgg16"].file
    assert [step[0] for step in steps] == sorted({step[0] for step in steps})
    assert len(steps) >= 3
    assert steps[-1] == (len(CONTENT), len(CONTENT), None)
    assert left(home) == sorted([CLASS_INDEX.name, path.name])
    assert server.asked == ["/vgg.h5", "/classes.json"]
    assert fetch_weights("vgg16") == path
    assert len(server.asked) == 2


def test_a_server_that_does_not_say_how_much_is_believed_the_digest(address, server):
    """Without a length the total is told as 0, and the pinned digest still decides."""
    server.manner = "endless"
    steps = []
    assert fetch_weights("vgg16", lambda *step: steps.append(step)).read_bytes() == CONTENT
    assert {total for _, total, _ in steps} == {0}


def test_a_download_can_be_stopped(address, home):
    """False from `on_step` ends it, and nothing is left."""
    with pytest.raises(WeightsUnavailableError, match=r"download of vgg16_\S+ was stopped after"):
        fetch_weights("vgg16", lambda *step: False)
    assert left(home) == []


@pytest.mark.parametrize(
    ("manner", "reason"),
    [
        ("missing", "HTTP Error 404"),
        ("short", r"the connection ended after \d+ of 3072000 bytes"),
        ("stalled", "timed out"),
    ],
)
def test_a_download_that_fails_says_what_to_do(address, home, server, monkeypatch, manner, reason):
    """The sentence names both files, where they come from and go, no path, and what went wrong."""
    monkeypatch.setattr(weight_files, "TIMEOUT_SECONDS", 0.3)
    server.manner = manner
    with pytest.raises(WeightsUnavailableError, match=reason) as caught:
        fetch_weights("vgg16")
    text = str(caught.value)
    assert text.startswith("The ImageNet weights of VGG16 could be neither found")
    assert f"fetch {address}vgg.h5 and {address}classes.json" in text
    assert f"put {cards.APPLICATIONS['vgg16'].file} and {CLASS_INDEX.name} into" in text
    assert "models/weights of cnnviz or models in KERAS_HOME" in text
    assert str(home) not in text
    assert left(home) == []


def test_without_a_network_the_sentence_names_keras_addresses(home, monkeypatch):
    """Where nothing answers, file and address are Keras's; what is there is not asked for.

    The system's word for it is told, without Python's marks around it.
    """

    def refuse(*_arguments, **_options):
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket, "create_connection", refuse)
    for variable in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    folder = home / "project" / "weights"
    folder.mkdir(parents=True)
    (folder / CLASS_INDEX.name).write_bytes(CLASSES)
    with pytest.raises(WeightsUnavailableError, match=r"[(]Connection refused[)]") as caught:
        fetch_weights("densenet169")
    application = cards.APPLICATIONS["densenet169"]
    assert f"fetch {application.url} and put {application.file} into" in str(caught.value)
    assert CLASS_INDEX.name not in str(caught.value)


def test_a_download_of_another_content_is_refused(address, home, monkeypatch):
    """What the server gives must have the pinned digest; nothing is kept, both are named."""
    pinned = dataclasses.replace(cards.APPLICATIONS["vgg16"], digest="0" * 32)
    monkeypatch.setitem(cards.APPLICATIONS, "vgg16", pinned)
    digest = hashlib.md5(CONTENT).hexdigest()
    with pytest.raises(WeightsUnavailableError, match=f"its MD5 is {digest}, not {'0' * 32}. Noth"):
        fetch_weights("vgg16")
    assert left(home) == []


def test_a_file_of_another_content_is_refused(address, home, server):
    """A file put there by hand is neither used nor downloaded over; the sentence names it."""
    folder = home / "keras" / "models"
    folder.mkdir(parents=True)
    path = folder / cards.APPLICATIONS["vgg16"].file
    path.write_bytes(b"other")
    with pytest.raises(
        WeightsUnavailableError, match=r"is another file than .* Remove it"
    ) as caught:
        fetch_weights("vgg16")
    assert path.name in str(caught.value)
    assert str(home) not in str(caught.value)
    assert hashlib.md5(b"other").hexdigest() in str(caught.value)
    assert server.asked == []
    assert path.read_bytes() == b"other"


def test_a_file_without_a_pinned_digest_is_taken(home):
    """Keras pins none for MobileNet: any file of the name will do, as it does for Keras."""
    assert cards.APPLICATIONS["mobilenet"].digest is None
    folder = home / "keras" / "models"
    folder.mkdir(parents=True)
    path = folder / cards.APPLICATIONS["mobilenet"].file
    path.write_bytes(b"anything")
    assert fetch_weights("mobilenet") == path


def test_the_projects_folder_comes_first(home):
    """models/weights, then KERAS_HOME; either makes the weights present."""
    file = weight_file("resnet50")
    assert weights_present() == frozenset()
    for folder in (home / "keras" / "models", home / "project" / "weights"):
        folder.mkdir(parents=True)
        (folder / file.name).touch()
        assert find(file) == folder / file.name
        assert weights_present() == {"resnet50"}


def test_a_folder_that_cannot_be_written(address, home):
    """The download goes where Keras would turn to; without any such folder a sentence says so."""
    (home / "keras").write_text("a file in the place of the folder")
    assert fetch_weights("vgg16").parent == home / "spare"
    for path in (home / "spare").iterdir():
        path.unlink()
    (home / "spare").rmdir()
    (home / "spare").write_text("a file, too")
    with pytest.raises(WeightsUnavailableError, match=r"neither KERAS_HOME nor .* can be wr"):
        fetch_weights("vgg16")


def test_a_full_disk_is_a_sentence(address, home, monkeypatch):
    """What the operating system says about the disk is in the sentence; no part is left."""
    plain_open = Path.open

    def full(path, mode="r", *arguments, **options):
        if mode == "xb":
            plain_open(path, mode).close()
            raise OSError(28, "No space left on device")
        return plain_open(path, mode, *arguments, **options)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(WeightsUnavailableError, match="No space left on device"):
        fetch_weights("vgg16")
    assert left(home) == []


def test_two_who_want_the_same_fetch_it_once(address, server):
    """The second waits for the first and finds the file."""
    threads = [threading.Thread(target=fetch_weights, args=("vgg16",)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.asked.count("/vgg.h5") == 1


def test_weights_are_found_without_tensorflow():
    """The module is light: it loads neither Keras nor TensorFlow."""
    code = (
        "import sys, json, cnnviz_core.zoo.weight_files as w; "
        "w.weights_present(); "
        "print(json.dumps(sorted({'keras', 'tensorflow', 'h5py'} & set(sys.modules))))"
    )
    process = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        cwd=cards.MODELS.parent,
        env=dict(os.environ),
    )
    assert json.loads(process.stdout) == []
