"""The gradient probe: which channels depend on which in a PyTorch model, against the bit-sets of its network.

With positive weights and inputs no derivative is below zero, so nothing cancels: an output channel depends on an input
channel where, and only where, the derivative of the one by the other is not zero.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.func import jvp, vmap

from menet_design.analysis.connectivity import connectivity, unit_span
from menet_design.analysis.cost import count
from menet_design.analysis.dependence import NOTHING, Removed, Sets, flow, itself, through
from menet_design.analysis.pairs import facing_convolutions
from menet_design.display import Displayed
from menet_design.errors import DesignError, check_memory, lines_of
from menet_design.families.architectures import network
from menet_design.families.design import Design
from menet_design.graph.network import INPUT, Block, Network
from menet_design.models import build
from menet_design.values import MIN_RESOLUTION
from menet_design.verification.hooks import as_constants, hooked

# Input channels that are probed at a time: what bounds the memory of wide networks.
_AT_A_TIME = 256


@dataclass(frozen=True)
class Mismatch:
    """The first channel pair on which gradients and bit-sets differ: where, and whether the model connects it."""

    where: str
    output: int
    input: int
    in_model: bool

    def __str__(self) -> str:
        one, other = ("model", "bit-sets") if self.in_model else ("bit-sets", "model")
        depends = f"output channel {self.output} depends on input channel {self.input}"
        return f"{self.where}: {depends} in the {one}, not in the {other}"


@dataclass(frozen=True)
class Probe(Displayed):
    """How many paths through the model were probed, how many channel pairs these are, and the first that differs."""

    network: Network
    paths: int
    pairs: int
    first_mismatch: Mismatch | None

    @property
    def agrees(self) -> bool:
        """Whether gradients and bit-sets connect the same channel pairs."""
        return self.first_mismatch is None


class _Shapes(NamedTuple):
    """The shapes (channels, height, width) that a module takes and makes."""

    taken: torch.Size
    made: torch.Size


class _Path(NamedTuple):
    """A stretch of the model: what runs it, the shape of what it takes, and what depends on what by the network."""

    name: str
    run: Callable[[Tensor], Tensor]
    shape: torch.Size
    sources: Callable[[Removed], Sets]


class _Executed(NamedTuple):
    """A model, the images that it is run on, and the shapes that each of its modules takes and makes."""

    model: nn.Module
    images: Tensor
    shapes: dict[str, _Shapes]


def probe(design: Design) -> Probe:
    """Probe a design's model, with its branches and without them; stops at the first mismatch.

    The paths are: every unit, every run of them until everything is connected, all of them, and in each what leads
    to its shuffle and what leads from the convolution before it to the one after it. The model is run on 32×32
    pixels, in float64, with positive weights of the probe's own.
    """
    small = design.but(resolution=MIN_RESOLUTION)
    _check_memory(network(small))
    return replace(probe_model(network(small), build(small)), network=network(design))


def probe_module(described: Network, module: nn.Module, without: Sequence[str] = ()) -> Probe:
    """Probe a module of anybody's, as its network describes it, with branches and without them."""
    return probe_model(replace(described, branches=tuple(without) or described.branches), module)


def _check_memory(small: Network) -> None:
    """Weights in float64, twice, and the booleans of the widest unit: one a channel pair, a few times over."""
    widest = max(block.in_channels * block.last.channels for block in small.units)
    needed = 16 * count(small).params + 4 * widest
    check_memory(f"the proof of {small.name}", needed, "connectivity answers without a model")


def probe_model(described: Network, model: nn.Module) -> Probe:
    """Probe a copy of a model, on inputs as the network describes them; see `probe`.

    Raises DesignError for a model that lacks modules of the network or has other channels between them.
    """
    executed = _execute(_positive(deepcopy(model)), described.inputs[0])
    paths = [*_spans(described, executed), *_shuffles(described, executed)]
    variants = (NOTHING, Removed(branches=described.branches))
    if not paths:
        raise DesignError(f"no module of {described.name} takes what one of its blocks reads", "Nothing can be probed")
    pairs = 0
    for index, (path, removed) in enumerate(product(paths, variants)):
        expected = _as_booleans(path.sources(removed), path.shape[0])
        pairs += expected.numel()
        with hooked(executed.model, as_constants(executed.model, removed.branches)), _in_float64():
            found = _gradients(path)
        if not torch.equal(found, expected):
            return Probe(described, 1 + index // len(variants), pairs, _mismatch(path, removed, found, expected))
    return Probe(described, len(paths), pairs, None)


def _spans(described: Network, executed: _Executed) -> Iterator[_Path]:
    """Every unit, what follows it until everything is connected, and all units; each span once."""
    blocks = unit_span(described)
    names = [block.name for block in blocks]
    depths = {names.index(block.name): block.mixing_depth for block in connectivity(described).blocks}
    spans = [(start, start + 1) for start in depths]
    spans += [(start, start + length) for start, length in depths.items() if length]
    spans.append((0, len(blocks)))
    for start, end in dict.fromkeys(spans):
        span = blocks[start:end]
        if not (_begins(span[0]) and _ends(span[-1], described) and _is_fed_once(span)):
            continue
        first, last = span[0].name, span[-1].name
        name = first if first == last else f"{first} to {last}"
        taken = "" if span[0].inputs == (INPUT,) else first
        shape = _shape(executed, taken, span[0].in_channels, "taken")
        run = partial(_between, executed, taken, last, nn.Module.register_forward_pre_hook)
        yield _Path(name, run, shape, partial(_through, span))


def _through(span: Sequence[Block], removed: Removed) -> Sets:
    return through(span, itself(span[0].in_channels), removed).sources


def _shuffles(described: Network, executed: _Executed) -> Iterator[_Path]:
    """From the input of each unit with a shuffle to the convolution before it, and from there to the one after."""
    for facing in facing_convolutions(described):
        block, (first, second) = facing.span[0], facing.names
        if block.name and _begins(block):
            start = _shape(executed, block.name, block.in_channels, "taken")
            before = partial(_between, executed, block.name, first, nn.Module.register_forward_pre_hook)
            yield _Path(f"{block.name} to {first}", before, start, partial(_up_to, block, facing.first.name))
        shape = _shape(executed, first, facing.first.channels, "made")
        run = partial(_between, executed, first, second, nn.Module.register_forward_hook)
        yield _Path(f"{first} to {second}", run, shape, facing.sources)


def _begins(block: Block) -> bool:
    """Whether a module takes what a block reads: where channels are put together first, it takes what that makes."""
    return block.operations[0].kind not in ("slice", "select", "concat")


def _is_fed_once(span: Sequence[Block]) -> bool:
    """Whether the first of some blocks alone reads what it reads: the input of its module, or that of the whole."""
    fed = span[0].inputs
    return fed == (INPUT,) or not any(name in fed for block in span[1:] for name in block.inputs)


def _ends(block: Block, described: Network) -> bool:
    """Whether a module makes what a block makes: what stands outside of all is made by the whole, at its end."""
    return bool(block.name) or block is described.blocks[-1]


def _up_to(block: Block, name: str, removed: Removed) -> Sets:
    return flow(block, {INPUT: itself(block.in_channels)}, removed)[name].sources


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


def _execute(model: nn.Module, shape: Sequence[int]) -> _Executed:
    """One forward pass, and the shapes of every module that it calls."""
    shapes: dict[str, _Shapes] = {}

    def note(name: str) -> Callable[..., None]:
        return lambda _, taken, made: shapes.update({name: _Shapes(taken[0].shape[1:], made.shape[1:])})

    images = torch.rand(1, *shape, generator=_generator(), dtype=torch.float64)
    notes = hooked(model, {name: note(name) for name, _ in model.named_modules()})
    try:
        with torch.no_grad(), _in_float64(), notes:
            model(images)
    except Exception as error:  # a module of anybody's may raise anything
        cause = f"the model does not run in float64 on one input: {lines_of(error)[-1]}"
        raise DesignError(cause, "flops and verify need neither") from None
    return _Executed(model, images, shapes)


@contextmanager
def _in_float64() -> Iterator[None]:
    """Let the tensors that a forward pass makes itself be of the type that the weights have."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def _generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def _gradients(path: _Path) -> Tensor:
    """Whether each output channel (a row) depends on each input channel, by forward-mode differentiation."""
    x = 0.5 + torch.rand(1, *path.shape, generator=_generator(), dtype=torch.float64)
    parts = []
    for channels in torch.split(torch.arange(path.shape[0]), _AT_A_TIME):
        directions = torch.zeros(len(channels), *x.shape, dtype=x.dtype)
        directions[torch.arange(len(channels)), 0, channels] = 1
        with torch.no_grad():
            derivatives = _derivatives(path, x, directions)
        parts.append(derivatives.reshape(len(channels), derivatives.shape[2], -1).ne(0).any(2))
    return torch.cat(parts).T


def _derivatives(path: _Path, x: Tensor, directions: Tensor) -> Tensor:
    """The derivatives along directions, all at once; one by one where a model writes into tensors that it makes."""

    def along(direction: Tensor) -> Tensor:
        derivative: Tensor = jvp(path.run, (x,), (direction,))[1]
        return derivative

    try:
        return vmap(along)(directions)
    except RuntimeError:
        return torch.stack([along(direction) for direction in directions])


def _as_booleans(sets: Sets, channels: int) -> Tensor:
    """Bit-sets as a matrix: whether each output channel (a row) depends on each input channel."""
    length = (channels + 7) // 8
    packed = bytearray(b"".join(each.to_bytes(length, "little") for each in sets))
    bits = torch.frombuffer(packed, dtype=torch.uint8).view(len(sets), length, 1) >> torch.arange(8) & 1
    return bits.flatten(1)[:, :channels].bool()


def _mismatch(path: _Path, removed: Removed, found: Tensor, expected: Tensor) -> Mismatch:
    if found.shape != expected.shape:
        raise DesignError(f"{path.name} makes other channels in the model than in the design", "verify says where")
    output, channel = (found != expected).nonzero()[0].tolist()
    where = " without ".join(filter(None, (path.name, ", ".join(removed.branches))))
    return Mismatch(where, output, channel, bool(found[output, channel]))
