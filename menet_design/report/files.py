"""Files that are whole or not there."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from menet_design.errors import DesignError


def write_text(text: str, path: Path, force: bool) -> None:
    """Write text as UTF-8; see `write_whole`."""
    write_whole(lambda temporary: temporary.write_text(text, encoding="utf-8"), path, force)


def write_whole(write: Callable[[Path], Any], path: Path, force: bool) -> None:
    """Let `write` fill a file beside the path, then move it there in one step.

    Raises DesignError, and leaves nothing behind, where the path cannot be written, is no regular file, or
    exists while `force` is false.
    """
    check_writable(path, force)
    path = path.resolve()
    try:
        with tempfile.TemporaryDirectory(prefix=".menet-design-unfinished-", dir=path.parent) as folder:
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
