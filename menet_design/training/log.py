"""What is written down of each epoch: a file of CSV, and what TensorBoard shows."""

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from menet_design.errors import missing
from menet_design.files import write_text

NAME = "log.csv"


@dataclass(frozen=True)
class Epoch:
    """An epoch as it ended: the mean loss of its batches, and of the images to test on, with the accuracies there.

    `top1` and `top5` are in percent, `seconds` those of training and test since the run was last begun. Before the
    first epoch, numbered 0, nothing is learned: it has no rate and no loss.
    """

    epoch: int
    learning_rate: float | None
    loss: float | None
    test_loss: float
    top1: float
    top5: float
    seconds: float

    def __str__(self) -> str:
        learned = "" if self.loss is None else f"loss {self.loss:.4f}, rate {self.learning_rate:.3g}, "
        return f"epoch {self.epoch}: {learned}{self.top1:.2f} % right, {self.seconds:.1f} s"


def write_csv(epochs: Iterable[Epoch], folder: Path) -> None:
    """Write all epochs so far into a run's folder, in the place of those that were there."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [each.name for each in fields(Epoch)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(each) for each in epochs)
    write_text(text.getvalue(), folder / NAME, force=True)


class Board:
    """The folder of a run as TensorBoard reads it. Raises MissingPackage without tensorboard."""

    def __init__(self, folder: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ModuleNotFoundError as error:
            raise missing(error) from None
        # From the first epoch on that is written, what an interrupted run had written before does not count.
        self._open: Callable[[int], Any] = lambda epoch: SummaryWriter(str(folder), purge_step=epoch)
        self._writer: Any = None

    def add(self, epoch: Epoch) -> None:
        """Write the numbers of an epoch."""
        self._writer = self._writer or self._open(epoch.epoch)
        for name, value in asdict(epoch).items():
            if value is not None and name != "epoch":
                self._writer.add_scalar(name, value, epoch.epoch)
        self._writer.flush()
