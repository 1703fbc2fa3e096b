"""Uploads in memory: bounded for a session, for the server, and on their way in."""

import asyncio

import pytest
from starlette import formparsers
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from cnnviz_ui.server import receiving_internals

BODY = (
    b"--x\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n" + b"a" * 3_000_000
) + b"\r\n--x--\r\n"


@pytest.fixture
def files(monkeypatch):
    """Room for ten bytes a session, and twenty in all."""
    monkeypatch.setattr(receiving_internals, "SESSION_BYTES", 10)
    monkeypatch.setattr(receiving_internals, "SERVER_BYTES", 20)
    return receiving_internals.BoundedFiles("/upload")


def add(files, session, name, size):
    """Send a file."""
    files.add_file(session, UploadedFileRec(name, name, "", b"x" * size))


def held(files, session):
    """Names of the files of a session."""
    return list(files.file_storage.get(session, {}))


def test_what_came_first_goes_first(files):
    """A session never holds more than its share; the newest file is always there."""
    for name, size in (("a", 4), ("b", 4), ("c", 4), ("d", 9)):
        add(files, "one", name, size)
        assert held(files, "one")[-1] == name
        assert sum(len(file.data) for file in files.file_storage["one"].values()) <= 10
    assert held(files, "one") == ["d"]


def test_a_file_sent_again_replaces_itself(files):
    """It does not push another out by counting twice."""
    add(files, "one", "a", 4)
    add(files, "one", "b", 6)
    add(files, "one", "b", 6)
    assert held(files, "one") == ["a", "b"]


def test_one_session_never_pushes_out_anothers_files(files):
    """Where all together hold too much, the new file is refused and nothing else changes."""
    add(files, "one", "a", 10)
    add(files, "two", "b", 10)
    with pytest.raises(HTTPException, match="503"):
        add(files, "three", "c", 1)
    assert [held(files, name) for name in ("one", "two", "three")] == [["a"], ["b"], []]
    files.remove_session_files("one")
    add(files, "three", "c", 1)


@pytest.fixture
def parse(monkeypatch):
    """Read a form of three megabytes as the server does."""
    monkeypatch.setattr(formparsers, "SpooledTemporaryFile", formparsers.SpooledTemporaryFile)
    receiving_internals.keep_in_memory()

    def parsed():
        async def stream():
            for start in range(0, len(BODY), 65536):
                yield BODY[start : start + 65536]

        headers = Headers({"content-type": "multipart/form-data; boundary=x"})
        return asyncio.run(formparsers.MultiPartParser(headers, stream()).parse())

    return parsed


def test_a_form_is_read_into_memory(parse):
    """The bytes arrive whole, in memory, and are counted only until the file is closed."""
    form = parse()
    file = form["f"].file
    assert isinstance(file, receiving_internals.ArrivingFile)
    assert file.read() == b"a" * 3_000_000
    assert receiving_internals._arriving == 3_000_000
    file.close()
    assert receiving_internals._arriving == 0


def test_too_much_on_its_way_is_refused(parse, monkeypatch):
    """What does not fit is refused in words, and what it had taken is free again."""
    monkeypatch.setattr(receiving_internals, "ARRIVING_BYTES", 2_000_000)
    with pytest.raises(formparsers.MultiPartException, match="as many files as it can"):
        parse()
    assert receiving_internals._arriving == 0
