"""How an operation was called, as recorded: what counters see of it that hook modules and replace functions."""

from typing import Any, NamedTuple


class LayerCall(NamedTuple):
    """A call of a layer: a module that holds no others.

    `name` is its class, with its package unless that is torch's; `parameters` are the sizes of its own by name,
    `output` the shape of what it makes, with the batch; `positional` says whether it is given its input without a name.
    """

    name: str
    parameters: tuple[tuple[str, int], ...] = ()
    output: tuple[int, ...] = ()
    positional: bool = True


class FunctionCall(NamedTuple):
    """A call of a function of torch by its name in its home, where counters replace it: "torch.mul", "Tensor.mul".

    Tensors among its arguments, by position and by name, are their shapes, with the batch.
    """

    name: str
    arguments: tuple[Any, ...] = ()
    named: tuple[tuple[str, Any], ...] = ()

    def argument(self, name: str, position: int) -> Any:
        """An argument that is given by position or by name; None where it is not."""
        return self.arguments[position] if position < len(self.arguments) else dict(self.named).get(name)


class Recorded(NamedTuple):
    """The layer and the functions, outermost first, of which an operation is the first, and where it was called.

    `inside` are the classes of the modules that hold the one that makes it, outermost first, and its own; `ways` says
    in how many ways they lead to it: 1, unless several modules hold the same.
    """

    layer: LayerCall | None = None
    functions: tuple[FunctionCall, ...] = ()
    inside: tuple[str, ...] = ()
    ways: int = 1
