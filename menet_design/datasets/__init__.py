"""Images with labels: read from files of strangers, as networks take them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from torch import Tensor

from menet_design.datasets import idx
from menet_design.datasets.folders import ImageFolder
from menet_design.datasets.idx import IdxImages
from menet_design.errors import DesignError

# The class folders of each part of a data set, and what it is for.
_PARTS = {"train": (("train",), "learn from"), "test": (("val", "test"), "test on")}


class LabelledImages(Protocol):
    """A data set, whatever it lies in: images as tensors, each with the number of its class, in an order that stays."""

    @property
    def root(self) -> Path:
        """Where it lies."""

    @property
    def classes(self) -> Sequence[str]:
        """The names of its classes, by their numbers."""

    def __len__(self) -> int:
        """How many images there are."""

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        """An image and its label. Raises ImageError, which names it, for one that cannot be read."""

    def fingerprint(self) -> str:
        """A digest that other images or labels do not have."""


def open_dataset(root: str | Path, transform: Callable[[Any], Tensor], channels: int = 3) -> LabelledImages:
    """The data set that lies in a folder: class folders, or the images to test on in the idx files of MNIST's kind.

    `transform` makes of a picture, which has 3 channels or 1, what a network takes. Raises DesignError for a folder
    that holds no data set.

    >>> open_dataset("flowers", transform=lambda picture: picture)
    Traceback (most recent call last):
        ...
    menet_design.errors.DesignError: there is no folder flowers. Give one that holds a folder of images for each class
    """
    files = idx.files_of(Path(root), "test")
    return IdxImages(*files, transform, channels) if files else ImageFolder(root, transform, channels)


def open_part(root: str | Path, part: str, transform: Callable[[Any], Tensor], channels: int = 3) -> LabelledImages:
    """The images to learn from, "train", or to test on, "test", of a data set that has both.

    They are class folders in `train`, and in `val` or `test`, or the idx files of MNIST and its like. Raises
    DesignError where a folder has neither.
    """
    names, purpose = _PARTS[part]
    if files := idx.files_of(Path(root), part):
        return IdxImages(*files, transform, channels)
    for name in names:
        if (folder := Path(root, name)).is_dir():
            return ImageFolder(folder, transform, channels)
    remedy = f"Give one that has class folders in {' or '.join(names)}, or the idx files of MNIST's kind"
    cause = f"{root} holds no images to {purpose}" if Path(root).is_dir() else f"there is no folder {root}"
    raise DesignError(cause, remedy)
