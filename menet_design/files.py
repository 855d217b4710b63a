"""Files from outside, as they are opened: regular ones only, and up to a size."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

from menet_design.errors import DesignError

# The most bytes that are read of a model config or a table, and of a network or its weights.
TEXT, WEIGHTS = 2**20, 2**33


def open_file(path: Path, largest: int, kind: type[DesignError] = DesignError) -> BinaryIO:
    """A regular file of at most so many bytes, open to be read; anything else is an error of that kind.

    A FIFO, which would wait for somebody to write, and a device, which may never end, are refused unread.
    """
    try:
        file = open(path, "rb", opener=_without_waiting)  # noqa: SIM115
    except (OSError, ValueError) as error:  # a ValueError is a path with a null
        raise kind(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None
    status = os.fstat(file.fileno())
    is_file = stat.S_ISREG(status.st_mode)
    if is_file and status.st_size <= largest:
        return file
    file.close()
    has = f"it has {status.st_size:,} bytes, and at most {largest:,} are read"
    raise kind(f"cannot read {path}: {has if is_file else 'it is not a regular file'}")


def read_file(path: Path, largest: int, kind: type[DesignError] = DesignError) -> bytes:
    """What a regular file of at most so many bytes holds; anything else is an error of that kind."""
    with open_file(path, largest, kind) as file:
        return file.read(largest)


def unique(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON, as `json.loads(object_pairs_hook=unique)`; DesignError for a key that stands twice in it."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise DesignError(f"the key {key!r:.40} stands twice in it")
        found[key] = value
    return found


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
