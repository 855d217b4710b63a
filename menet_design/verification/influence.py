"""The gradient probe: who hears whom in a PyTorch model, against the bit-sets of its architecture.

With positive weights and inputs no derivative is below zero, so nothing cancels: an output channel hears an input
channel where, and only where, the derivative of the one by the other is not zero.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.func import jvp, vmap

from menet_design.analysis.connectivity import (
    around_shuffle,
    connectivity,
    heard_around_shuffle,
    module_chain,
    modules,
)
from menet_design.analysis.cost import count
from menet_design.analysis.dataflow import AS_IT_IS, FUSION, Sets, Variant, flow, itself, through
from menet_design.architectures import network
from menet_design.architectures.network import INPUT, Block
from menet_design.design import MIN_RESOLUTION, Design
from menet_design.errors import DesignError, check_memory
from menet_design.models import build

# Input channels that are probed at a time: what bounds the memory of wide networks.
_AT_A_TIME = 256
_VARIANTS = (AS_IT_IS, Variant(fusion=False))


class Difference(NamedTuple):
    """The first channel pair on which gradients and bit-sets differ: where, and whether the model connects it."""

    where: str
    output: int
    input: int
    in_model: bool

    def __str__(self) -> str:
        one, other = ("model", "bit-sets") if self.in_model else ("bit-sets", "model")
        heard = f"output channel {self.output} hears input channel {self.input}"
        return f"{self.where}: {heard} in the {one}, not in the {other}"


@dataclass(frozen=True)
class Probe:
    """How many paths through the model were probed, how many channel pairs these are, and the first that differs."""

    design: Design
    paths: int
    pairs: int
    first_difference: Difference | None

    @property
    def agrees(self) -> bool:
        """Whether gradients and bit-sets connect the same channel pairs."""
        return self.first_difference is None


class _Shapes(NamedTuple):
    """The shapes (channels, height, width) that a module takes and makes."""

    taken: torch.Size
    made: torch.Size


class _Path(NamedTuple):
    """A stretch of the model: what runs it, the shape of what it takes, and who hears whom by the architecture."""

    name: str
    run: Callable[[Tensor], Tensor]
    shape: torch.Size
    heard: Callable[[Variant], Sets]


class _Executed(NamedTuple):
    """A model, the images that it is run on, and the shapes that each of its modules takes and makes."""

    model: nn.Module
    images: Tensor
    shapes: dict[str, _Shapes]


def probe(design: Design) -> Probe:
    """Probe a design's model, with its fusion branches and without them; stops at the first difference.

    The paths are: every module, every chain of them until everything is heard, all of them, and in each what leads
    to its shuffle and what leads from the convolution before it to the one after it. The model is run on 32×32
    pixels, in float64, with positive weights of the probe's own.
    """
    small = design.but(resolution=MIN_RESOLUTION)
    _check_memory(small)
    return replace(compare(small, build(small)), design=design)


def _check_memory(design: Design) -> None:
    """Weights in float64, twice, and the booleans of the widest module: one a channel pair, a few times over."""
    widest = max(block.in_channels * block.last.channels for block in modules(network(design)))
    needed = 16 * count(design).params + 4 * widest
    check_memory(f"the proof of {design.name}", needed, "connectivity answers without a model")


def compare(design: Design, model: nn.Module) -> Probe:
    """Probe a copy of a model, at the resolution of the design; see `probe`.

    Raises DesignError for a model that lacks modules of the design or has other channels between them.
    """
    executed = _execute(_positive(deepcopy(model)), design.resolution)
    paths = [*_chains(design, executed), *_shuffles(design, executed)]
    pairs = 0
    for index, (path, variant) in enumerate(product(paths, _VARIANTS)):
        expected = _as_booleans(path.heard(variant), path.shape[0])
        pairs += expected.numel()
        with _ablated(executed.model, variant):
            heard = _gradients(path)
        if not torch.equal(heard, expected):
            return Probe(design, 1 + index // len(_VARIANTS), pairs, _difference(path, variant, heard, expected))
    return Probe(design, len(paths), pairs, None)


def _chains(design: Design, executed: _Executed) -> Iterator[_Path]:
    """Every module, what follows it until everything is heard, and all modules; each chain once."""
    blocks = module_chain(network(design))
    names = [block.name for block in blocks]
    full = {names.index(block.name): block.blocks_to_full for block in connectivity(design).blocks}
    spans = [(start, start + 1) for start in full]
    spans += [(start, start + length) for start, length in full.items() if length]
    spans.append((0, len(blocks)))
    for start, end in dict.fromkeys(spans):
        chain = blocks[start:end]
        first, last = chain[0].name, chain[-1].name
        name = first if first == last else f"{first} to {last}"
        shape = _shape(executed, first, chain[0].in_channels, "taken")
        run = partial(_between, executed, first, last, nn.Module.register_forward_pre_hook)
        yield _Path(name, run, shape, partial(_through, chain))


def _through(chain: Sequence[Block], variant: Variant) -> Sets:
    return through(chain, itself(chain[0].in_channels), variant).heard


def _shuffles(design: Design, executed: _Executed) -> Iterator[_Path]:
    """From the input of each module with a shuffle to the convolution before it, and from there to the one after."""
    for block in modules(network(design)):
        around = around_shuffle(block)
        if around is not None:
            first, second = (f"{block.name}.{op.name}" for op in around)
            start = _shape(executed, block.name, block.in_channels, "taken")
            before = partial(_between, executed, block.name, first, nn.Module.register_forward_pre_hook)
            yield _Path(f"{block.name} to {first}", before, start, partial(_up_to, block, around[0].name))
            shape = _shape(executed, first, around[0].channels, "made")
            run = partial(_between, executed, first, second, nn.Module.register_forward_hook)
            yield _Path(f"{first} to {second}", run, shape, partial(heard_around_shuffle, block))


def _up_to(block: Block, name: str, variant: Variant) -> Sets:
    return flow(block.operations, {INPUT: itself(block.in_channels)}, variant)[name].heard


def _shape(executed: _Executed, name: str, channels: int, side: str) -> torch.Size:
    """The shape that a module takes or makes; DesignError unless it has as many channels as in the design."""
    shapes = executed.shapes.get(name)
    if shapes is None:
        raise DesignError(f"the model executes no {name}", "verify says where it differs from the design")
    shape: torch.Size = getattr(shapes, side)
    if shape[0] != channels:
        cause = f"{name} has {shape[0]} channels in the model, {channels} in the design"
        raise DesignError(cause, "verify says where they differ")
    return shape


class _Reached(Exception):
    """Ends a forward pass at the module that it was to reach; holds what that has made."""

    def __init__(self, made: Tensor) -> None:
        super().__init__()
        self.made = made


def _between(executed: _Executed, start: str, end: str, register: Callable[..., Any], x: Tensor) -> Tensor:
    """What a module makes in the model's own forward pass where another takes, or has made, something given."""

    def reach(*call: Any) -> None:
        raise _Reached(call[-1])

    modules = dict(executed.model.named_modules())
    try:
        with register(modules[start], lambda *_: x), modules[end].register_forward_hook(reach):
            executed.model(executed.images)
    except _Reached as reached:
        return reached.made
    raise DesignError(f"the model executes no {end} after {start}", "verify says where it differs from the design")


def _positive(model: nn.Module) -> nn.Module:
    """Weights above zero, so small that no sigmoid is saturated; batch norms that change nothing."""
    generator = _generator()
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.reset_parameters()
    model = model.double().eval()
    for weight in (parameter for parameter in model.parameters() if parameter.ndim > 1):
        drawn = 0.5 + torch.rand(weight.shape, generator=generator, dtype=torch.float64)
        weight.data = drawn / (4 * weight[0].numel())
    return model


def _execute(model: nn.Module, resolution: int) -> _Executed:
    """One forward pass, and the shapes of every module that it calls."""
    shapes: dict[str, _Shapes] = {}

    def note(name: str) -> Callable[..., None]:
        return lambda _, taken, made: shapes.update({name: _Shapes(taken[0].shape[1:], made.shape[1:])})

    images = torch.rand(1, 3, resolution, resolution, generator=_generator(), dtype=torch.float64)
    with torch.no_grad(), ExitStack() as stack:
        for name, module in model.named_modules():
            stack.enter_context(module.register_forward_hook(note(name)))
        model(images)
    return _Executed(model, images, shapes)


def _generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@contextmanager
def _ablated(model: nn.Module, variant: Variant) -> Iterator[None]:
    """Without fusion, nothing is to be heard by way of it: what it makes counts as constant."""
    with ExitStack() as stack:
        for name, module in model.named_modules():
            if not variant.fusion and name.rpartition(".")[2] == FUSION:
                stack.enter_context(module.register_forward_hook(lambda *call: call[-1].detach()))
        yield


def _gradients(path: _Path) -> Tensor:
    """Whether each output channel (a row) hears each input channel, by forward-mode differentiation."""
    x = 0.5 + torch.rand(1, *path.shape, generator=_generator(), dtype=torch.float64)
    parts = []
    for channels in torch.split(torch.arange(path.shape[0]), _AT_A_TIME):
        directions = torch.zeros(len(channels), *x.shape, dtype=x.dtype)
        directions[torch.arange(len(channels)), 0, channels] = 1
        with torch.no_grad():
            derivatives = vmap(lambda direction: jvp(path.run, (x,), (direction,))[1])(directions)
        parts.append(derivatives.reshape(len(channels), derivatives.shape[2], -1).ne(0).any(2))
    return torch.cat(parts).T


def _as_booleans(sets: Sets, channels: int) -> Tensor:
    """Bit-sets as a matrix: whether each output channel (a row) hears each input channel."""
    length = (channels + 7) // 8
    packed = bytearray(b"".join(each.to_bytes(length, "little") for each in sets))
    bits = torch.frombuffer(packed, dtype=torch.uint8).view(len(sets), length, 1) >> torch.arange(8) & 1
    return bits.flatten(1)[:, :channels].bool()


def _difference(path: _Path, variant: Variant, heard: Tensor, expected: Tensor) -> Difference:
    if heard.shape != expected.shape:
        raise DesignError(f"{path.name} makes other channels in the model than in the design", "verify says where")
    output, channel = (heard != expected).nonzero()[0].tolist()
    where = path.name if variant.fusion else f"{path.name} without fusion"
    return Difference(where, output, channel, bool(heard[output, channel]))
