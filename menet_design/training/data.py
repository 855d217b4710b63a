"""The images of a training run: random crops of those to learn from, the centre of those to test on.

What is random about an image follows from the seed, the epoch and the image's number alone. So it is the same however
many processes read images, and when a run goes on where it was interrupted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from math import exp, log, sqrt
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from torch import Tensor
from torch.utils.data import Dataset, DistributedSampler

from menet_design.datasets import open_part
from menet_design.datasets.batches import read
from menet_design.datasets.transforms import Evaluation, normalised
from menet_design.errors import DesignError, ImageError
from menet_design.training.processes import Processes
from menet_design.training.recipe import Recipe
from menet_design.values import check_whole

if TYPE_CHECKING:
    from PIL.Image import Image

_TRIES = 10
_MOST_WORKERS = 1024


@dataclass(frozen=True)
class Crop:
    """A part of a picture in the shape (channels, height, width) that a network takes, normalised.

    Its area and its aspect, width / height in logarithms, are uniform in their ranges ("Going Deeper with
    Convolutions", arXiv 1409.4842, Section 6), and so is its place; with `flip` every other one is mirrored.
    """

    shape: tuple[int, int, int]
    area: tuple[float, float]
    aspect: tuple[float, float]
    flip: bool

    def __call__(self, picture: "Image", random: Random) -> Tensor:
        """The tensor of a picture of as many channels."""
        from PIL import Image

        _, height, width = self.shape
        part = picture.resize((width, height), Image.Resampling.BILINEAR, self._box(*picture.size, random))
        if self.flip and random.random() < 0.5:
            part = part.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        return normalised(part)

    def _box(self, width: int, height: int, random: Random) -> tuple[int, int, int, int]:
        """Left, top, right and bottom; all of the picture where no part that was drawn fits into it."""
        for _ in range(_TRIES):
            area = width * height * random.uniform(*self.area)
            aspect = exp(random.uniform(*map(log, self.aspect)))
            w, h = round(sqrt(area * aspect)), round(sqrt(area / aspect))
            if 0 < w <= width and 0 < h <= height:
                left, top = random.randint(0, width - w), random.randint(0, height - h)
                return left, top, left + w, top + h
        return 0, 0, width, height


class _Cropped(Dataset[tuple[Tensor, int]]):
    """Crops of the pictures of a data set, of an epoch."""

    def __init__(self, pictures: Any, crop: Crop, seed: int, epoch: int) -> None:
        self.pictures, self.crop, self.seed, self.epoch = pictures, crop, seed, epoch

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        picture, label = self.pictures[index]
        return self.crop(picture, Random(f"{self.seed} {self.epoch} {index}")), label


class Images:
    """The images of a folder that a network of a shape (channels, height, width) learns from and is tested on.

    Raises DesignError where the folder holds none, where both parts have not the same classes, and where there are
    fewer to learn from than a batch has.
    """

    def __init__(self, folder: Path, shape: tuple[int, int, int], recipe: Recipe, workers: int = 0) -> None:
        self.recipe, self.workers = recipe, check_whole("workers", workers, 0, _MOST_WORKERS)
        self.crop = Crop(shape, recipe.crop_area, recipe.crop_aspect, recipe.flip)
        self.train: Any = open_part(folder, "train", _as_it_is, shape[0])
        self.test = open_part(folder, "test", Evaluation(shape), shape[0])
        if self.train.classes != self.test.classes:
            odd = sorted({*self.train.classes} ^ {*self.test.classes})
            raise DesignError(f"{folder} has other classes to test on than to learn: see {odd[0]!r:.60}")
        if len(self.train) < recipe.batch:
            cause = f"{folder} has {len(self.train):,} images to learn from, and a batch {recipe.batch:,}"
            raise DesignError(cause, f"Write batch = {len(self.train)} or less in a recipe of your own")

    @property
    def classes(self) -> Sequence[str]:
        """The names of the classes."""
        return tuple(self.train.classes)

    @property
    def steps(self) -> int:
        """The batches of an epoch; images that fill none are left out, others in each epoch."""
        return len(self.train) // self.recipe.batch

    def batches(self, epoch: int, first: int, processes: Processes) -> Iterator[tuple[Tensor, Tensor]]:
        """A process's part of the batches of an epoch, from the batch `first` on. Raises ImageError for a bad image."""
        sampler: Any = DistributedSampler(
            self.train, processes.count, processes.rank, seed=self.recipe.seed, drop_last=True
        )
        sampler.set_epoch(epoch)
        size = self.recipe.batch // processes.count
        order = list(islice(sampler, first * size, self.steps * size))
        return self._read(_Cropped(self.train, self.crop, self.recipe.seed, epoch), order, size)

    def tests(self, processes: Processes) -> Iterator[tuple[Tensor, Tensor]]:
        """A process's part of the images to test on. Raises ImageError for a bad image."""
        order = range(processes.rank, len(self.test), processes.count)
        return self._read(self.test, order, self.recipe.batch // processes.count)

    def _read(self, images: Any, order: Sequence[int], size: int) -> Iterator[tuple[Tensor, Tensor]]:
        for pictures, labels, bad in read(images, order, size, self.workers):
            if bad:
                raise ImageError(bad[0])
            yield pictures, labels


def _as_it_is(picture: Any) -> Any:
    return picture
