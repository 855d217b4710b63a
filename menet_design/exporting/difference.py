"""How far the outputs of an exported file are from those of its model."""

from collections.abc import Sequence
from math import isfinite
from typing import Any, NamedTuple

import torch
from torch.utils import _pytree

from menet_design.errors import DesignError, lines_of
from menet_design.exporting.subject import Subject

# The part of the largest output by which rounding may move one: more is another network.
_ROUNDING = 1e-4


class Difference(NamedTuple):
    """The largest difference of two engines' outputs, beside the largest output, on the same random input."""

    engine: str
    largest: float
    output: float

    def __str__(self) -> str:
        return f"{self.engine} and torch differ by {self.largest:.2g} at most, where outputs reach {self.output:.2g}"


def difference(subject: Subject, engine: str, run: Any) -> Difference:
    """Run a file's network, a function of the inputs, and the model on the same input.

    Raises DesignError where they differ by more than rounding, where those of the model are not finite, and where the
    file's network does not run.
    """
    images = subject.images(subject.batch)
    with torch.no_grad():
        ours, theirs = _flat(subject.model(*images)), _flat(_run(subject, run, images))
    pairs, output = zip(ours, theirs, strict=True), max(one.abs().max().item() for one in ours)
    if not isfinite(output):
        raise DesignError(f"{subject.title} gives outputs that are not finite: nothing is there to compare")
    found = Difference(engine, max((one - other).abs().max().item() for one, other in pairs), output)
    if not found.largest <= _ROUNDING * found.output:  # nor where it is not a number
        raise DesignError(f"the exported {subject.title} is not the model: {found}")
    return found


def _run(subject: Subject, run: Any, images: tuple[torch.Tensor, ...]) -> Any:
    try:
        return run(*images)
    except Exception as error:  # a program has guards, whose failures are errors of any kind
        remedy = "Give --dynamic batch" if subject.dynamic == "size" else ""
        raise DesignError(f"the exported {subject.title} does not run: {lines_of(error)[0]}", remedy) from None


def _flat(outputs: Any) -> Sequence[torch.Tensor]:
    """The tensors of an output, in torch's order."""
    return [torch.as_tensor(each).double() for each in _pytree.tree_leaves(outputs)]
