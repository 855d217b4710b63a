"""Who runs while a module is recorded: its layers, and the functions of torch that counters replace by their names."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache, wraps
from itertools import count
from typing import Any

import torch
from torch import Tensor, nn

from menet_design.graph.recorded import FunctionCall, LayerCall

# The functions that ptflops, DeepSpeed and calflops replace, by their homes: who holds a function by another name, and
# an operator such as x * y, which Tensor.mul is not, goes past them. Torch's own notes cannot tell the two.
_HOMES: dict[str, Any] = {"torch.nn.functional": nn.functional, "torch": torch, "Tensor": Tensor}
_REPLACED = {
    "torch.nn.functional": (
        "linear conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d "
        "relu relu6 prelu elu leaky_relu silu gelu softmax batch_norm layer_norm group_norm instance_norm "
        "avg_pool1d avg_pool2d avg_pool3d max_pool1d max_pool2d max_pool3d "
        "adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d "
        "adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d "
        "upsample interpolate scaled_dot_product_attention"
    ),
    "torch": "matmul mm bmm addmm baddbmm mul add einsum",
    "Tensor": "matmul __matmul__ mm bmm addmm mul add",
}


class Watch:
    """The modules and functions that run, and all calls of layers and functions by their numbers."""

    def __init__(self, module: nn.Module) -> None:
        self.names = {each: name for name, each in reversed(list(module.named_modules(remove_duplicate=False)))}
        self.modules: list[nn.Module] = []
        self.layers: dict[int, LayerCall] = {}
        self.functions: dict[int, FunctionCall] = {}
        self.originals: dict[Any, Any] = {}
        self._entered: list[int] = []
        self._running: list[int] = []
        self._numbers = count()
        self.holders = _holders(module)

    @property
    def running(self) -> tuple[int, ...]:
        """The numbers of the call of the innermost module and of the functions that run."""
        return (*self._entered[-1:], *self._running)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch inside, by hooks of torch's own that leave the modules as they are, and by wrapped functions."""
        hooks = nn.modules.module
        with ExitStack() as stack:
            stack.enter_context(hooks.register_module_forward_pre_hook(self._enter))
            stack.enter_context(hooks.register_module_forward_hook(self._leave))
            for home, names in _REPLACED.items():
                for name in names.split():
                    self._replace(stack, home, name)
            yield

    def call(self, name: str, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """Call a function, and note it while it runs."""
        number = next(self._numbers)
        named = tuple((key, _plain(value)) for key, value in kwargs.items())
        self.functions[number] = FunctionCall(name, tuple(map(_plain, args)), named)
        self._running.append(number)
        try:
            return function(*args, **kwargs)
        finally:
            self._running.pop()

    def _replace(self, stack: ExitStack, home: str, name: str) -> None:
        owner, original = _HOMES[home], getattr(_HOMES[home], name)

        @wraps(original)
        def noted(*args: Any, **kwargs: Any) -> Any:
            return self.call(f"{home}.{name}", original, args, kwargs)

        self.originals[noted] = original
        if name in vars(owner):
            stack.callback(setattr, owner, name, original)
        else:
            stack.callback(delattr, owner, name)
        setattr(owner, name, noted)

    def _enter(self, module: nn.Module, _: Any) -> None:
        if module in self.names:
            self.modules.append(module)
            self._entered.append(next(self._numbers))

    def _leave(self, module: nn.Module, inputs: Any, made: Any) -> None:
        if module in self.names:
            self.modules.pop()
            number = self._entered.pop()
            if not any(module.children()):
                self.layers[number] = self._layer(module, inputs, made)

    def _layer(self, module: nn.Module, inputs: Any, made: Any) -> LayerCall:
        first = made[0] if isinstance(made, list | tuple) and made else made
        output = tuple(first.shape) if isinstance(first, Tensor) else ()
        sizes = tuple((name, each.numel()) for name, each in module.named_parameters())
        return LayerCall(class_name(module), sizes, output, bool(inputs))


def class_name(module: nn.Module) -> str:
    """The class of a module, with its package unless that is torch's."""
    kind = type(module)
    return kind.__name__ if kind.__module__.startswith("torch.nn.modules") else f"{kind.__module__}.{kind.__qualname__}"


def _holders(root: nn.Module) -> dict[str, tuple[tuple[str, ...], int]]:
    """For each module by name the classes of those that hold it and its own, and in how many ways they lead to it."""
    parents: dict[nn.Module, list[nn.Module]] = {}
    for module in root.modules():
        for child in module.children():
            parents.setdefault(child, []).append(module)

    @cache
    def holders(module: nn.Module) -> tuple[tuple[str, ...], int]:
        above = [holders(each) for each in parents[module]] if module is not root else [((), 1)]
        return (*above[0][0], class_name(module)), sum(ways for _, ways in above)

    return {name: holders(module) for name, module in root.named_modules()}


def _plain(value: Any) -> Any:
    """An argument as it is noted: tensors are their shapes, lists are tuples, only numbers and text are themselves."""
    if isinstance(value, Tensor):
        return tuple(value.shape)
    if isinstance(value, list | tuple):
        return tuple(map(_plain, value))
    return value if isinstance(value, int | float | str) else None
