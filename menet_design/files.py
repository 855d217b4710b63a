"""Files: those from outside are regular ones, read up to a size; those of our own are whole or not there."""

import os
import stat
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, BinaryIO

from menet_design.errors import DesignError

# The most bytes that are read of a model config or a table, and of a network or its weights.
TEXT, WEIGHTS = 2**20, 2**33
_UNFINISHED = ".menet-design-unfinished-"


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


def remove_unfinished(folder: Path) -> None:
    """Remove from a folder what `write_whole` had begun there when it was killed."""
    import shutil

    for each in folder.glob(f"{_UNFINISHED}*"):
        shutil.rmtree(each, ignore_errors=True)


def write_text(text: str, path: Path, force: bool) -> None:
    """Write text as UTF-8; see `write_whole`."""
    write_whole(lambda temporary: temporary.write_text(text, encoding="utf-8"), path, force)


def write_whole(write: Callable[[Path], Any], path: Path, force: bool) -> None:
    """Let `write` fill a file beside the path, then move it there in one step.

    Raises DesignError, and leaves nothing behind, where the path cannot be written, is no regular file, or
    exists while `force` is false.
    """
    import tempfile

    check_writable(path, force)
    path = path.resolve()
    try:
        with tempfile.TemporaryDirectory(prefix=_UNFINISHED, dir=path.parent) as folder:
            temporary = Path(folder, path.name)  # its ending says which format to write
            write(temporary)
            if path.exists():
                temporary.chmod(path.stat().st_mode)
            temporary.replace(path)
    except OSError as error:
        raise DesignError(f"cannot write {path}: {error.strerror}") from None


def check_writable(path: Path, force: bool) -> None:
    """Raise DesignError before any work is done for a file that could not be written."""
    try:
        exists, is_file, folder = path.exists(), path.is_file(), path.resolve().parent
        has_folder = folder.is_dir()
    except (OSError, RuntimeError, ValueError) as error:  # a name that is too long, links in a circle, a zero byte
        raise DesignError(f"cannot write {str(path)[:80]}: {getattr(error, 'strerror', None) or error}") from None
    if exists and not is_file:
        raise DesignError(f"cannot write {path}: it is not a regular file")
    if exists and not force:
        raise DesignError(f"{path} exists", "Give another name, or --force (in Python force=True) to replace it")
    if not has_folder:
        raise DesignError(f"cannot write {path}: there is no folder {folder if path.is_symlink() else path.parent}")
    if not os.access(path if exists else folder, os.W_OK):
        raise DesignError(f"cannot write {path}: permission denied")
