"""How the cost of connectivity grows: python tests/benchmarks/connectivity.py

Not a test: nothing here fails. `words` is what the bound allows: operations times C²/64 machine words, C the
channels of stage 4. Where time per word does not grow with the width, the cost is within the bound; where time per
block does not grow with the number of blocks, it is linear in the operations.
"""

import statistics
from time import perf_counter

from menet_design import connectivity
from menet_design.analysis.dependence import itself, through
from menet_design.families.naming import parse
from menet_design.resolving import network


def seconds(work, times: int = 5) -> float:
    """The median of some runs."""
    spans = []
    for _ in range(times):
        start = perf_counter()
        work()
        spans.append(perf_counter() - start)
    return statistics.median(spans)


def by_width() -> None:
    """The whole analysis of MENets of 8 groups from width 64 to 4096, and of the paper's largest."""
    print("| network | channels of stage 4 | ms | ps per word of the bound |\n|:--|--:|--:|--:|")
    for name in ("456-MENet-24x1/3", *(f"{2**exponent}-MENet-12x1/8" for exponent in range(6, 13))):
        design = parse(name, stem=24)
        channels, operations = 4 * design.width, sum(1 for _ in network(design).operations())
        taken = seconds(lambda design=design: connectivity(design))
        words = operations * channels**2 / 64
        print(f"| {name} | {channels:,} | {1e3 * taken:,.1f} | {1e12 * taken / words:,.1f} |")


def by_length() -> None:
    """The flow through chains of one standard block."""
    block = network(parse("352-MENet-12x1/8")).blocks[2]
    print("\n| blocks | ms per block |\n|--:|--:|")
    for length in (1, 4, 16, 64):
        taken = seconds(lambda length=length: through([block] * length, itself(352)))
        print(f"| {length} | {1e3 * taken / length:.2f} |")


if __name__ == "__main__":
    by_width()
    by_length()
