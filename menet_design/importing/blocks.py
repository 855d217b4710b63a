"""The blocks of a network that somebody else describes: its modules, found by what they hold, and its stages."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache

from menet_design.graph.network import Block, grouped
from menet_design.graph.operation import Operation

# Modules that only run others one after the other.
_CONTAINERS = ("Sequential", "ModuleList", "ModuleDict")
_WEIGHTED = ("conv", "linear", "matmul", "attention")


def blocks(
    operations: Sequence[Operation], modules: Mapping[str, str], classes: Mapping[str, str]
) -> tuple[Block, ...]:
    """Blocks of operations: a block for each unit, such as a residual block, and one for each layer outside of units.

    `modules` are the modules that make the operations, `classes` those of all modules. A unit is a module with two or
    more layers, the largest that is not itself a row of like units.
    """
    units = find_units(operations, modules, classes)
    found = grouped(operations, lambda name: _block_of(modules[name], units))
    return _staged(
        tuple(block._replace(unit=classes.get(block.name, "") if block.name in units else "") for block in found)
    )


def find_units(
    operations: Sequence[Operation], modules: Mapping[str, str], classes: Mapping[str, str]
) -> tuple[str, ...]:
    """The names of the modules that are units."""
    homes = [modules[op.name] for op in operations if op.kind in _WEIGHTED]
    children: dict[str, list[str]] = {}
    for name in classes:
        if name:
            children.setdefault(name.rpartition(".")[0], []).append(name)

    @cache
    def layers(name: str) -> int:
        """The layers in a module."""
        return sum(home == name or home.startswith(f"{name}.") for home in homes)

    def inside(name: str) -> list[str]:
        """The modules in a module that have layers, out of whatever containers hold them."""
        found: list[str] = []
        for child in children.get(name, []):
            if layers(child):
                found += inside(child) if classes[child] in _CONTAINERS else [child]
        return found

    def is_row(name: str) -> bool:
        """Whether a module is a row of like units, but for one other layer."""
        within = inside(name)
        kinds = [classes[each] for each in within if layers(each) > 1]
        most = max((kinds.count(kind) for kind in set(kinds)), default=0)
        return most > 1 and most >= len(within) - 1

    def units(name: str) -> list[str]:
        return [
            unit for each in inside(name) for unit in (units(each) if is_row(each) else [each] * (layers(each) > 1))
        ]

    return tuple(units(""))


def _block_of(module: str, units: Sequence[str]) -> str:
    """The unit that holds a module; outside of units the largest module that holds no unit."""
    parts = module.split(".")
    names = [".".join(parts[:length]) for length in range(1, len(parts) + 1)]
    for name in names:
        if name in units or not any(unit.startswith(f"{name}.") for unit in units):
            return name
    return module


def _staged(found: tuple[Block, ...]) -> tuple[Block, ...]:
    """Blocks with their stages: a stage ends where the map gets another size; what makes one pixel is the head."""
    staged, number, sides = [], 0, None
    for block in found:
        made = block.last.output[1:]
        if made != sides and max(made) > 1:
            number, sides = number + 1, made
        staged.append(block._replace(stage=f"stage{max(number, 1)}" if max(made) > 1 else "head"))
    return tuple(staged)


def at_depth(depth: int) -> Callable[[str], str]:
    """Groups names by their first parts, as many as the depth says."""
    return lambda name: ".".join(name.split(".")[:depth])
