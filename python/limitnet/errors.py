"""Errors of the C library as exceptions, and what all modules need to call it."""

import enum
import operator
import os
import weakref
from collections.abc import Callable
from typing import Any, NoReturn

from limitnet._limitnet import ffi, lib


class Status(enum.IntEnum):
    """How a call of the library ended: `ln_status` of core.h."""

    OK = lib.LN_OK
    END = lib.LN_END
    NEED_MAP = lib.LN_NEED_MAP
    ERR_ARGUMENT = lib.LN_ERR_ARGUMENT
    ERR_STATE = lib.LN_ERR_STATE
    ERR_SPACE = lib.LN_ERR_SPACE
    ERR_MODEL = lib.LN_ERR_MODEL
    ERR_VERSION = lib.LN_ERR_VERSION
    ERR_PACKET = lib.LN_ERR_PACKET
    ERR_MISMATCH = lib.LN_ERR_MISMATCH
    ERR_MEMORY = lib.LN_ERR_MEMORY
    ERR_IO = lib.LN_ERR_IO


class Error(Exception):
    """What the library refuses. Its text is the library's one line: what is wrong, where, and what to do."""

    def __init__(self, status: int, text: str):
        super().__init__(text)
        self.status = Status(status)  #: which kind of error

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (int(self.status), str(self))


class ArgumentError(Error, ValueError):
    """A value outside its range, or an array of the wrong shape or type: `Status.ERR_ARGUMENT`."""

    def __init__(self, status: int, text: str):
        super().__init__(status, text)


def fail(status: int, text: str) -> NoReturn:
    """Raises the exception of a status."""
    raise (ArgumentError if status == lib.LN_ERR_ARGUMENT else Error)(status, text)


def refuse(text: str) -> NoReturn:
    """Raises ArgumentError."""
    fail(lib.LN_ERR_ARGUMENT, text)


def raise_for(status: int, error: Any) -> None:
    """Raises what an `ln_error` says, unless the status is LN_OK."""
    if status != lib.LN_OK:
        fail(status, ffi.string(error.text).decode("utf-8", "replace"))


def raise_for_status(status: int, what: str) -> None:
    """The same for functions that have no `ln_error`."""
    if status != lib.LN_OK:
        fail(status, f"{what}: {ffi.string(lib.ln_status_text(status)).decode()}")


def whole(name: str, value: int, least: int, most: int) -> int:
    """A whole number within a range."""
    number = operator.index(value)
    if not least <= number <= most:
        refuse(f"{name}: {number} is not within {least} to {most}")
    return number


def share(name: str, value: float) -> int:
    """A share of 0..1 in parts of a million."""
    if not 0 <= value <= 1:
        refuse(f"{name}: {value} is not within 0 to 1")
    return round(value * 1_000_000)


def path_bytes(path: str | os.PathLike[str]) -> bytes:
    """A path as C takes it."""
    name = os.fsencode(path)
    if b"\0" in name:
        refuse(f"{os.fsdecode(name)!r}: a path cannot hold a zero byte")
    return name


def keep(owner: object, pointer: Any, close: Callable[[Any], None], *used: object) -> "weakref.finalize[..., Any]":
    """Closes a handle together with its owner, or when the result is called. `used` live at least as long. A process
    that was forked leaves handles alone: their threads are its parent's."""

    def close_here(handle: Any, process: int, *_used: object) -> None:
        if os.getpid() == process:
            close(handle)

    return weakref.finalize(owner, close_here, pointer, os.getpid(), *used)
