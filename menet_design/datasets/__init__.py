"""Images with labels: read from files of strangers, as networks take them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from torch import Tensor

from menet_design.datasets.folders import ImageFolder


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
    """The data set that lies in a folder: what is in it says of which kind.

    `transform` makes of a picture, which has 3 channels or 1, what a network takes. Raises DesignError for a folder
    that holds no data set.

    >>> open_dataset("flowers", transform=lambda picture: picture)
    Traceback (most recent call last):
        ...
    menet_design.errors.DesignError: there is no folder flowers. Give one that holds a folder of images for each class
    """
    return ImageFolder(root, transform, channels)
