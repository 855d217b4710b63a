"""A family's network of symbols: its architecture function run once on multiples of what it divides.

Each symbol stands for a whole number: w = 4gu, c = gs, r = 32m with whole u, s, m, so that every division of the
architecture is proved exact on the way. In these symbols all sizes are polynomials with whole coefficients, or maxima
of them.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from menet_design.families.architectures import architecture, of_numbers
from menet_design.families.design import Design
from menet_design.graph.network import Network

if TYPE_CHECKING:
    import sympy

# The numbers, or the names of other numbers, of whose product a number is a multiple, by field.
Factors = Mapping[str, tuple[Any, ...]]


class SymbolicNetwork(NamedTuple):
    """A network whose sizes are expressions in `wholes`, a symbol for each number of its family that varies."""

    network: Network
    wholes: "Mapping[str, sympy.Symbol]"
    factors: Factors


def symbolic(family: type[Design], names: Iterable[str], fixed: Mapping[str, Any]) -> SymbolicNetwork:
    """The network of a family with symbols for the numbers of some names, beside others that are fixed."""
    import sympy

    wholes = {name: sympy.Symbol(f"{name}_", integer=True, positive=True) for name in names}
    factors = factors_of(family)
    sizes = {name: whole * multiple(name, factors, wholes) for name, whole in wholes.items()}
    return SymbolicNetwork(of_numbers(family.family, **sizes, **fixed), wholes, factors)


def factors_of(family: type[Design]) -> Factors:
    """The factors of a family's numbers: those of its architecture, and what halvings leave whole."""
    return {"resolution": (family.smallest_resolution(),), **getattr(architecture(family.family), "MULTIPLES", {})}


def multiple(name: str, factors: Factors, numbers: Mapping[str, Any]) -> Any:
    """What a number is a multiple of, beside other numbers or expressions for them."""
    product: Any = 1
    for factor in factors.get(name, ()):
        product *= numbers.get(factor, factor)
    return product
