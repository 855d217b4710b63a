"""fvcore and torch's FlopCounterMode, each run on a model and read layer by layer.

Both are asked for multiply-adds of convolutions and fully connected layers. Every other operation that
torch dispatches must be on the list of what the convention leaves out, and so must those that fvcore says it
does not know: an operation that is on no list raises UnknownOperation instead of counting as zero.
"""

import warnings
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from copy import deepcopy
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils import flop_counter
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode, flop_registry

from menet_design.graph.operation import UnknownOperation
from menet_design.importing.modules import without_compiler
from menet_design.verification.hooks import hooked

with warnings.catch_warnings():
    warnings.simplefilter("ignore", FutureWarning)  # fvcore scripts a function, which torch deprecates
    from fvcore.nn import FlopCountAnalysis

# What the convention "convolutions and classifier only" leaves out, by the name of the aten operation.
LEFT_OUT = {
    "batch norm": ("batch_norm", "native_batch_norm", "_native_batch_norm_legit_no_training"),
    "activations": ("relu", "relu_", "relu6", "hardtanh", "leaky_relu", "sigmoid"),
    "pooling": ("max_pool2d", "max_pool2d_with_indices", "avg_pool2d", "adaptive_avg_pool2d", "mean"),
    "element-wise product and addition": ("mul", "add", "add_"),
    "moving data": (
        *("cat", "view", "_unsafe_view", "unflatten", "transpose", "permute", "t", "clone", "contiguous"),
        *("empty", "zeros", "channel_shuffle", "native_channel_shuffle"),
    ),
    "padding": ("pad", "constant_pad_nd"),
}
# The dispatch mode behind FlopCounterMode, which older versions of torch are themselves.
_FLOP_COUNTER = getattr(flop_counter, "_FlopCounterMode", FlopCounterMode)
_LEFT_OUT_NAMES = frozenset(name for names in LEFT_OUT.values() for name in names)
_COUNTED_BY_FVCORE = frozenset({"conv", "linear", "addmm", "bmm", "matmul", "einsum"})


class _Anything(frozenset[str]):
    """Every name."""

    def __contains__(self, name: object) -> bool:
        return True


ANY: Collection[str] = _Anything()


class Counted(NamedTuple):
    """Multiply-adds by the name of the module that executes them, and what else was counted, by operation."""

    macs: dict[str, int]
    others: dict[str, int]

    @property
    def total(self) -> int:
        """The sum over the layers."""
        return sum(self.macs.values())


class Executed(NamedTuple):
    """A model's one forward pass: torch's count, and the output shape (channels, height, width) of each module."""

    counted: Counted
    shapes: dict[str, tuple[int, ...]]
    output: Tensor


def count_with_fvcore(model: nn.Module, *images: Tensor, known: Collection[str] = _LEFT_OUT_NAMES) -> Counted:
    """Count a copy of a model with fvcore, to which a multiply-add is one flop and a batch norm two an element.

    `known` are the operations that the convention leaves out, ANY if it does not matter which.
    """
    model = deepcopy(model).eval()
    analysis = FlopCountAnalysis(model, images)
    analysis.unsupported_ops_warnings(False).uncalled_modules_warnings(False).tracer_warnings("none")
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore", FutureWarning)  # fvcore traces with torch.jit, which torch deprecates
        by_module = analysis.by_module_and_operator()
        unsupported = analysis.unsupported_ops()
    others = {name: amount for name, amount in by_module[""].items() if name not in _COUNTED_BY_FVCORE}
    _refuse_unknown("fvcore", [*others, *(name.removeprefix("aten::") for name in unsupported)], known)
    macs = {name: sum(operations[kind] for kind in _COUNTED_BY_FVCORE) for name, operations in by_module.items()}
    return Counted(_own(model, macs), others)


def count_with_torch(model: nn.Module, *images: Tensor, known: Collection[str] = _LEFT_OUT_NAMES) -> Executed:
    """Count one forward pass of a copy of a model with torch's FlopCounterMode: a multiply-add is two flops.

    Attention is executed as products of matrices, which the counter knows on every device.
    """
    model = deepcopy(model).eval()
    shapes: dict[str, tuple[int, ...]] = {}
    hooks = {name: _record(name, shapes) for name, _ in model.named_modules() if name}
    counter, seen = FlopCounterMode(display=False), _SeenOperations()
    attention = sdpa_kernel(SDPBackend.MATH)
    with (
        without_compiler(_FLOP_COUNTER, _SeenOperations),
        hooked(model, hooks),
        torch.no_grad(),
        attention,
        counter,
        seen,
    ):
        output = model(*images)
    _refuse_unknown("torch's counter", seen.uncounted, known)
    flops = {name: sum(counts.values()) for name, counts in counter.get_flop_counts().items()}
    macs = {name.partition(".")[2]: amount // 2 for name, amount in flops.items() if name != "Global"}
    macs[""] = flops["Global"] // 2
    return Executed(Counted(_own(model, macs), {}), shapes, output)


class _SeenOperations(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Notes the operations that FlopCounterMode has no formula for."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.uncounted: set[str] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func.overloadpacket not in flop_registry:
            self.uncounted.add(func.overloadpacket.__name__)
        return func(*args, **(kwargs or {}))


def _refuse_unknown(counter: str, names: Iterable[str], known: Collection[str]) -> None:
    unknown = sorted(name for name in set(names) if name not in known)
    if unknown:
        cause = f"{counter} does not count {', '.join(unknown)}, and the convention does not leave it out"
        raise UnknownOperation(cause)


def _own(model: nn.Module, macs: Mapping[str, int]) -> dict[str, int]:
    """What each module executes itself, without what the modules inside it do; the whole model is "".

    A function that is called outside of any layer is thereby the share of the module that calls it.
    """
    own: dict[str, int] = {}
    inside: Counter[str] = Counter()
    for name, _ in reversed(list(model.named_modules())):  # children before their parents
        # A module that only holds layers, and is never called itself, has no count of its own.
        own[name] = macs[name] - inside[name] if macs.get(name) else 0
        inside[name.rpartition(".")[0]] += own[name] + inside[name]
    return {name: amount for name, amount in reversed(own.items()) if amount}


def _record(name: str, shapes: dict[str, tuple[int, ...]]) -> Callable[[nn.Module, Any, Tensor], None]:
    def hook(module: nn.Module, inputs: Any, output: Tensor) -> None:
        if isinstance(output, Tensor):
            shape = tuple(output.shape[1:])
            shapes[name] = shape + (1,) * (3 - len(shape))

    return hook
