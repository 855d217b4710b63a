"""How often a network is right about the images of a data set, counted batch by batch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import sqrt
from pathlib import Path

import torch
from torch import Tensor

from menet_design.classification.classifier import Classifier
from menet_design.classification.progress import Progress
from menet_design.datasets import LabelledImages
from menet_design.datasets.batches import read
from menet_design.datasets.labels import imagenet
from menet_design.display import Displayed
from menet_design.errors import DesignError, ImageError
from menet_design.values import check_whole

_MOST = 2**16  # images of a batch, and workers
_NORMAL = 1.959964  # between this and its negative lie 95 % of the standard normal distribution


@dataclass(frozen=True)
class Evaluated(Displayed):
    """How many of the first images of a data set a network saw right: all of them, once it has seen them.

    `top1` are those whose class is the most probable, `top5` those whose class is one of the five that are. `skipped`
    says of each image that could not be read which it is, and why: it is not one of the `evaluated`.
    """

    classifier: Classifier
    folder: str
    images: int
    seen: int = 0
    top1: int = 0
    top5: int = 0
    skipped: tuple[str, ...] = field(default=(), repr=False)

    @property
    def evaluated(self) -> int:
        """The images that the network was asked about."""
        return self.seen - len(self.skipped)

    def accuracy(self, right: int) -> float | None:
        """The share of right answers, `top1` or `top5`; None before there is any."""
        return right / self.evaluated if self.evaluated else None

    def interval(self, right: int) -> tuple[float, float] | None:
        """Where the accuracy lies on images like these, with 95 % confidence.

        Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927).
        """
        if not self.evaluated:
            return None
        share, weight = right / self.evaluated, _NORMAL**2 / self.evaluated
        centre, half = share + weight / 2, sqrt(weight * share * (1 - share) + weight**2 / 4)
        return max(0.0, (centre - half) / (1 + weight)), min(1.0, (centre + half) / (1 + weight))


def evaluate_all(
    classifier: Classifier,
    dataset: LabelledImages,
    batch: int = 32,
    workers: int = 0,
    skip_bad: bool = False,
    resume: Path | None = None,
) -> Iterator[Evaluated]:
    """The counts so far, before the first batch and after each, of which the last are the answer.

    `workers` are processes that read images. Raises ImageError for an image that cannot be read, unless `skip_bad`.
    `resume` is a file in which the counts are kept, whole at any time, and from which they go on; DesignError where it
    holds those of another network or of other images.
    """
    labels = _labels(dataset.classes, classifier.classes)
    check_whole("batch", batch, 1, _MOST)
    check_whole("workers", workers, 0, _MOST)
    progress = Progress(resume, classifier.fingerprint, dataset.fingerprint()) if resume else None
    found = Evaluated(classifier, str(dataset.root), len(dataset))
    found = replace(found, **progress.read(len(dataset))) if progress else found
    yield found
    for images, numbers, bad in read(dataset, range(found.seen, len(dataset)), batch, workers):
        if bad and not skip_bad:
            raise ImageError(bad[0], "With --skip-bad it is left out, and named")
        found = _counted(found, images, labels[numbers], bad)
        if progress:
            progress.write(seen=found.seen, top1=found.top1, top5=found.top5, skipped=found.skipped)
        yield found


def _labels(folders: Sequence[str], classes: int) -> Tensor:
    """The network's number of each class of a data set: that of its synset, or its place.

    Raises DesignError where there is not a class for each of the network's, unless all are synsets of ImageNet.
    """
    synsets = {synset: number for number, synset in enumerate(imagenet())}
    if classes == len(synsets) and all(folder in synsets for folder in folders):
        return torch.tensor([synsets[folder] for folder in folders])
    if len(folders) != classes:
        known = "Names of folders may be synsets, as n02124075" if classes == len(synsets) else ""
        other = f"of {len(folders):,} classes, from {folders[0]:.40} on, and the network of {classes:,}"
        raise DesignError(f"the data set is {other}", known)
    return torch.arange(classes)


def _counted(found: Evaluated, images: Tensor, labels: Tensor, bad: list[str]) -> Evaluated:
    """The counts with those of another batch."""
    right = torch.zeros(0, 1, dtype=torch.bool)
    if len(labels):
        first = found.classifier.logits(images).topk(min(5, found.classifier.classes)).indices
        right = first == labels[:, None]
    return replace(
        found,
        seen=found.seen + len(labels) + len(bad),
        top1=found.top1 + int(right[:, 0].sum()),
        top5=found.top5 + int(right.sum()),
        skipped=(*found.skipped, *bad),
    )
