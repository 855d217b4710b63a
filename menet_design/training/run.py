"""A run: a network, its images and a recipe, in a folder that holds all that comes of it."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from menet_design.errors import DesignError
from menet_design.exporting import weights
from menet_design.exporting.subject import Subject
from menet_design.families.naming import options
from menet_design.files import remove_unfinished, write_text, write_whole
from menet_design.models.binarize import binarize, kernels
from menet_design.training import log, loop
from menet_design.training.data import Images
from menet_design.training.log import Board, Epoch
from menet_design.training.processes import Processes, joined
from menet_design.training.recipe import Recipe
from menet_design.training.state import NAME as STATE
from menet_design.training.state import State

WEIGHTS, RECIPE, CLASSES = "weights.safetensors", "recipe.toml", "classes.txt"


@dataclass(frozen=True)
class Training:
    """A run that is over: its folder, the name of the network, and what came of each epoch."""

    folder: Path
    title: str
    epochs: tuple[Epoch, ...]

    @property
    def weights(self) -> Path:
        """The file of the weights after the last epoch, with their design."""
        return self.folder / WEIGHTS

    @property
    def labels(self) -> Path:
        """The file of the names of the classes, one a line, as `classify` takes them."""
        return self.folder / CLASSES

    def __repr__(self) -> str:
        return f"Training({str(self.folder)!r}: {self.title}, {self.epochs[-1]})"

    def __str__(self) -> str:
        last = self.epochs[-1]
        right = f"{last.top1:.2f} % of the images to test on are right after epoch {last.epoch}"
        return f"{self.title}: {right}\n{self.weights}"


@dataclass(frozen=True)
class Plan:
    """What a run does: a subject with its first weights, the folder of its images, and the recipe.

    With `binarized`, names of layers with wildcards, the k×k kernels of these are patterns and stay so: SEP-Net's
    authors have a rate of 0 there, for the scales too, and train the rest (github.com/zli79/SEP-Nets,
    `resnet20_relu_msra_cifar10_fix_pattern.prototxt`).
    """

    subject: Subject
    data: Path
    recipe: Recipe
    binarized: tuple[str, ...] | None = None

    def model(self) -> nn.Module:
        """The model that is trained, with its first weights."""
        if self.binarized is None:
            return self.subject.model
        if not self.subject.is_trained:
            raise DesignError("patterns of random weights have nothing to keep", "Give --weights")
        model = binarize(self.subject.model, self.binarized)
        for weight in kernels(model, self.binarized):
            weight.requires_grad = False
        return model

    def images(self, workers: int) -> Images:
        """The images. Raises DesignError where they are not such as the network takes and tells apart."""
        shapes, title = self.subject.inputs, self.subject.title
        if len(shapes) != 1 or len(shapes[0]) != 3:
            raise DesignError(f"{title} does not read an image", "Training is for networks that do")
        channels, height, width = shapes[0]
        images = Images(self.data, (channels, height, width), self.recipe, workers)
        with torch.no_grad():
            logits = self.subject.model(*self.subject.images(1))
        if getattr(logits, "shape", None) != (1, len(images.classes)):
            number = len(images.classes)
            cause = f"{title} does not give {number:,} logits, one for each of the classes of {self.data}"
            wanted = f"--classes {number} (in Python classes={number})" if self.subject.design else "another network"
            raise DesignError(cause, f"Give {wanted}")
        return images

    def said(self, images: Images) -> dict[str, Any]:
        """What makes the run what it is, in plain values: a run that goes on has to have the same."""
        design = self.subject.design
        numbers = options(design).items() if design else ()
        network = " ".join(
            (design.name if design else self.subject.title, *(f"{key}={value}" for key, value in numbers))
        )
        counted = f"{len(images.train):,} and {len(images.test):,} images of {len(images.classes):,} classes"
        digest = f"{images.train.fingerprint()[:16]} {images.test.fingerprint()[:16]}"
        own = {"network": network, "data": counted, "digests": digest, "weights": self.subject.origin}
        return own | {"binarized": self.binarized} | asdict(self.recipe)


def train(
    plan: Plan,
    folder: Path,
    *,
    workers: int = 0,
    resume: bool = False,
    board: bool = False,
    show: Callable[[str], None] = lambda text: None,
    say: Callable[[Epoch], None] = lambda epoch: None,
) -> Training:
    """Train a network as planned, in a new or empty folder; with `resume` the run in it goes on, if there is one.

    `workers` processes read images, this one with 0. `board` writes for TensorBoard, too. `show` takes what is worked
    on, `say` each epoch that has ended. Where torchrun has started several processes, all of them call this, and the
    first one writes. Raises DesignError for what does not go together, and KeyboardInterrupt, once the state is saved,
    after an interrupt.
    """
    with joined() as processes:
        if plan.recipe.batch % processes.count:
            cause = f"a batch of {plan.recipe.batch} is not the same number of images for {processes.count} processes"
            raise DesignError(cause, f"Write batch = {plan.recipe.batch // processes.count * processes.count}")
        run = _Run(plan, folder, plan.images(workers), processes)
        run.begin(resume, board)
        with torch.random.fork_rng([processes.device] if processes.device.type == "cuda" else []):
            run.go_on(show, say)
        return Training(folder, plan.subject.title, tuple(run.state.epochs))


class _Run:
    """A run as it goes on in one of its processes."""

    def __init__(self, plan: Plan, folder: Path, images: Images, processes: Processes) -> None:
        self.plan, self.folder, self.images, self.processes = plan, folder, images, processes
        self.recipe, self.said = plan.recipe, plan.said(images)
        self.state = State(plan.model(), plan.recipe, processes)
        self.board: Board | None = None

    def begin(self, resume: bool, board: bool) -> None:
        """Make the folder, with a first state in it, or read the state that it holds."""
        if self.processes.is_first:
            self.board = Board(self.folder) if board else None
            _make(self.folder, resume)
        if resume and (self.folder / STATE).exists():
            self.state.load(self.folder, self.said, self.processes)
        else:
            self._save()

    def go_on(self, show: Callable[[str], None], say: Callable[[Epoch], None]) -> None:
        """Learn and test, epoch by epoch. Weights that were trained before are tested before all."""
        if not self.state.epochs and self.plan.subject.is_trained:
            say(self._ended(time.monotonic(), learned=False))
        while self.state.done < self.recipe.epochs:
            begun = time.monotonic()
            self._learn(lambda text: show(f"epoch {self.state.done + 1} of {self.recipe.epochs}: {text}"))
            say(self._ended(begun, learned=True))

    def _learn(self, show: Callable[[str], None]) -> None:
        """Learn to the end of an epoch, and save. An interrupt waits for both, or for a step and the saving."""
        with loop.deferred() as was_interrupted:
            for step in loop.learn(self.state, self.images, self.recipe, self.processes, was_interrupted):
                show(f"step {step:,} of {self.images.steps:,}")
            self._save()
            if self.processes.any(was_interrupted()):
                raise KeyboardInterrupt
        show("testing")

    def _ended(self, begun: float, learned: bool) -> Epoch:
        """Test, and write down an epoch: last the state, with which all of it counts."""
        state = self.state
        number = state.done + learned
        tested = loop.test(state.kept, self.images, self.recipe, self.processes, number)
        rate, loss = state.optimizer.param_groups[0]["lr"], state.losses.item() / self._batches
        epoch = Epoch(
            number,
            rate if learned else None,
            loss if learned else None,
            *tested,
            time.monotonic() - begun,
        )
        if learned:
            state.next()
        state.epochs.append(epoch)
        self._write(epoch)
        self._save()
        return epoch

    @property
    def _batches(self) -> int:
        """Those of an epoch, in all processes."""
        return self.images.steps * self.processes.count

    def _write(self, epoch: Epoch) -> None:
        if self.processes.is_first:
            log.write_csv(self.state.epochs, self.folder)
            write_text(self.recipe.to_toml(), self.folder / RECIPE, force=True)
            write_text("".join(f"{each}\n" for each in self.images.classes), self.folder / CLASSES, force=True)
            design = self.plan.subject.design
            write_whole(lambda path: weights.save(self.state.kept, design, path), self.folder / WEIGHTS, force=True)
        if self.board:
            self.board.add(epoch)

    def _save(self) -> None:
        if self.processes.is_first:
            self.state.save(self.folder, self.said)


def _make(folder: Path, resume: bool) -> None:
    """Make a folder. Raises DesignError where that cannot be, or it has something in it that is not gone on with."""
    try:
        folder.mkdir(exist_ok=True)
        remove_unfinished(folder)
        found = {each.name for each in folder.iterdir() if not each.name.startswith(".")}
    except OSError as error:
        raise DesignError(f"cannot write {folder}: {error.strerror}") from None
    if found and not (resume and STATE in found):
        going_on = ", or --resume to go on with the run in it" if STATE in found else ""
        raise DesignError(f"{folder} is not empty", f"Give another --output{going_on}")
