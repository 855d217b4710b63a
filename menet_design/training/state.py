"""All that changes in training, as it stands in memory and in the file of a run."""

import io
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import nn

from menet_design.errors import CheckpointError, DesignError
from menet_design.files import WEIGHTS, open_file, write_whole
from menet_design.models.stored import check_kind
from menet_design.training import optimisation
from menet_design.training.log import Epoch
from menet_design.training.processes import Processes
from menet_design.training.recipe import Recipe
from menet_design.values import check_whole

NAME = "state.pt"
_PARTS = ("model", "optimizer", "schedule", "scaler", "average")


class State:
    """A model in training, with its optimizer, schedule and average, and how far they are.

    `wrapped` is the model as all processes train it together. `epochs` are those that have ended; of the one that goes
    on, `step` batches are done, whose losses are `losses` together. Nothing random is held: what a step draws follows
    from the seed and the step.
    """

    def __init__(self, model: nn.Module, recipe: Recipe, processes: Processes) -> None:
        self.model = model.to(processes.device)
        self.wrapped = processes.wrapped(self.model)
        self.optimizer = optimisation.optimizer(self.model, recipe)
        self.schedule = optimisation.schedule(self.optimizer, recipe)
        self.scaler = torch.amp.GradScaler(processes.device.type, enabled=recipe.precision == "float16")
        self.average = optimisation.average(self.model, recipe.ema) if recipe.ema else None
        self.epochs: list[Epoch] = []
        self.step = 0
        self.losses = torch.zeros((), dtype=torch.float64, device=processes.device)

    @property
    def done(self) -> int:
        """The epochs that have ended."""
        return self.epochs[-1].epoch if self.epochs else 0

    @property
    def kept(self) -> nn.Module:
        """The model that is tested and kept: the average, if there is one."""
        return self.model if self.average is None else self.average.module

    def next(self) -> None:
        """Begin the next epoch."""
        self.schedule.step()
        self.step = 0
        self.losses.zero_()

    def save(self, folder: Path, meant: Mapping[str, Any]) -> None:
        """Write it into a run's folder, whole or not at all, with what the run is."""
        parts = {name: getattr(self, name) for name in _PARTS}
        content = {name: part.state_dict() for name, part in parts.items() if part is not None}
        content |= {"epochs": [asdict(each) for each in self.epochs], "step": self.step, "losses": self.losses}
        written = io.BytesIO()  # torch's own writer does not say that a disk is full
        torch.save(content | {"meant": dict(meant)}, written)
        write_whole(lambda path: path.write_bytes(written.getbuffer()), folder / NAME, force=True)

    def load(self, folder: Path, meant: Mapping[str, Any], processes: Processes) -> None:
        """Go on from what was written there. Raises DesignError where that is another run, or no whole file."""
        path = folder / NAME
        with open_file(path, WEIGHTS, CheckpointError) as file:
            check_kind(file.read(256), file, path)
            file.seek(0)
            try:
                content = torch.load(file, map_location="cpu", weights_only=True)
                _check_same(content["meant"], meant, folder)
                for name in _PARTS:
                    if (part := getattr(self, name)) is not None:
                        part.load_state_dict(content[name])
                self.epochs = [Epoch(**each) for each in content["epochs"]]
                self.step = check_whole("step", content["step"], 0, 2**53)
                if processes.is_first:  # the sum over all of them
                    self.losses.copy_(content["losses"])
            except DesignError:
                raise
            except Exception:  # what is damaged may raise anything
                raise CheckpointError(f"{path} is no whole state of a run") from None


def _check_same(before: Mapping[str, Any], meant: Mapping[str, Any], folder: Path) -> None:
    """Raise DesignError, which names the first difference, where a run goes on as another."""
    for name, value in meant.items():
        if (had := before.get(name)) != value:
            raise DesignError(f"{folder} holds a run with {name} {had}, not {value}", "Give another --output")
