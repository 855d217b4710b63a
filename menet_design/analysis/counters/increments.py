"""Steps of counters, by what they look at: the kind of an operation, the layer that makes it, the functions it calls.

What hooks modules knows them by their very class: a subclass is another layer. What replaces functions sees who calls
one by its name in its home: an operator such as x * y is not Tensor.mul.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from math import prod
from typing import Any

from menet_design.analysis.conventions import Increment, Step
from menet_design.graph.operation import Integer, Operation, Rules, kinds_and_variants
from menet_design.graph.recorded import FunctionCall

# What a step adds for a function that is called, at the operation that begins with the call.
ByCall = Callable[[Operation, Integer, FunctionCall], Integer]

# The kinds that multiply matrices.
WEIGHTED = ("conv", "linear", "matmul", "attention")
FUNCTIONAL = "torch.nn.functional."


def by_kind(name: str, increments: Mapping[Any, Increment]) -> Step:
    """A step that adds nothing for the kinds and variants that it does not speak of."""
    spoken = {key: increments.get(key, increments.get(key[0], nothing)) for key in kinds_and_variants()}
    rules = Rules[Increment](f"increments of {name!r}", {key: spoken[key] for key in kinds_and_variants()})
    return Step(name, lambda op, macs: rules.of(op)(op, macs))


def by_layer(name: str, increments: Mapping[str, Increment], whole: Collection[str] = ()) -> Step:
    """A step for layers by their classes, but for those inside of modules that are counted as a whole."""

    def amount(op: Operation, macs: Integer) -> Integer:
        increment = increments.get(layer(op))
        return 0 if increment is None or is_inside(op, whole) else increment(op, macs)

    return Step(name, amount)


def by_function(name: str, increments: Mapping[str, ByCall]) -> Step:
    """A step for functions by their names."""
    return Step(
        name,
        lambda op, macs: sum(
            increments[call.name](op, macs, call) for call in functions(op) if call.name in increments
        ),
    )


def unseen(name: str, is_seen: Callable[[Operation], bool], times: int = 1) -> Step:
    """A step that takes away the multiply-adds, each counted so many times, of what is not seen."""
    return Step(name, lambda op, macs: -times * macs if op.kind in WEIGHTED and not is_seen(op) else 0, unseen=True)


def again(steps: Iterable[Step], is_seen: Callable[[Operation], bool], times: Callable[[int], int]) -> Step:
    """A step for modules that several others hold, which are counted so many times by the ways that lead to them."""
    found = tuple(steps)

    def amount(op: Operation, macs: Integer) -> Integer:
        if op.call is None or op.call.ways == 1:
            return 0
        once = sum(step.amount(op, macs) for step in found) + (macs if is_seen(op) else 0)
        return (times(op.call.ways) - 1) * once

    return Step("modules that several others hold, again for each", amount)


def named(home: str, names: str, rule: Any) -> dict[str, Any]:
    """The same rule for several names of a home."""
    return {f"{home}{name}": rule for name in names.split()}


def in_1d_2d_3d(names: str) -> str:
    """Names with 1d, 2d and 3d behind them."""
    return " ".join(f"{name}{sides}d" for name in names.split() for sides in (1, 2, 3))


def layer(op: Operation) -> str:
    """The class of the layer whose call begins with an operation."""
    if op.call is None:
        return op.layer
    return op.call.layer.name if op.call.layer else ""


def functions(op: Operation) -> tuple[FunctionCall, ...]:
    """The calls of functions that begin with an operation; those of built-in networks are known by name alone."""
    if op.call is None:
        return (FunctionCall(op.function),) if op.function else ()
    return op.call.functions


def calls(op: Operation, names: Collection[str]) -> bool:
    """Whether the call of one of some functions begins with an operation."""
    return any(call.name in names for call in functions(op))


def is_within(op: Operation, *names: str) -> bool:
    """Whether an operation belongs to a function of one of some names, wherever it is from."""
    return op.function.rpartition(".")[2] in names


def is_inside(op: Operation, classes: Collection[str]) -> bool:
    """Whether an operation runs inside of a module of one of some classes."""
    return bool(classes) and op.call is not None and any(each in classes for each in op.call.inside)


def shapes(call: FunctionCall) -> list[Any]:
    """The shapes of the tensors that a function is given."""
    given = (*call.arguments, *(value for _, value in call.named))
    return [each for each in given if isinstance(each, tuple)]


# Amounts of operations.


def nothing(op: Operation, macs: Integer) -> Integer:
    """Nothing."""
    return 0


def once(op: Operation, macs: Integer) -> Integer:
    """The multiply-adds."""
    return macs


def biases(op: Operation, macs: Integer) -> Integer:
    """One for each element that gets a bias."""
    return op.elements if op.bias else 0


def layers_biases(op: Operation, macs: Integer) -> Integer:
    """One for each element of a layer that has biases, also where torch adds them by another operation."""
    sizes = dict(op.call.layer.parameters) if op.call and op.call.layer else {}
    return op.elements if op.bias or "bias" in sizes else 0


def outputs(times: int) -> Increment:
    """So many for each element that is made."""
    return lambda op, macs: times * op.elements


def inputs(times: int) -> Increment:
    """So many for each element that is read."""
    return lambda op, macs: times * op.in_elements


def norm(scaled: int, bare: int) -> Increment:
    """So many for each element of a norm with scales, as built-in ones have, and of one without."""
    return lambda op, macs: op.elements * (scaled if op.bias or op.parameters is None else bare)


def upsampled(times: Mapping[tuple[int, str], int]) -> Increment:
    """So many for each element that is made, by the sides of the map and the method."""

    def amount(op: Operation, macs: Integer) -> Integer:
        read = (call.argument("input", 0) for call in functions(op) if call.name.endswith(("interpolate", "upsample")))
        sides = len(next(read, (1, *op.output))) - 2
        return op.elements * times.get((sides, op.variant), 0)

    return amount


# Amounts of functions.


def read(op: Operation, macs: Integer, call: FunctionCall) -> Integer:
    """One for each element that is read."""
    return op.in_elements


def made(op: Operation, macs: Integer, call: FunctionCall) -> Integer:
    """One for each element that is made."""
    return op.elements


def side_by_side(op: Operation, macs: Integer, call: FunctionCall) -> Integer:
    """The larger of the shapes, side by side from the first, where torch goes by the last: wrong if one is shorter."""
    found = shapes(call)
    longest = max(map(len, found))
    return prod(map(max, *((*each, *(1,) * (longest - len(each))) for each in found), (0,) * longest))


def product(times: int, added: bool = False) -> ByCall:
    """A product of matrices by the whole of the first and the columns of the second, whatever torch broadcasts."""

    def amount(op: Operation, macs: Integer, call: FunctionCall) -> Integer:
        plus, one, other = shapes(call)[:3] if added else ((0,), *shapes(call)[:2])
        return times * (prod(one) * (other[-1] if other else 1) - macs) + prod(plus)

    return amount


def attention(op: Operation, macs: Integer, call: FunctionCall) -> Integer:
    """Both products of attention, by the shapes of query, key and value."""
    query, key, value = shapes(call)[:3]
    return 2 * (prod(query) * key[-2] + prod(query[:-1]) * key[-2] * value[-1] - macs)


def scaled(op: Operation, macs: Integer, call: FunctionCall) -> Integer:
    """The elements of an upsampled map: those of a given size, or those that are read times the scale."""
    factor = call.argument("scale_factor", 2)
    if call.argument("size", 1) is not None or factor is None:
        return op.elements
    return int(op.in_elements * prod(each_side(factor, 1, len(call.argument("input", 0)) - 2)))


def sized(otherwise: ByCall) -> ByCall:
    """The pixels of a given size, of one channel; otherwise something else."""

    def amount(op: Operation, macs: Integer, call: FunctionCall) -> Integer:
        size = call.argument("size", 1)
        return otherwise(op, macs, call) if size is None else prod(each_side(size, 1, 1))

    return amount


def each_side(value: Any, default: int, sides: int) -> Sequence[Any]:
    """One number for all sides, or one for each."""
    if isinstance(value, tuple):
        return value
    return (default if value is None else value,) * sides


def einsum_flops(call: FunctionCall) -> float:
    """What numpy prints for the best order of an einsum: two for a multiply-add, to four digits."""
    import numpy as np

    arrays = [np.broadcast_to(0.0, shape) for shape in operands(call)]
    _, report = np.einsum_path(call.arguments[0].replace(" ", ""), *arrays, optimize="optimal")
    line = next(each for each in report.splitlines() if "optimized flop" in each.lower())
    return float(line.rpartition(":")[2])


def operands(call: FunctionCall) -> tuple[Any, ...]:
    """The shapes that an einsum is given, one by one or in a list."""
    _, *given = call.arguments
    return given[0] if has_list(call) else tuple(given)


def has_list(call: FunctionCall) -> bool:
    """Whether an einsum is given a list of operands."""
    return isinstance(next(iter(call.arguments[1]), None), tuple)


def renamed(equation: str) -> str:
    """The equation of an einsum with its letters in the order of the alphabet."""
    letters = dict.fromkeys(each for each in equation if each.isalpha())
    return equation.replace(" ", "").translate({ord(each): 97 + place for place, each in enumerate(letters)})
