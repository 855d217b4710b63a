"""The layers of one network under two sets of names, found by structure, shapes and order.

Of the names that others give, only their tree and the numbers in them are read: `blocks.0.conv1` and `blocks.0.conv2`
stand side by side in one module, the first before the second. No words are known.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import islice
from math import prod

Shape = tuple[int, ...]
# How often layers or modules are tried at a place before the search is given up.
_TRIES = 10**5
_NUMBER = re.compile(r"\d+")


class NoMatch(Exception):
    """The layers of a file cannot be given to those of a model; the message says why not."""


class Ambiguous(NoMatch):
    """They can be given to them in several ways."""


@dataclass(frozen=True, eq=False)
class Layer:
    """The tensors that one module holds itself: their shapes, by their names in it."""

    name: str
    tensors: Mapping[str, Shape]

    def __str__(self) -> str:
        """As "conv1 (weight 16×3×3×3)": what a person looks for."""
        shapes = (f"{role:.20} {'×'.join(map(str, shape))}" for role, shape in self.tensors.items())
        return f"{self.name:.60} ({', '.join(shapes):.90})"

    @property
    def sides(self) -> int:
        """The sides of its largest tensor: 4 of a convolution, 2 of a fully connected layer, 1 of a norm."""
        return max(map(len, self.tensors.values()))

    def fits(self, other: "Layer") -> bool:
        """Whether it can hold the numbers of another: tensors of the same names, and alike."""
        return self.tensors.keys() == other.tensors.keys() and all(
            alike(shape, other.tensors[role]) for role, shape in self.tensors.items()
        )


def alike(one: Shape, other: Shape) -> bool:
    """Whether two shapes hold the same weights in the same order: a fully connected layer is a convolution too.

    It is one on a map of a single pixel, or one whose kernel is as large as the map.
    """
    one, other = (shape[:2] if shape[2:] == (1, 1) else shape for shape in (one, other))
    return one == other or (min(len(one), len(other)) == 2 and one[0] == other[0] and prod(one) == prod(other))


def layers(shapes: Mapping[str, Shape]) -> list[Layer]:
    """The layers that hold tensors of these names and shapes, in the order of their first tensors."""
    found: dict[str, dict[str, Shape]] = {}
    for name, shape in shapes.items():
        layer, _, role = name.rpartition(".")
        found.setdefault(layer, {})[role] = shape
    return [Layer(name, tensors) for name, tensors in found.items()]


def match(
    ours: Sequence[Layer], theirs: Sequence[Layer], free: Set[str] = frozenset(), ordered: bool = True
) -> dict[str, str]:
    """Our name of each layer of theirs. Ours that are `free` may be any one of theirs, which gets no name then.

    Theirs are in the order of their definition if `ordered`: that is tried first. Where it does not fit, the layers of
    a module may have another order, of convolutions with the norms behind them, or of all that no numbers order; first
    so that no module of theirs overlaps with one of ours, then without regard to ours. Raises NoMatch where nothing
    fits, Ambiguous where it fits in several ways.
    """
    if len(ours) != len(theirs):
        raise NoMatch(_left_over(ours, theirs, free))
    searches = [_Search(ours, free), _Search(ours, free, moves=True, modules=_modules(ours))]
    searches.append(_Search(ours, free, moves=True))
    try:
        tree = _node(theirs, 0, ordered)
        ways = next(filter(None, (search.node(tree, 0) for search in searches)), [])
    except RecursionError:
        raise NoMatch("its names are nested too deeply") from None
    if not ways:
        raise NoMatch(_left_over(ours, theirs, free) or f"no order of its layers fits {ours[searches[-1].furthest]}")
    if len(ways) > 1:
        our, one, other = next(each for each in zip(ours, *ways, strict=True) if each[1] is not each[2])
        raise Ambiguous(f"its {one and one.name:.60} or {other and other.name:.60} may be {our.name}")
    return {their.name: our.name for our, their in zip(ours, ways[0], strict=True) if their is not None}


def _left_over(ours: Sequence[Layer], theirs: Sequence[Layer], free: Set[str]) -> str:
    """The first layer of either side that is like none of the other, each used once; nothing where all are."""
    rest = list(theirs)
    for our in ours:
        their = next((each for each in rest if our.fits(each)), None)
        if their is not None:
            rest.remove(their)
        elif our.name not in free:
            return f"it has no layer like {our}"
    return f"the design has no layer like its {rest[0]}" if len(theirs) > len(ours) else ""


def _modules(ours: Sequence[Layer]) -> set[tuple[int, int]]:
    """Where the modules that hold layers of ours begin and end."""
    found: dict[str, tuple[int, int]] = {}
    for index, our in enumerate(ours):
        parts = our.name.split(".")
        for depth in range(1, len(parts)):
            module = ".".join(parts[:depth])
            found[module] = (found.get(module, (index, index))[0], index + 1)
    return set(found.values())


@dataclass(frozen=True, eq=False)
class _Module:
    """A module of theirs: its children by name, in the order of their definition, or in none; and its layers."""

    children: "Mapping[str, _Node]"
    ordered: bool
    size: int


_Node = _Module | Layer
# Children that follow one another; runs that stand in an order; and such orders, of which none waits for another.
_Run = Sequence[_Node]
_Chains = Sequence[Sequence[_Run]]
# Theirs that ours are, from some place on; None for one that is free.
_Way = tuple[Layer | None, ...]


def _node(theirs: Sequence[Layer], depth: int, ordered: bool) -> _Node:
    """The tree of layers whose names share so many parts."""
    if len(theirs) == 1:
        return theirs[0]
    children: dict[str, list[Layer]] = {}
    for each in theirs:
        children.setdefault(".".join(each.name.split(".")[depth : depth + 1]), []).append(each)
    return _Module({part: _node(inside, depth + 1, ordered) for part, inside in children.items()}, ordered, len(theirs))


def _arrangements(module: _Module, moves: bool) -> Iterator[_Chains]:
    """The orders in which the children of a module may come, from the one that is known best."""
    children = list(module.children)
    is_sorted = all(numbered == sorted(numbered, key=_numbers) for numbered in _by_stem(children))
    if module.ordered and is_sorted:
        yield [[list(module.children.values())]]
    if not moves:
        return
    if module.ordered and is_sorted and (pairs := _pairs(module)):
        yield [[pairs[part] for part in numbered] for numbered in _by_stem(pairs)]
    known = is_sorted or not module.ordered
    chains = _by_stem(sorted(children, key=_numbers)) if known else [[each] for each in children]
    yield [[[module.children[part]] for part in numbered] for numbered in chains]


def _by_stem(parts: Iterable[str]) -> list[list[str]]:
    """Parts of names that differ in their numbers alone, together."""
    found: dict[str, list[str]] = {}
    for part in parts:
        found.setdefault(_NUMBER.sub("0", part), []).append(part)
    return list(found.values())


def _numbers(part: str) -> list[tuple[int, str]]:
    """The numbers of a part of a name, as they are sorted: by their value, however long they are."""
    digits = (number.lstrip("0") for number in _NUMBER.findall(part))
    return [(len(number), number) for number in digits]


def _pairs(module: _Module) -> dict[str, list[_Node]]:
    """The children of a module, convolutions with the norms behind them; nothing where these are not pairs."""
    pairs: dict[str, list[_Node]] = {}
    last: list[_Node] = []
    for part, node in module.children.items():
        if isinstance(node, Layer) and node.sides == 1:
            last.append(node)
        else:
            last = pairs[part] = [node]
    convs = [run for run in pairs.values() if isinstance(run[0], Layer) and run[0].sides > 2]
    whole = sum(map(len, pairs.values())) == len(module.children) == len(pairs) + len(convs)
    return pairs if whole and all(len(run) == 2 for run in convs) else {}


class _Search:
    """Where the nodes of their tree stand among our layers; a node keeps its layers together.

    Their order in a node is the one that is given unless it `moves`; no node overlaps with one of our `modules`.
    """

    def __init__(
        self, ours: Sequence[Layer], free: Set[str], moves: bool = False, modules: Set[tuple[int, int]] = frozenset()
    ) -> None:
        self.ours, self.free, self.moves, self.modules = ours, free, moves, modules
        self.furthest, self.tries = 0, 0
        self.found: dict[tuple[_Module, int], list[_Way]] = {}

    def node(self, node: _Node, start: int) -> list[_Way]:
        """The first two ways in which a node fits our layers from some place on."""
        self.tries += 1
        if self.tries > _TRIES:
            raise Ambiguous("its names leave too many orders open")
        if isinstance(node, Layer):
            return self._layer(node, start)
        if (node, start) not in self.found:
            ways = (self._chains(each, start) for each in _arrangements(node, self.moves))
            self.found[node, start] = [] if self._overlaps(start, start + node.size) else next(filter(None, ways), [])
        return self.found[node, start]

    def _overlaps(self, start: int, end: int) -> bool:
        return any(first < start < last < end or start < first < end < last for first, last in self.modules)

    def _layer(self, layer: Layer, start: int) -> list[_Way]:
        self.furthest = max(self.furthest, start)
        our = self.ours[start]
        if our.name in self.free:
            return [(None,)] if (our.sides == 1) == (layer.sides == 1) else []
        return [(layer,)] if our.fits(layer) else []

    def _run(self, run: _Run, start: int) -> list[_Way]:
        ways: list[_Way] = [()]
        for node in run:
            ways = _two(way + more for way in ways for more in self.node(node, start + len(way)))
        return ways

    def _chains(self, chains: _Chains, start: int) -> list[_Way]:
        """Runs from several chains, one after the other: by how many of each are placed, the ways to place these."""
        placed: dict[tuple[int, ...], list[_Way]] = {(0,) * len(chains): [()]}
        for _ in range(sum(map(len, chains))):
            longer: dict[tuple[int, ...], list[_Way]] = {}
            for taken, ways in placed.items():
                for index, chain in enumerate(chains):
                    if taken[index] < len(chain):
                        more = self._run(chain[taken[index]], start + len(ways[0]))
                        after = (*taken[:index], taken[index] + 1, *taken[index + 1 :])
                        longer[after] = _two([*longer.get(after, ()), *(way + each for way in ways for each in more)])
            placed = {taken: ways for taken, ways in longer.items() if ways}
        return next(iter(placed.values()), [])


def _two(ways: Iterable[_Way]) -> list[_Way]:
    """The first two that differ."""
    return list(islice(dict.fromkeys(ways), 2))
