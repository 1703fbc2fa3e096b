"""What the operating system itself forbids the sandbox: memory, files, programs, connections.

Linux has all of it, other systems a part; what is lacking is told in the log. A process cannot take
any of it back.
"""

from __future__ import annotations

import ctypes
import logging
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

logger = logging.getLogger(__name__)

# Numbers of the system calls, equal on every architecture of Linux but Alpha.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION = 1
_NET_PORT = 2
_CONNECT_TCP = 1 << 1
_SET_NO_NEW_PRIVS = 38
# Rights to files by the version of Landlock that knows them: all but to read files and folders.
_FILE_RIGHTS = {1: 0x1FFF & ~0b1100, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}
_NETWORK_RIGHTS = {4: 0b11}  # to bind and to connect by TCP
_SCOPES = {6: 0b11}  # abstract sockets and signals, which stay inside


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("files", ctypes.c_uint64),
        ("network", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _Port(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("port", ctypes.c_uint64))


def limit_resources(memory: int, *, files: bool = False) -> None:
    """Bound this process's address space, and let no file get content, nor a core be dumped.

    Args:
        memory: bytes of address space; 0 for no bound.
        files: whether files that are open may grow nonetheless.
    """
    if sys.platform == "win32":
        logger.warning("This system bounds neither memory nor files of the sandbox.")
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if not files:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if memory and sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    elif memory:
        logger.warning("This system does not bound the sandbox's memory.")


def restrict(ports: Iterable[int]) -> bool:
    """Have the kernel deny this thread, and those it starts, what a computation never needs.

    No file or folder can be opened for writing, made, renamed or removed; no program started; no
    connection made but to these ports; no process outside be signalled.

    Args:
        ports: TCP ports to which connections may be made.

    Returns:
        Whether the kernel does so: Landlock, from Linux 5.13; connections from 6.7.
    """
    if sys.platform != "linux":
        logger.warning("This system has no Landlock; an audit hook alone guards files.")
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_CREATE_RULESET, None, 0, _VERSION)
    libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if version < 1:
        logger.warning("This kernel has no Landlock; an audit hook alone guards files.")
        return False
    rules = _Ruleset(
        *(_known(rights, version) for rights in (_FILE_RIGHTS, _NETWORK_RIGHTS, _SCOPES))
    )
    # Older kernels take the part of the structure that they know.
    size = 8 if version < 4 else 16 if version < 6 else 24
    ruleset = _checked(libc.syscall(_CREATE_RULESET, ctypes.byref(rules), size, 0))
    for port in ports if rules.network else ():
        rule = _Port(_CONNECT_TCP, port)
        _checked(libc.syscall(_ADD_RULE, ruleset, _NET_PORT, ctypes.byref(rule), 0))
    _checked(libc.syscall(_RESTRICT_SELF, ruleset, 0))
    os.close(ruleset)
    return True


def _known(rights: dict[int, int], version: int) -> int:
    return sum(bits for since, bits in rights.items() if since <= version)


def _checked(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), "Landlock refused.")
    return result
