"""The processes that train one network together, and the device of each: one, or those that torchrun starts."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, distributed, nn


@dataclass(frozen=True)
class Processes:
    """How many there are, which of them this is, and where it computes. The first one writes and speaks."""

    count: int
    rank: int
    device: torch.device

    @property
    def is_first(self) -> bool:
        """Whether this one writes and speaks."""
        return self.rank == 0

    def total(self, numbers: Tensor) -> Tensor:
        """The sum over all processes."""
        if self.count > 1:
            distributed.all_reduce(numbers)
        return numbers

    def any(self, flag: bool) -> bool:
        """Whether it is so in any process: all learn it at once. On the CPU, for which no device has to wait."""
        return bool(self.total(torch.tensor(int(flag))))

    def wrapped(self, model: nn.Module) -> nn.Module:
        """A model whose gradients are averaged over all processes."""
        if self.count == 1:
            return model
        devices = [self.device] if self.device.type == "cuda" else None
        return nn.parallel.DistributedDataParallel(model, devices)

    def agree(self, model: nn.Module) -> None:
        """Give all processes what norms have seen in the first one."""
        if self.count > 1:
            for each in model.buffers():
                distributed.broadcast(each, 0)


@contextmanager
def joined() -> Iterator[Processes]:
    """Those that torchrun has started, joined, or this one alone; GPUs are taken where there are any."""
    rank, count, local = (int(os.environ.get(name, "0")) for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK"))
    device = torch.device("cpu")
    if torch.cuda.is_available():
        device = torch.device("cuda", local)
        torch.cuda.set_device(device)
    if count < 2:
        yield Processes(1, 0, device)
        return
    distributed.init_process_group("cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo")
    try:
        yield Processes(count, rank, device)
    finally:
        distributed.destroy_process_group()
