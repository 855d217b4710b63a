"""What training adds to the bare steps, as a ratio: python tests/benchmarks/training.py

Not a test. An epoch of ResNet-8 over 1,280 images of 28×28 pixels, read, cropped and normalised one by one, with an
average of the weights or without, beside the same steps of torch's optimizer on tensors that are there already; in
turn, pair by pair, in one thread.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from ratios import report, seconds
from torch.nn.functional import cross_entropy

sys.path.insert(0, str(Path(__file__).parents[1]))
from idx import write_part

from menet_design import build, read_recipe
from menet_design.training import loop
from menet_design.training.data import Images
from menet_design.training.optimisation import optimizer
from menet_design.training.processes import Processes
from menet_design.training.state import State

IMAGES, BATCH, PAIRS = 1280, 64, 15
NUMBERS = {"channels": 1, "resolution": 28, "classes": 10}


def pairs(ema: float, folder: Path) -> list[float]:
    """The seconds of an epoch here by those of the bare steps."""
    recipe, processes = read_recipe(batch=BATCH, ema=ema), Processes(1, 0, torch.device("cpu"))
    state, images = State(build("ResNet-8", **NUMBERS), recipe, processes), Images(folder, (1, 28, 28), recipe)
    model = build("ResNet-8", **NUMBERS).train()
    sgd, batches = optimizer(model, recipe), list(images.batches(1, 0, processes))

    def ours() -> None:
        state.step = 0
        for _ in loop.learn(state, images, recipe, processes, lambda: False):
            pass

    def bare() -> None:
        for pictures, labels in batches:
            loss = cross_entropy(model(pictures), labels)
            sgd.zero_grad()
            loss.backward()
            sgd.step()

    ours(), bare()
    return [seconds(ours) / seconds(bare) for _ in range(PAIRS)]


if __name__ == "__main__":
    torch.set_num_threads(1)
    drawn = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as made:
        for part in ("train", "test"):
            write_part(Path(made), part, drawn.integers(0, 256, (IMAGES, 28, 28)), np.arange(IMAGES) % 10)
        report("an epoch of `train` : the bare steps of torch", pairs(0.0, Path(made)), "at most 1.15")
        report("the same with an average of the weights : the bare steps", pairs(0.99, Path(made)), "at most 1.25")
