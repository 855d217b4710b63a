"""What this machine reaches at best: multiply-adds of a product of matrices, bytes of a copy."""

import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version

import torch

from menet_design.measurement.conditions import Conditions

_SIDE = 768  # of the matrices
_COPIED = 2**26  # bytes, more than caches hold


@dataclass(frozen=True)
class Machine:
    """The machine and the engine's package, in words, and what was reached with the threads and precision of a run."""

    description: str
    software: str
    macs_per_second: float
    bytes_per_second: float


def peaks(conditions: Conditions) -> list[Callable[[], object]]:
    """What shows the peaks of a machine: a product of square matrices, and a copy, which reads and writes each byte."""
    matrix = torch.ones(_SIDE, _SIDE, dtype=getattr(torch, conditions.precision))
    source = torch.ones(_COPIED, dtype=torch.uint8)
    product, target = torch.empty_like(matrix), torch.empty_like(source)
    return [lambda: torch.mm(matrix, matrix, out=product), lambda: target.copy_(source)]


def machine(conditions: Conditions, products: Sequence[float], copies: Sequence[float]) -> Machine:
    """This machine, by the seconds that runs of its `peaks` took; the best of them count."""
    package = "onnxruntime" if conditions.engine == "onnxruntime" else "torch"
    words = f"{platform.machine()}, {torch.backends.cpu.get_cpu_capability()}, {os.cpu_count()} cores"
    return Machine(words, f"{package} {version(package)}", _SIDE**3 / min(products), 2 * _COPIED / min(copies))
