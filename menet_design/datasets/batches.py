"""Images of a data set, read batch by batch, by processes of their own if that is wanted."""

import signal
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from menet_design.datasets import LabelledImages
from menet_design.errors import DesignError, ImageError
from menet_design.quiet import quiet


def read(
    dataset: LabelledImages, order: Sequence[int], batch: int, workers: int
) -> Iterator[tuple[Tensor, Tensor, list[str]]]:
    """Images of these numbers and their labels, and the reasons why others are missing, in this order.

    Raises DesignError where one of the processes dies.
    """
    with quiet():  # torch warns of more workers than cores
        loader = DataLoader(
            _Said(dataset),
            batch,
            sampler=order,
            num_workers=workers,
            collate_fn=_collated,
            worker_init_fn=_leave_interrupts,
            pin_memory=torch.cuda.is_available(),
            generator=torch.Generator(),  # whoever calls this may have a seed of their own
        )
        batches = iter(loader)
    try:
        yield from batches
    except RuntimeError as error:  # how torch says that a process of its own has died
        raise DesignError(f"reading images failed: {str(error).splitlines()[0]:.200}") from None


class _Said(Dataset[Any]):
    """A data set that gives, of an image that cannot be read, the reason why: workers do not raise well."""

    def __init__(self, dataset: LabelledImages) -> None:
        self.dataset = dataset

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> tuple[Tensor, int] | str:
        try:
            return self.dataset[index]
        except ImageError as error:
            return str(error)


def _collated(samples: list[tuple[Tensor, int] | str]) -> tuple[Tensor, Tensor, list[str]]:
    good = [each for each in samples if not isinstance(each, str)]
    images = torch.stack([image for image, _ in good]) if good else torch.empty(0)
    labels = torch.tensor([label for _, label in good], dtype=torch.long)
    return images, labels, [each for each in samples if isinstance(each, str)]


def _leave_interrupts(_: int) -> None:
    """Leave Ctrl-C, which reaches all processes, to the one that has counted."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
