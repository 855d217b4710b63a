"""How fast searches are, as ratios to numpy alone in the same run: python tests/benchmarks/search.py

Not a test: nothing here fails. Both sides of a ratio run in turn, pair by pair, in the time of the processor, which
neighbours do not take; the median of the ratios is printed with their range. Needs the extra `search`.
"""

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import sympy

from menet_design import formula
from menet_design.exploration.asking import ask
from menet_design.exploration.evaluation import OnPlane
from menet_design.exploration.metrics import metric
from menet_design.exploration.search import Question, cuts, search_part, search_parts

TOOL = str(Path(sys.executable).with_name("menet-design"))
# 1.6 million legal designs of one plane, and 10^9 of several.
PLANE = {"groups": 4, "stem": 24, "fusion": "6-2053", "width": "48-12848", "expansion": 1}
LARGE = {"groups": "1-8", "stem": 24, "fusion": "6-1805", "width": "48-65536", "resolution": "32-512"}
FIVE = {"max_macs": "10G", "max_params": "40M", "max_memory": "60MB", "max_activations": "1G", "min_fusion_share": 0.1}


def report(what: str, ratios: list[float], target: str) -> None:
    """A line of the table: the median ratio, its range, and what it should be."""
    print(f"| {what} | {statistics.median(ratios):,.2f} | {min(ratios):,.2f} to {max(ratios):,.2f} | {target} |")


def processor(work: Callable[[], Any]) -> float:
    """Seconds of the processor."""
    start = time.process_time()
    work()
    return time.process_time() - start


def seconds(work: Callable[[], Any]) -> float:
    """Seconds of a clock on the wall."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def process(command: list[str]) -> Callable[[], Any]:
    """A whole process, its output thrown away."""
    return lambda: subprocess.run(command, check=True, capture_output=True)


def expressions() -> list[Callable[..., Any]]:
    """Multiply-adds and parameters of the plane's designs in Horner form, as functions of widths and fusion widths."""
    w, k = sympy.symbols("w k")
    fixed = {"g": 4, "alpha": 1, "c": 24, "n": 1000, "r": 224}
    known = formula("menet")
    whole = [sympy.together(each.subs(fixed)) for each in (known.macs, known.params)]
    return [sympy.lambdify((w, k), sympy.horner(sympy.expand(sympy.fraction(each)[0])), "numpy") for each in whole]


def numpy_alone(question: Question, chunk: int = 2**15) -> Callable[[], None]:
    """The two expressions over as many designs, in chunks that stay in cache."""
    functions, widths = expressions(), numpy.arange(chunk, dtype=float) + 48
    fusions = widths % 2048 + 6

    def work() -> None:
        for _ in range(question.legal // chunk):
            for function in functions:
                function(widths, fusions)

    return work


def every(question: Question) -> Callable[[], None]:
    """The same of every design by the closed forms of a search."""
    (space,), asked = question.spaces, (metric("macs"), metric("params"))

    def work() -> None:
        on: OnPlane | None = None
        for box in space.boxes(0, space.legal):
            on = on if on is not None and on.plane is box.plane else OnPlane(space, box.plane)
            for each in asked:
                on.in_box(each, box, box.grid())

    return work


def throughput() -> None:
    """Multiply-adds and parameters of every design, and limits with the front, beside the two expressions."""
    plain = ask(**PLANE)
    front = ask(**PLANE, **FIVE, minimise="params", maximise="macs")
    alone, ours = numpy_alone(plain), every(plain)
    ours()
    pairs = [(processor(alone), processor(ours)) for _ in range(15)]
    report("MACs and parameters of every design : numpy alone", [a / b for a, b in pairs], "at least 0.5")
    pairs = [(processor(alone), processor(lambda: search_part(front, 0, front.legal))) for _ in range(15)]
    report("five limits and the front : numpy alone", [a / b for a, b in pairs], "at least 0.15")
    print(f"\n{plain.legal / min(a for a, _ in pairs) / 1e6:,.0f} million designs a second by numpy alone\n")


def large() -> None:
    """A thousand million designs: one objective by bisection beside a start of the tool, and memory of a sweep."""
    question = ask(**LARGE, max_macs="140M")
    command = [TOOL, "search", "--max-macs", "140M"]
    for name, values in LARGE.items():
        command += [f"--{name}", str(values)]
    start = [TOOL, "loss-ratio", "--groups", "3"]
    pairs = [[seconds(process(each)) for each in (command, start)] for _ in range(7)]
    ratios = [ours / cold for ours, cold in pairs]
    report(f"`search` over {question.legal:,} designs : a cold start", ratios, "at most 10")
    swept = ask(**LARGE, max_macs="140M", sweep=True)
    took = seconds(lambda: search_part(swept, 0, swept.legal))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\nswept: {took:,.0f} s, {swept.legal / took / 1e6:,.0f} million designs a second, {peak:,.0f} MB at most\n")


def processes() -> None:
    """Two processes beside one, over all of the large space, once they have started."""
    question = ask(**LARGE, **FIVE, minimise="params", maximise="macs")

    def searched(jobs: int) -> Callable[[], Any]:
        return lambda: list(search_parts(question, cuts(0, question.legal), jobs))

    for jobs in (1, 2):
        searched(jobs)()
    pairs = [[seconds(searched(jobs)) for jobs in (1, 2)] for _ in range(9)]
    report("one process : two", [one / two for one, two in pairs], "at least 1.8")


if __name__ == "__main__":
    print("| pair | median ratio | range | target |\n|:--|--:|:--|:--|")
    for part in sys.argv[1:] or ("throughput", "large", "processes"):
        {"throughput": throughput, "large": large, "processes": processes}[part]()
