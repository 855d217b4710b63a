"""Images with labels: read from files of strangers, as networks take them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from torch import Tensor

from menet_design.datasets.folders import ImageFolder


def open_dataset(root: str | Path, transform: Callable[[Any], Tensor], channels: int = 3) -> ImageFolder:
    """The data set that lies in a folder: what is in it says of which kind.

    `transform` makes of a picture, which has 3 channels or 1, what a network takes. Raises DesignError for a folder
    that holds no data set.

    >>> open_dataset("flowers", transform=lambda picture: picture)
    Traceback (most recent call last):
        ...
    menet_design.errors.DesignError: there is no folder flowers. Give one that holds a folder of images for each class
    """
    return ImageFolder(root, transform, channels)
