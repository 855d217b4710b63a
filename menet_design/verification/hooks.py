"""Functions called after modules of a model, for as long as they are needed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from torch import nn

from menet_design.analysis.dependence import in_branch


@contextmanager
def hooked(model: nn.Module, hooks: Mapping[str, Callable[..., object]]) -> Iterator[None]:
    """Call functions of (module, inputs, output) after modules, by their names; what they return takes its place."""
    with ExitStack() as stack:
        for name, hook in hooks.items():
            stack.enter_context(model.get_submodule(name).register_forward_hook(hook))
        yield


def as_constants(model: nn.Module, branches: Sequence[str]) -> dict[str, Callable[..., object]]:
    """Hooks by which nothing depends on anything by some branches: what they make counts as constant."""
    names = [name for name, _ in model.named_modules() if in_branch(name, branches)]
    whole = [name for name in names if not in_branch(name.rpartition(".")[0], branches)]
    return {name: lambda *call: call[-1].detach() for name in whole}
