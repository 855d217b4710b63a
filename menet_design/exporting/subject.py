"""What is exported: a model with its weights, the design that it has, and images that it takes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from menet_design.deployment import folded
from menet_design.errors import DesignError
from menet_design.families.design import Design, sides
from menet_design.families.metadata import stored
from menet_design.importing.libraries import untrained
from menet_design.models import build
from menet_design.models.checkpoint import load_checkpoint
from menet_design.models.shuffles import reshuffle

# A design, of which the model is built; or a module, and the shapes of its inputs without the batch.
Made = Design | tuple[nn.Module, Sequence[Sequence[int]]]


@dataclass(frozen=True)
class Subject:
    """What is exported, as it was asked for.

    `make` makes the design or the module of `source`. `weights` is a file of them, read with the keywords `reading`;
    without it they are those of the source, if it has any, and otherwise random, from `seed`. `shuffle` is one of
    SHUFFLES. `dynamic` says what a program leaves open: "batch", or "size": batch, height and width; otherwise it takes
    `batch` images of one size. `deploy` asks for the model as it is deployed; `allowed`
    are operations in it that change nothing of that where they are not known.
    """

    source: Any
    make: Callable[[], Made]
    weights: Path | None = None
    reading: Mapping[str, Any] = field(default_factory=dict)
    shuffle: str = "5d"
    dynamic: str | None = None
    batch: int = 1
    seed: int = 0
    deploy: bool = False
    allowed: tuple[str, ...] = ()

    @cached_property
    def made(self) -> Made:
        """The design or the module; what its code draws at random follows from the seed."""
        with seeded(self.seed):
            return self.make()

    @property
    def design(self) -> Design | None:
        """What a built-in model was built from."""
        if isinstance(self.made, Design):
            return self.made
        found = getattr(self.made[0], "design", None)
        return found if isinstance(found, Design) else None

    def known_design(self) -> Design:
        """The design; DesignError for the module of another network, of which none is known."""
        if self.design is None:
            raise DesignError(f"{self.title} has no design", "Export it to .safetensors, .pt2 or .onnx")
        return self.design

    @property
    def title(self) -> str:
        """The name as papers print it, or that of a module's class."""
        return self.design.title if self.design else type(self.model).__name__

    @cached_property
    def model(self) -> nn.Module:
        """The model in evaluation mode: the module that was given stays as it is."""
        with seeded(self.seed):
            model: nn.Module = build(self.made) if isinstance(self.made, Design) else deepcopy(self.made[0])
        if self.file is not None:
            load_checkpoint(model, self.file, **self.reading)
        if self.shuffle != "5d":
            reshuffle(model, self.shuffle)
        return model.eval()

    @cached_property
    def runnable(self) -> nn.Module:
        """The model that a program is made of: as it is, or as it is deployed."""
        return folded(self.model, self.inputs, self.allowed) if self.deploy else self.model

    @property
    def inputs(self) -> list[tuple[int, ...]]:
        """The shapes of its inputs, without the batch."""
        if isinstance(self.made, Design):
            return [(self.made.channels, *sides(self.made.resolution))]
        return [tuple(shape) for shape in self.made[1]]

    @property
    def file(self) -> Path | None:
        """The file of the weights, if they come from one."""
        return self.weights or stored(self.source)

    @property
    def origin(self) -> str:
        """Where the weights come from, in words."""
        if self.file is not None:
            return f"weights of {self.file.name}"
        return "the module's own weights" if self.is_trained else f"random weights (seed {self.seed})"

    @property
    def is_trained(self) -> bool:
        """Whether the weights come from somewhere, and are not drawn at random."""
        return self.file is not None or not (isinstance(self.made, Design) or untrained(self.source))

    def images(self, batch: int, smallest: int = 1) -> tuple[Tensor, ...]:
        """Random input for the model, in its type; height and width are `smallest` or more."""
        like = next((each for each in self.model.parameters() if each.is_floating_point()), torch.empty(0))
        with seeded(self.seed):
            shapes = [(first, *(max(side, smallest) for side in rest)) for first, *rest in self.inputs]
            return tuple(torch.rand(batch, *shape, device=like.device, dtype=like.dtype) for shape in shapes)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Let torch draw from a seed inside; afterwards its generator goes on as if nothing had been."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
