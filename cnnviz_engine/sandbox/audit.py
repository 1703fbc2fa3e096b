"""What Python itself forbids the sandbox: an audit hook that raises before the deed.

It stands in every thread and on every system, and tells by name what was tried.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

FORBIDDEN = frozenset(
    {
        "ctypes.dlopen",
        "ftplib.connect",
        "http.client.connect",
        "os.chflags",
        "os.chmod",
        "os.chown",
        "os.exec",
        "os.fork",
        "os.forkpty",
        "os.killpg",
        "os.link",
        "os.lockf",
        "os.mkdir",
        "os.posix_spawn",
        "os.remove",
        "os.removexattr",
        "os.rename",
        "os.rmdir",
        "os.setxattr",
        "os.spawn",
        "os.startfile",
        "os.symlink",
        "os.system",
        "os.truncate",
        "os.utime",
        "pty.spawn",
        "shutil.copyfile",
        "shutil.make_archive",
        "shutil.move",
        "shutil.rmtree",
        "shutil.unpack_archive",
        "socket.bind",
        "socket.sendmsg",
        "socket.sendto",
        "subprocess.Popen",
        "tempfile.mkdtemp",
        "tempfile.mkstemp",
        "urllib.Request",
        "webbrowser.open",
    }
)
"""Events of Python's audit table that no computation needs; some imports try, and do without."""


class ForbiddenError(PermissionError):
    """Code in the sandbox tried what it must not."""


def forbid(peers: Collection[tuple[str, int]]) -> None:
    """From now on raise where code of this process writes, starts a program or connects.

    Args:
        peers: (host, port) of those to whom connections may be made.
    """
    hosts = {host for host, _ in peers}

    def check(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            forbidden = _writes(*arguments)
        elif event == "socket.connect":
            forbidden = tuple(arguments[1][:2]) not in peers
        elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
            forbidden = arguments[0] not in hosts
        elif event == "os.kill":
            forbidden = arguments[0] != os.getpid()
        else:
            forbidden = event in FORBIDDEN
        if forbidden:
            raise ForbiddenError(f"{event} is not allowed in the sandbox.")

    sys.addaudithook(check)


def _writes(path: Any, mode: str | None, flags: int) -> bool:
    """Whether a file is opened for more than reading; one that is open already may be wrapped."""
    if isinstance(path, int):
        return False
    return bool(set(mode or "") & set("wxa+")) or bool(flags & _WRITING)
