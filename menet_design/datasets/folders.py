"""Folders of images, one for each class."""

import os
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from torch import Tensor
from torch.utils.data import Dataset

from menet_design.datasets.images import endings, open_image
from menet_design.errors import DesignError

_REMEDY = "Give one that holds a folder of images for each class"


class ImageFolder(Dataset[tuple[Tensor, int]]):
    """The images in a folder of class folders, with the index of their class: classes are sorted by name.

    `classes` are their names, `samples` the paths and labels, in order. Images may lie in folders of class folders.
    Hidden files, files that no ending says to be images, and links to folders inside of class folders are not looked
    at. `transform` makes a tensor of a picture, whose channels are 3 or 1. Raises DesignError for a folder without
    class folders and for a class folder without images; `dataset[i]` raises ImageError, which names the file.
    """

    def __init__(self, root: str | Path, transform: Callable[[Any], Tensor], channels: int = 3) -> None:
        """Look at the names alone; images are read one at a time, when they are asked for."""
        self.root, self.transform, self.channels = Path(root), transform, channels
        folders = _class_folders(self.root)
        self.classes = tuple(folder.name for folder in folders)
        self.samples = [(path, label) for label, folder in enumerate(folders) for path in _images(folder)]

    def __repr__(self) -> str:
        return f"ImageFolder({str(self.root)!r}: {len(self):,} images of {len(self.classes):,} classes)"

    def fingerprint(self) -> str:
        """A digest of the paths, labels, sizes and times of the images: another one, and they are others."""
        digest = sha256(repr(self.classes).encode())
        for path, label in self.samples:
            digest.update(repr((os.path.relpath(path, self.root), label, _state(path))).encode())
        return digest.hexdigest()

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        path, label = self.samples[index]
        return self.transform(open_image(path, self.channels)), label


def _class_folders(root: Path) -> list[Path]:
    if not root.is_dir():
        cause = f"{root} is no folder" if root.exists() else f"there is no folder {root}"
        raise DesignError(cause, _REMEDY)
    try:
        found = sorted(each for each in root.iterdir() if each.is_dir() and not each.name.startswith("."))
    except OSError as error:
        raise DesignError(f"cannot read {root}: {error.strerror}") from None
    if not found:
        raise DesignError(f"{root} holds no class folders", _REMEDY)
    return found


def _images(folder: Path) -> list[str]:
    """The images of a class folder, in the order of their paths; text, of which a million is held."""
    found = sorted(_walked(folder))
    if not found:
        raise DesignError(f"the class folder {folder} holds no images", f"Known: {', '.join(sorted(endings()))}")
    return found


def _walked(folder: Path) -> Iterator[str]:
    for place, folders, files in os.walk(folder, onerror=_refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        shown = (name for name in files if not name.startswith("."))
        yield from (os.path.join(place, name) for name in shown if Path(name).suffix.lower() in endings())  # noqa: PTH118


def _state(path: str) -> tuple[int, int] | None:
    """Size and time of a file; None where there is none behind a link."""
    try:
        status = Path(path).stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def _refuse(error: OSError) -> None:
    raise DesignError(f"cannot read {error.filename}: {error.strerror}")
