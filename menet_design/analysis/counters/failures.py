"""Why counters fail at an operation, or why nobody can say what they count of it."""

from collections.abc import Callable, Iterable

from menet_design.analysis.counters.increments import (
    WEIGHTED,
    functions,
    has_list,
    is_inside,
    layer,
    shapes,
)
from menet_design.analysis.counters.shared import MATMUL
from menet_design.graph.operation import Operation
from menet_design.graph.recorded import FunctionCall


def is_file(op: Operation) -> str:
    """A file holds operations, and not what called them."""
    is_read = op.parameters is not None and op.call is None and op.kind in (*WEIGHTED, "norm", "activation", "pool")
    return "cannot be told: a file does not say by which layers and functions it was made" if is_read else ""


def is_fused(op: Operation) -> str:
    """Torch runs nn.MultiheadAttention in one go, by an operation that no counter knows, where it can."""
    found = is_inside(op, ("MultiheadAttention",))
    return (
        "cannot be told: nn.MultiheadAttention is one operation, or several where gradients are wanted" if found else ""
    )


def is_vector(op: Operation) -> str:
    """Fvcore takes the factors of a product for matrices."""
    vectors = [call.name for call in functions(op) if op.call and call.name in MATMUL and len(shapes(call)[1]) < 2]
    return f"fails: {{name}} calls {vectors[0]} with a vector" if vectors else ""


def is_nameless(known: Iterable[str]) -> Callable[[Operation], str]:
    """Hooks look at the first of the inputs that have no name."""
    classes = frozenset(known)

    def failure(op: Operation) -> str:
        found = op.call is not None and op.call.layer is not None and not op.call.layer.positional
        return "fails: {name} is given its input by name" if found and layer(op) in classes else ""

    return failure


def is_misfit(op: Operation) -> str:
    """The arguments of a call must fit those of what replaces the function."""
    misfits = ((call.name, _misfit(call)) for call in functions(op) if op.call)
    return next((f"fails: {{name}} calls {name} with {what}" for name, what in misfits if what), "")


def _misfit(call: FunctionCall) -> str:
    name, names = call.name.rpartition(".")[2], dict(call.named)
    misfits = {
        "its output_size by name": "pool" in name and "output_size" in names,
        "its input by name": name in ("interpolate", "upsample") and not call.arguments,
        "its inputs by name": name == "scaled_dot_product_attention" and len(call.arguments) < 3,
        "its approximation without a name": name == "gelu" and len(call.arguments) > 1,
        "a list of operands": name == "einsum" and has_list(call),
    }
    return next((what for what, is_so in misfits.items() if is_so), "")


def any_of(*failures: Callable[[Operation], str]) -> Callable[[Operation], str]:
    """The first of several failures that an operation has."""
    return lambda op: next(filter(None, (failure(op) for failure in failures)), "")
