"""Images and labels in the idx files of MNIST and its like, packed by gzip or not.

A file begins with two zero bytes, the type of its numbers (8: bytes) and how many sides the array has; then comes each
side as four bytes, the first byte being the highest, and then the numbers, row by row.
"""

import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from math import prod
from pathlib import Path
from typing import Any, BinaryIO, cast

from torch import Tensor
from torch.utils.data import Dataset

from menet_design.datasets.images import mode
from menet_design.errors import DesignError
from menet_design.files import open_file

# The most bytes that a file holds, unpacked: more than the 240,000 images of EMNIST, the largest of the kind, take.
_LARGEST = 2**30
_BYTES = 8
_PARTS = {"train": "train", "test": "t10k"}


class IdxImages(Dataset[tuple[Tensor, int]]):
    """The grey images of a file, with the labels of another; `classes` are the labels as text: files do not name them.

    `transform` makes a tensor of a picture, whose channels are 1 or 3. Raises DesignError for files that are none of
    this kind, or do not belong together.
    """

    def __init__(self, images: Path, labels: Path, transform: Callable[[Any], Tensor], channels: int = 1) -> None:
        self.root, self.transform, self.mode = images.parent, transform, mode(channels)
        (count, self.height, self.width), self.pixels = read_idx(images, 3)
        (labelled,), self.labels = read_idx(labels, 1)
        if count != labelled:
            raise DesignError(f"{images} has {count:,} images, {labels} {labelled:,} labels")
        if not self.pixels:
            raise DesignError(f"{images} has no images")
        self.classes = tuple(map(str, range(max(self.labels) + 1)))

    def __repr__(self) -> str:
        return f"IdxImages({len(self):,} images of {len(self.classes):,} classes)"

    def fingerprint(self) -> str:
        """A digest of the images and labels: another one, and they are others."""
        return sha256(repr((self.height, self.width)).encode() + self.pixels + self.labels).hexdigest()

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        from PIL import Image

        size = self.height * self.width
        pixels = self.pixels[index * size : (index + 1) * size]
        picture = Image.frombytes("L", (self.width, self.height), pixels).convert(self.mode)
        return self.transform(picture), self.labels[index]


def files_of(folder: Path, part: str) -> tuple[Path, Path] | None:
    """The images and the labels of a part, "train" or "test", under the names of MNIST's; None where they are not."""
    for ending in (".gz", ""):
        images, labels = (folder / f"{_PARTS[part]}-{each}-ubyte{ending}" for each in ("images-idx3", "labels-idx1"))
        if images.exists() and labels.exists():
            return images, labels
    return None


def read_idx(path: Path, dimensions: int) -> tuple[tuple[int, ...], bytes]:
    """The sides of an array of bytes with so many of them, and the bytes, row by row.

    Never more is unpacked than the sides say, and they say no more than 2^30. Raises DesignError for any other file.
    """
    try:
        with _unpacked(path) as file:
            head = file.read(4 + 4 * dimensions)
            if head[:4] != bytes((0, 0, _BYTES, dimensions)) or len(head) < 4 + 4 * dimensions:
                raise DesignError(f"{path} is no idx file of bytes in {dimensions} dimensions")
            sides = tuple(int.from_bytes(head[at : at + 4], "big") for at in range(4, len(head), 4))
            size = prod(sides)
            if size > _LARGEST:
                raise DesignError(f"{path} says that it holds {size:,} bytes, and at most {_LARGEST:,} are read")
            content = file.read(size + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise DesignError(f"{path} is not a whole file of gzip") from None
    if len(content) != size:
        held = f"{len(content):,}" if len(content) < size else "more"
        raise DesignError(f"{path} says that it holds {size:,} bytes, and has {held}")
    return sides, content


@contextmanager
def _unpacked(path: Path) -> Iterator[BinaryIO]:
    """A file open to be read, through gzip where its first bytes say so."""
    with open_file(path, _LARGEST) as file:
        is_packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        if is_packed:
            with gzip.GzipFile(fileobj=file) as unpacked:
                yield cast(BinaryIO, unpacked)
        else:
            yield file
