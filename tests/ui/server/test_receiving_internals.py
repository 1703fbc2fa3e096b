"""What is replaced in the server that receives files: there, and the server goes by it."""

import asyncio
import inspect
import tempfile
from types import SimpleNamespace

import pytest
from starlette import formparsers
from starlette.datastructures import UploadFile
from starlette.requests import Request
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec
from streamlit.web.server.starlette import starlette_routes

from cnnviz_ui.server import receiving_internals

BODY = (
    b"--x\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n"
    + b"a" * 2_000_000
    + b"\r\n--x--\r\n"
)


def parameters(function):
    """Names of a function's parameters."""
    return list(inspect.signature(function).parameters)


@pytest.fixture
def server(monkeypatch):
    """What the web server has at hand: sessions, and where it puts their files."""
    monkeypatch.setattr(formparsers, "SpooledTemporaryFile", formparsers.SpooledTemporaryFile)
    monkeypatch.setattr(starlette_routes, "is_xsrf_enabled", lambda: False)
    runtime = SimpleNamespace(
        uploaded_file_mgr=MemoryUploadedFileManager("/upload"),
        is_active_session=lambda session: True,
    )
    monkeypatch.setattr(receiving_internals, "exists", lambda: True)
    monkeypatch.setattr(receiving_internals, "get_instance", lambda: runtime)
    return runtime


def send(endpoint, name):
    """Send a file as a browser does."""
    pieces = [BODY[start : start + 65536] for start in range(0, len(BODY), 65536)]

    async def receive():
        body = pieces.pop(0) if pieces else b""
        return {"type": "http.request", "body": body, "more_body": bool(pieces)}

    scope = {
        "type": "http",
        "method": "PUT",
        "path": "/",
        "headers": [(b"content-type", b"multipart/form-data; boundary=x")],
        "path_params": {"session_id": "session", "file_id": name},
    }
    return asyncio.run(endpoint(Request(scope, receive)))


def test_what_is_reached_for_is_there():
    """The names, their signatures, and the kinds of what they hold."""
    assert formparsers.SpooledTemporaryFile in (
        tempfile.SpooledTemporaryFile,
        receiving_internals.ArrivingFile,
    )
    assert parameters(formparsers.MultiPartException.__init__) == ["self", "message"]
    assert parameters(MemoryUploadedFileManager.add_file) == ["self", "session_id", "file"]
    assert parameters(MemoryUploadedFileManager.remove_file) == ["self", "session_id", "file_id"]
    assert parameters(UploadedFileRec) == ["file_id", "name", "type", "data"]
    manager = MemoryUploadedFileManager("/upload")
    manager.add_file("session", UploadedFileRec("id", "name", "kind", b"bytes"))
    with manager._lock:
        assert manager.file_storage["session"]["id"].data == b"bytes"


def test_the_servers_own_route_goes_by_what_was_replaced(server, monkeypatch):
    """Its routes, made before the first page, put files into memory and into a bounded place."""
    put, *_ = starlette_routes.create_upload_routes(server, server.uploaded_file_mgr, "")
    receiving_internals.keep_in_memory()
    assert type(server.uploaded_file_mgr) is receiving_internals.BoundedFiles
    monkeypatch.setattr(receiving_internals, "SESSION_BYTES", 3_000_000)
    monkeypatch.setattr(tempfile, "TemporaryFile", None)  # what a file on disk would begin with
    for name in ("first", "second"):
        assert send(put.endpoint, name).status_code == 204
    assert list(server.uploaded_file_mgr.file_storage["session"]) == ["second"]
    assert len(server.uploaded_file_mgr.file_storage["session"]["second"].data) == 2_000_000
    assert receiving_internals._arriving == 0


def test_without_it_the_same_route_writes_to_the_disk(server, monkeypatch):
    """So there still is a reason to replace anything, and the test above can fail."""
    put, *_ = starlette_routes.create_upload_routes(server, server.uploaded_file_mgr, "")
    monkeypatch.setattr(formparsers, "SpooledTemporaryFile", tempfile.SpooledTemporaryFile)
    monkeypatch.setattr(tempfile, "TemporaryFile", None)
    with pytest.raises(TypeError, match="'NoneType' object is not callable"):
        send(put.endpoint, "first")


def test_starlette_takes_an_arriving_file_for_one_in_memory():
    """Else it would hand each piece of it to a thread."""
    file = receiving_internals.ArrivingFile(max_size=1)
    assert UploadFile(file)._in_memory
    file._rolled = True
    assert not UploadFile(file)._in_memory
    file.close()
