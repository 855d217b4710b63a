"""The loop: the steps of an epoch, and the test after them."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from menet_design.errors import DesignError
from menet_design.training.data import Images
from menet_design.training.processes import Processes
from menet_design.training.recipe import Recipe
from menet_design.training.state import State

_TOP = 5


class Tested(NamedTuple):
    """The mean loss over the images to test on, and how many percent have their class first, or among five."""

    loss: float
    top1: float
    top5: float


def learn(
    state: State, images: Images, recipe: Recipe, processes: Processes, is_over: Callable[[], bool]
) -> Iterator[int]:
    """Take the steps that are left of an epoch, until `is_over` says so in any process; yields each that is done.

    Every process has the sum of all losses afterwards. Raises DesignError where it is not finite.
    """
    number = state.done + 1
    state.wrapped.train()
    for batch in images.batches(number, state.step, processes):
        if processes.any(is_over()):
            break
        _step(state, recipe, processes, *(each.to(processes.device, non_blocking=True) for each in batch))
        yield state.step
    processes.agree(state.kept)
    processes.total(state.losses)
    _check_finite(state.losses, number)


def _step(state: State, recipe: Recipe, processes: Processes, images: Tensor, labels: Tensor) -> None:
    """One step of the optimizer. What dropout draws follows from the seed and the step, in each process."""
    drawn = Random(f"{recipe.seed} {state.done} {state.step} {processes.rank}")
    torch.manual_seed(drawn.getrandbits(63))
    with _autocast(recipe, processes):
        loss = functional.cross_entropy(state.wrapped(images), labels, label_smoothing=recipe.label_smoothing)
    state.optimizer.zero_grad()
    state.scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
    state.scaler.step(state.optimizer)
    state.scaler.update()
    if state.average is not None:
        state.average.update_parameters(state.model)
    state.losses += loss.detach()
    state.step += 1


def _check_finite(loss: Tensor, epoch: int) -> None:
    """Raise DesignError where a loss is not finite; before the first epoch, of the weights that were given."""
    if not loss.isfinite():
        remedy = "Lower learning_rate in the recipe" if epoch else "Give other --weights"
        raise DesignError(f"the loss of epoch {epoch} is not finite", remedy)


def test(model: nn.Module, images: Images, recipe: Recipe, processes: Processes, epoch: int) -> Tested:
    """What a model makes of the images to test on after an epoch, each of which is looked at by one process.

    Raises DesignError where the loss is not finite.
    """
    sums = torch.zeros(3, dtype=torch.float64, device=processes.device)
    model.eval()
    with torch.no_grad(), _autocast(recipe, processes):
        for batch in images.tests(processes):
            pictures, labels = (each.to(processes.device, non_blocking=True) for each in batch)
            logits = model(pictures).float()
            loss = functional.cross_entropy(logits, labels, reduction="sum")
            hits = logits.topk(min(_TOP, logits.shape[1])).indices == labels[:, None]
            sums += torch.stack([loss.double(), hits[:, 0].sum().double(), hits.sum().double()])
    _check_finite(processes.total(sums)[0], epoch)
    (loss, first, among), number = sums.tolist(), len(images.test)
    return Tested(loss / number, 100 * first / number, 100 * among / number)


def _autocast(recipe: Recipe, processes: Processes) -> torch.autocast:
    is_mixed = recipe.precision != "float32"
    return torch.autocast(processes.device.type, getattr(torch, recipe.precision) if is_mixed else None, is_mixed)


@contextmanager
def deferred() -> Iterator[Callable[[], bool]]:
    """Let SIGINT and SIGTERM wait; what it yields says whether one has come. Only a main thread hears them."""
    came: list[int] = []
    is_heard = threading.current_thread() is threading.main_thread()
    signals = (signal.SIGINT, signal.SIGTERM) if is_heard else ()
    before = {each: signal.signal(each, lambda number, _: came.append(number)) for each in signals}
    try:
        yield lambda: bool(came)
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
